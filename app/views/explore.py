"""Explore: one patch of a CIFAR-10 picture, rebuilt rank by rank."""

import streamlit as st

from app import figures, state
from app.components.filter_grid import filter_grid
from app.components.patch_picker import patch_picker
from app.components.rank_player import rank_player
from app.model_switch import model_switch
from app.picture_chooser import chosen_picture, picture_chooser
from model.data import as_patches
from model.decomposition import decompose

model = model_switch()
weights, size = model.checkpoint.weights, model.checkpoint.config.patch_size
picture = chosen_picture()
height, width, _ = picture.pixels.shape
row, col = state.chosen_place(height, width, size)
patch = as_patches(picture.pixels[None, row : row + size, col : col + size])
decomposition = decompose(weights, patch)
active = int(decomposition.active_units[0])

st.caption(
    f"Each of the {len(weights)} units answers to a patch with one number, its activation. Summing the "
    "units' filters times their activations, the strongest first, rebuilds the patch: move through the ranks."
)
choosing, playing = st.columns([1, 2.3], gap="medium")
with choosing:
    picture_chooser(picture)
    patch_picker(
        picture.pixels,
        size,
        row,
        col,
        on_pick=lambda row, col: state.choose(row=row, col=col),
        key="picker",
    )
with playing:
    rank_player(
        patch[0],
        decomposition,
        weights,
        model.measurement.error_by_rank,
        rank=state.linked_rank(len(weights)),
        key="player",
    )

grid, histograms = st.columns([1.2, 1], gap="medium")
with grid:
    st.subheader("All filters", anchor=False)
    st.caption(
        f"Each square is one unit's weights as a picture. The {active} units that are active for this "
        "patch are lit; their numbers are their ranks. Click one to go to its rank."
    )
    filter_grid(weights, size, ranked_units=decomposition.rank_order[0, :active], key="filters")
with histograms:
    st.subheader("The units' answers", anchor=False)
    st.caption("Activations for this patch: most units stay silent or nearly so, a few answer strongly.")
    st.plotly_chart(figures.activation_histogram(decomposition.activations[0]), key="activations")
    st.caption("Pre-activations, before truncation: units left of the dotted line are silenced.")
    st.plotly_chart(figures.pre_activation_histogram(decomposition.pre_activations[0]), key="pre-activations")
