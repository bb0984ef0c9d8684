"""Who visits, as this session knows them."""

import uuid

import streamlit as st

from app.access import visitor_of

_VISITOR = "visitor"


def current_visitor() -> str:
    """Who visits; '' where everything belongs to one user."""
    known = visitor_of(st.context.cookies)
    if known is not None:
        return known
    number: str = st.session_state.setdefault(_VISITOR, uuid.uuid4().hex)
    return number
