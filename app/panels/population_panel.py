"""A model's population over all test patches, in four figures."""

import importlib

import plotly.graph_objects as go
import streamlit as st

from app.figures import population as figures
from model.analysis.population import Population

CAMERAS: dict[str, dict[str, str | int]] = {"PNG": {"format": "png", "scale": 4}, "SVG": {"format": "svg"}}
"""Options of Plotly's button that saves a figure: about 2,000 pixels across for print, or as vectors."""


def population_views(population: Population) -> None:
    """Show histograms of activations and of active units, the map of units by rank, and the error by rank."""
    # Plotly uses pandas if it is in sys.modules, even while another visitor's thread is still importing it.
    importlib.import_module("pandas")
    n_units = population.activations.shape[1]
    camera = st.segmented_control("Their cameras save", list(CAMERAS), default="PNG", key="figure-format")
    left, right = st.columns(2, gap="medium")
    with left:
        _show(
            figures.activation_histogram(population.activations),
            "All units' activations for all patches, counted on a logarithmic scale: sparse.",
            camera,
            key="all-activations",
        )
    with right:
        _show(
            figures.active_units_histogram(population.active_units, n_units),
            "How many units a patch makes active: the length of its code.",
            camera,
            key="all-active",
        )
    with left:
        _show(
            figures.occupancy_map(population.occupancy),
            "Which unit takes which rank how often; brighter is more often. A band means order.",
            camera,
            key="occupancy",
        )
    with right:
        mean = population.measurement.error_by_rank
        _show(
            figures.error_band(mean, population.error_band),
            "Error by rank: the mean, and the area in which four of five patches lie.",
            camera,
            key="all-errors",
        )


def _show(figure: go.Figure, caption: str, camera: str | None, *, key: str) -> None:
    """Show a figure with a caption, its button that saves it as `camera` says, and its numbers as CSV."""
    st.caption(caption)
    options = {**CAMERAS[camera or "PNG"], "filename": key}
    st.plotly_chart(figure, key=key, config={"toImageButtonOptions": options})
    st.download_button(
        "CSV",
        lambda: figures.as_csv(figure),
        f"{key}.csv",
        "text/csv",
        on_click="ignore",
        type="tertiary",
        key=f"{key}-csv",
    )
