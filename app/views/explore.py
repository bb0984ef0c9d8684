"""Explore: one patch of a picture, rebuilt rank by rank."""

import numpy as np
import streamlit as st

from app.components.film_strip import film_strip
from app.components.filter_grid import linked_filter_grid
from app.components.patch_picker import patch_picker
from app.components.rank_player import rank_player
from app.components.tour import tour
from app.components.unit_answers import unit_answers
from app.components.unit_view import unit_view
from app.exports.numbers import units_as_csv
from app.panels.download_menu import download_menu
from app.panels.explore_help import HOW_TO_READ, INTRODUCTIONS, STEPS
from app.panels.model_picker import coder_switch, coding_of, model_switch
from app.panels.picture_picker import chosen_picture, picture_chooser
from app.services.pictures import measured_patches
from app.state import selection

model = model_switch()
coder_switch(model)
weights, size = model.checkpoint.weights, model.checkpoint.config.patch_size
units = len(weights)
population = model.population
places, test_patches = measured_patches(size)
picture = chosen_picture(size)
height, width, _ = picture.pixels.shape
row, col = selection.chosen_place(height, width, size, picture.scope)
# The most active unit responds to brightness alone; the second is a better example.
unit = selection.chosen_unit(units, int(np.argsort(-population.mean_activation, kind="stable")[:2][-1]))


def open_example(place: int) -> None:
    """Choose the test patch at index `place` and the picture around it."""
    selection.choose_picture("test", int(places.numbers[place]))
    selection.choose(row=int(places.rows[place]), col=int(places.cols[place]))


if not st.context.is_embedded:
    intro, touring = st.columns([2.2, 1], vertical_alignment="center")
    intro.caption(INTRODUCTIONS[model.coder].format(units=units))
    with touring:
        tour(STEPS, key="tour")

choosing, playing = st.columns([1, 2.3], gap="medium")
with choosing.container(key="choosing"):
    if not st.context.is_embedded:
        picture_chooser(picture)
    patch_picker(
        picture.pixels,
        size,
        row,
        col,
        on_pick=lambda row, col: selection.choose(picture.scope, row=row, col=col),
        key="picker",
    )
with playing.container(key="playing"):
    rank_player(
        model.measurement.error_by_rank,
        error_band=population.error_band,
        rank=selection.linked_rank(units),
        key="player",
    )
    film_strip(key="strip")
    if not st.context.is_embedded:
        download_menu(model, picture, row, col)

grid, closely = st.columns([1.2, 1], gap="medium")
with grid.container(key="filters"):
    st.subheader("All filters", anchor=False)
    st.caption(
        "Each square is one unit's weights as a picture. Those that are active for this patch are lit; their "
        "numbers are their ranks. Click one to go to its rank and to look at it closely."
    )
    linked_filter_grid(
        weights,
        size,
        population,
        model.units_by_likeness,
        coding_of(model),
        unit=unit,
        on_pick=lambda unit: selection.choose(unit=unit),
        key="grid",
    )
if st.context.is_embedded:  # in a frame on another page only player and filters are shown
    st.stop()
with closely.container(key="closely"):
    st.subheader(f"Unit {unit}", anchor=False)
    st.caption("Over 10,000 random patches of the bundled test pictures.")
    unit_view(
        model.unit_summary(unit),
        weights,
        population,
        test_patches,
        on_example=open_example,
        on_unit=lambda unit: selection.choose(unit=unit),
        key="unit-view",
    )
    st.download_button(
        "All units' statistics as CSV",
        lambda: units_as_csv(population),
        "units.csv",
        "text/csv",
        on_click="ignore",
        type="tertiary",
        key="units-csv",
    )

st.subheader("The units' answers to this patch", anchor=False)
unit_answers(key="answers")

everything = st.expander("Over all test patches", on_change="rerun", key="everything")
if everything.open:
    # Imported here because importing Plotly takes a third of a second, which would delay the first page.
    from app.panels.population_panel import population_views

    with everything:
        population_views(population)
how_to_read = st.expander("How to read this", on_change="rerun", key="how-to-read")
if how_to_read.open:
    how_to_read.markdown(HOW_TO_READ.format(size=size, inputs=weights.shape[1], units=units))
