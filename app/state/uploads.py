"""The pictures that a visitor has uploaded, kept in the session."""

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.state.selection import OWN, choose_default_picture, choose_picture, reset_place

MOST_UPLOADS = 8
"""Uploads that a session keeps."""

_UPLOADS = "uploads"
_NEXT_NUMBER = "next_upload"


@dataclass(frozen=True)
class Upload:
    """An uploaded picture.

    Attributes:
        name: of its file.
        picture: (height, width, 3) bytes, as it is shown.
        own_size: height and width in the file.
        transparent: whether the file has transparent pixels.
        background: the colour under transparent pixels, as '#rrggbb'.
        content: the file, to be read again at another size; None once another one has been uploaded.
    """

    name: str
    picture: NDArray[np.uint8]
    own_size: tuple[int, int]
    transparent: bool
    background: str
    content: bytes | None


def uploads() -> dict[int, Upload]:
    """The visitor's uploads by number, the oldest first.

    A session never uses a number twice: places and other choices belong to a picture by its number.
    """
    kept: dict[int, Upload] = st.session_state.setdefault(_UPLOADS, {})
    return kept


def uploaded_pictures() -> list[NDArray[np.uint8]]:
    """The pixels of the visitor's uploads, (height, width, 3) bytes each, the oldest first."""
    return [upload.picture for upload in uploads().values()]


def add_upload(new: Upload) -> None:
    """Keep a picture and choose it; beyond MOST_UPLOADS the oldest is removed.

    Only the newest upload keeps its file.
    """
    kept = uploads()
    for number, upload in kept.items():
        kept[number] = replace(upload, content=None)
    number = max(st.session_state.get(_NEXT_NUMBER, 0), max(kept, default=-1) + 1)
    st.session_state[_NEXT_NUMBER] = number + 1
    kept[number] = new
    while len(kept) > MOST_UPLOADS:
        del kept[min(kept)]
    choose_picture(OWN, number)


def replace_upload(number: int, new: Upload) -> None:
    """Keep an upload at another size or on another background; the place chosen in it is discarded.

    Args:
        number: of the upload.
        new: the same picture, read again.
    """
    uploads()[number] = new
    reset_place(OWN, number)


def remove_upload(number: int) -> None:
    """Remove an upload and choose the latest other one, or else CIFAR-10; no-op for an unknown number."""
    uploads().pop(number, None)
    if uploads():
        choose_picture(OWN, max(uploads()))
    else:
        choose_default_picture()
