"""The report as a file: of the model on the page, or of a training with the paper's settings."""

import tempfile
from pathlib import Path

import streamlit as st

from app.access import ONE_USER
from app.services.pictures import bundled_pictures
from app.state.visitor import current_visitor
from model.config import TrainingConfig
from model.report.author_record import AuthorRecord
from model.report.figures import author_table
from model.report.findings import figures_with_findings
from model.report.subject import Subject

REPORT = "paper-report"
"""In the session: the report that the button made, HTML."""


def report_button(subject: Subject, author: AuthorRecord) -> None:
    """Offer this page as one HTML file, and, to the one user, to train as the paper does and report that.

    Visitors of a server for many train on Train, where they take turns.

    Args:
        subject: the model on the page.
        author: whose record stands beside it.
    """
    st.download_button(
        "This page as one HTML file",
        lambda: _report_of(subject, author),
        "paper.html",
        "text/html",
        on_click="ignore",
        key="paper-html",
    )
    if current_visitor() != ONE_USER:
        return
    if st.button("Train as the paper does, and report", key="reproduce"):
        st.session_state[REPORT] = _reproduced()
    if REPORT in st.session_state:
        report = st.session_state[REPORT]
        st.download_button("The report", report, "report.html", "text/html", on_click="ignore", key="report")


def _report_of(subject: Subject, author: AuthorRecord) -> str:
    # Imported here, as below, because drawing loads matplotlib, which takes half a second.
    from model.report.html import beside_author, report_html  # noqa: PLC0415

    rows = author_table(subject, author)
    tables = [beside_author(rows, "this model")] if rows else []
    return report_html("The paper's figures", [], tables, figures_with_findings(subject, author))


def _reproduced() -> bytes:
    from model.report.reproduction import reproduce  # noqa: PLC0415

    config = TrainingConfig()
    bar = st.progress(0.0, "Training with the paper's settings …")
    with tempfile.TemporaryDirectory() as folder:

        def show(seen: int) -> None:
            bar.progress(seen / config.patches, "Training with the paper's settings …")

        report = reproduce(bundled_pictures(), config, Path(folder), show)
        content = report.html.read_bytes()
    bar.empty()
    return content
