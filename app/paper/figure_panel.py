"""One of the paper's figures on the page: what it shows, the figure, what it says of the model."""

import importlib

import streamlit as st

from app.figures.paper import as_csv, drawn
from app.panels.population_panel import CAMERAS
from model.report.findings import Finding
from model.report.shapes import Shape, Tiles

_AGREES = {True: "**As expected.**", False: "**Not as expected.**", None: ""}


def figure_format() -> str:
    """The choice of what the figures' cameras save; 'PNG' or 'SVG'."""
    choice = st.segmented_control("Their cameras save", list(CAMERAS), default="PNG", key="paper-format")
    return choice or "PNG"


def paper_figure_panel(number: int, finding: Finding, shape: Shape | None, camera: str) -> None:
    """Show one figure.

    Args:
        number: of the figure in the paper's order.
        finding: what it shows and says.
        shape: its numbers; None if there are none for this model.
        camera: 'PNG' or 'SVG'.
    """
    # Plotly uses pandas if it is in sys.modules, even while another visitor's thread is still importing it.
    importlib.import_module("pandas")
    st.html(f'<h3 data-testid="paper-figure" data-figure="{number}">{number}. {finding.title}</h3>')
    st.caption(finding.shows)
    if shape is not None:
        name = f"paper-figure-{number}"
        options = {**CAMERAS[camera], "filename": name}
        st.plotly_chart(drawn(shape), key=name, config={"toImageButtonOptions": options})
        if isinstance(shape, Tiles) and (told := shape.names_in_words()):
            st.caption(told)
    st.markdown(f"{finding.expected} {finding.found} {_AGREES[finding.agrees]}")
    if shape is not None:
        st.download_button(
            "CSV", lambda: as_csv(shape), f"paper-figure-{number}.csv", "text/csv", on_click="ignore",
            type="tertiary", key=f"paper-figure-{number}-csv",
        )  # fmt: skip
