"""Image: a whole picture, rebuilt patch by patch at any rank."""

import streamlit as st

from app.components.image_player import MODES, Start, image_player
from app.components.rank_player import rank_player
from app.panels.download_menu import download_menu
from app.panels.model_picker import coder_switch, coding_of, model_switch
from app.panels.picture_picker import chosen_picture, picture_chooser
from app.panels.upload_panel import chosen_stride, tiling_chooser, upload_inputs, upload_settings
from app.state import selection
from app.state.literal_text import literal
from model.coding.picture_code import Tiling

model = model_switch()
coder_switch(model)
weights, size = model.checkpoint.weights, model.checkpoint.config.patch_size
units = len(weights)
picture = chosen_picture(size)
height, width, _ = picture.pixels.shape
row, col = selection.chosen_place(height, width, size, picture.scope)
rank = selection.linked_rank(units)

embedded = st.context.is_embedded  # in a frame on another page only the player is shown
choosing, showing = (None, st.container()) if embedded else st.columns([1, 3], gap="medium")
if choosing is None:
    stride = chosen_stride(height, width, size)
else:
    with choosing:
        upload_inputs(size)
        if picture.split == selection.OWN:
            upload_settings(picture.number, size, weights.size)
        stride = tiling_chooser(height, width, size, weights.size)
        picture_chooser(picture)
with showing:
    st.markdown(f"**{literal(picture.title)}**, {width} x {height} pixels")
    image_player(
        picture.pixels,
        weights,
        size,
        coding_of(model),
        stride=stride,
        start=Start(
            rank,
            selection.linked_mode(MODES),
            selection.linked_budget(units * len(Tiling(height, width, size, stride))),
            selection.linked_error(Start.bound),
            selection.linked_unit(units),
        ),
        on_pick=lambda row, col: selection.choose(picture.scope, row=row, col=col),
        key="image-player",
    )

if embedded:
    st.stop()
st.subheader("The patch in the frame", anchor=False)
rank_player(model.measurement.error_by_rank, rank=rank, place=(row, col), key="image-patch")
download_menu(model, picture, row, col)
