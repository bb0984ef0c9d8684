"""What a model's units do over all test patches, in four figures."""

import importlib

import streamlit as st

from app import figures
from model.population import Population


def population_views(population: Population) -> None:
    """Show activations, active units, who takes which rank, and error by rank."""
    # Plotly takes pandas as it finds it, even half imported on behalf of another visitor.
    importlib.import_module("pandas")
    n_units = population.activations.shape[1]
    left, right = st.columns(2, gap="medium")
    left.caption("All units' activations for all patches, counted on a logarithmic scale: sparse.")
    left.plotly_chart(figures.activation_histogram(population.activations), key="all-activations")
    right.caption("How many units a patch makes active: the length of its code.")
    right.plotly_chart(figures.active_units_histogram(population.active_units, n_units), key="all-active")
    left.caption("Which unit takes which rank how often; brighter is more often. A band means order.")
    left.plotly_chart(figures.occupancy_map(population.occupancy), key="occupancy")
    right.caption("Error by rank: the mean, and the area in which four of five patches lie.")
    mean = population.measurement.error_by_rank
    right.plotly_chart(figures.error_band(mean, population.error_band), key="all-errors")
