"""What a model's units do over all test patches, in four figures."""

import importlib

import plotly.graph_objects as go
import streamlit as st

from app.figures import population as figures
from model.analysis.population import Population

CAMERAS: dict[str, dict[str, str | int]] = {"PNG": {"format": "png", "scale": 4}, "SVG": {"format": "svg"}}
"""How a figure is saved from its corner: as pixels for print, some 2,000 across, or as shapes."""


def population_views(population: Population) -> None:
    """Show activations, active units, who takes which rank, and error by rank."""
    # Plotly takes pandas as it finds it, even half imported on behalf of another visitor.
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
    """A figure, which its own camera saves, and its numbers to take away."""
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
