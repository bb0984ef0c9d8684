"""Image: a whole picture, rebuilt patch by patch at any rank."""

import streamlit as st

from app import state
from app.components.image_player import Start, image_player
from app.components.rank_player import rank_player
from app.model_switch import model_switch
from app.picture_chooser import chosen_picture, picture_chooser
from app.stripping import UploadError
from app.uploads import read_picture

ENDINGS = ["png", "jpg", "jpeg", "webp", "gif", "bmp"]


def take_upload() -> None:
    """Keep the uploaded picture; if it can't be read, say why and leave the page as it is."""
    file = st.session_state[state.UPLOADER]
    if file is None:
        return
    try:
        picture = read_picture(file.getvalue(), smallest_side=size)
    except UploadError as error:
        state.notice(f"{file.name}: {error}")
    else:
        state.add_upload(state.Upload(file.name, picture))


model = model_switch()
weights, size = model.checkpoint.weights, model.checkpoint.config.patch_size
picture = chosen_picture(size)
height, width, _ = picture.pixels.shape
row, col = state.chosen_place(height, width, size, picture.place)
rank = state.linked_rank(len(weights))

choosing, showing = st.columns([1, 3], gap="medium")
with choosing:
    st.file_uploader(
        "A picture of your own",
        type=ENDINGS,
        key=state.UPLOADER,
        on_change=take_upload,
        help="It stays in this session: it is neither saved nor shown to others. Large pictures are "
        "scaled to at most 512 pixels along their longer side.",
    )
    picture_chooser(picture)
with showing:
    st.markdown(f"**{picture.title}**, {width} x {height} pixels")
    image_player(
        picture.pixels,
        weights,
        size,
        start=Start(rank),
        on_pick=lambda row, col: state.choose(picture.place, row=row, col=col),
        key="image-player",
    )

st.subheader("The patch in the frame", anchor=False)
rank_player(model.measurement.error_by_rank, rank=rank, place=(row, col), key="image-patch")
