"""The paper author's recorded training run, which is drawn behind other runs for comparison."""

import streamlit as st

from model.report.author_record import AuthorRecord, author_record


@st.cache_resource(show_spinner=False)
def reference_run() -> AuthorRecord:
    """The record, read once a server."""
    return author_record()
