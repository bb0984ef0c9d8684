"""Image: a whole picture, rebuilt patch by patch at any rank."""

import streamlit as st

from app import state
from app.components.image_player import image_player
from app.components.rank_player import rank_player
from app.model_switch import model_switch
from app.picture_chooser import chosen_picture, picture_chooser
from app.stripping import UploadError
from app.uploads import read_picture
from model.data import as_patches
from model.decomposition import decompose
from model.images import encode_picture

ENDINGS = ["png", "jpg", "jpeg", "webp", "gif", "bmp"]


def take_upload() -> None:
    """Keep the uploaded picture; if it can't be read, say why and leave the page as it is."""
    file = st.session_state[state.UPLOADER]
    if file is None:
        state.keep_upload(None)
        return
    try:
        picture = read_picture(file.getvalue(), smallest_side=size)
    except UploadError as error:
        state.notice(f"{file.name}: {error}")
    else:
        state.keep_upload(state.Upload(file.name, picture))


model = model_switch()
weights, size = model.checkpoint.weights, model.checkpoint.config.patch_size

upload = state.upload()
if upload is not None and min(upload.picture.shape[:2]) < size:
    st.warning(f"{upload.name} is smaller than this model's patches; a CIFAR-10 picture is shown instead.")
    upload = None
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
    st.caption("Or a picture of CIFAR-10:")
    from_cifar = chosen_picture()
    picture_chooser(from_cifar)
    if upload is None:
        picture, title, place = from_cifar.pixels, from_cifar.title, ""
    else:
        picture, title, place = upload.picture, upload.name, "upload"
    height, width, _ = picture.shape
with showing:
    st.markdown(f"**{title}**, {width} x {height} pixels")
    image_player(
        picture,
        encode_picture(picture, weights, size),
        weights,
        rank=state.linked_rank(len(weights)),
        on_pick=lambda row, col: state.choose(place, row=row, col=col),
        key="image-player",
    )

row, col = state.chosen_place(height, width, size, place)
patch = as_patches(picture[None, row : row + size, col : col + size])
st.subheader(f"The patch at row {row}, column {col}", anchor=False)
rank_player(
    patch[0],
    decompose(weights, patch),
    weights,
    model.measurement.error_by_rank,
    rank=state.linked_rank(len(weights)),
    key="image-patch",
)
