"""The pictures that a visitor has uploaded, kept in this session only."""

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.state.selection import OWN, forget_place, look_at, look_at_first

MOST_UPLOADS = 8

_UPLOADS = "uploads"


@dataclass(frozen=True)
class Upload:
    """A picture of the visitor's own, kept in this session only.

    Attributes:
        name: of its file.
        picture: (height, width, 3) bytes, as it is shown.
        own_size: height and width that it has in the file.
        transparent: whether some of it may let the background through.
        background: what is behind it, as '#rrggbb'.
        content: the file, to be read again at another size; None once another one has been uploaded.
    """

    name: str
    picture: NDArray[np.uint8]
    own_size: tuple[int, int]
    transparent: bool
    background: str
    content: bytes | None


def uploads() -> dict[int, Upload]:
    """The visitor's own pictures by number, the oldest first."""
    kept: dict[int, Upload] = st.session_state.setdefault(_UPLOADS, {})
    return kept


def own_pictures() -> list[NDArray[np.uint8]]:
    """The visitor's own pictures, (height, width, 3) bytes each, the oldest first."""
    return [upload.picture for upload in uploads().values()]


def add_upload(new: Upload) -> None:
    """Keep a picture for this session and look at it; beyond MOST_UPLOADS the oldest goes.

    Only the newest one's file is kept beside it.
    """
    kept = uploads()
    for number, upload in kept.items():
        kept[number] = replace(upload, content=None)
    number = max(kept, default=-1) + 1
    kept[number] = new
    while len(kept) > MOST_UPLOADS:
        del kept[min(kept)]
    look_at(OWN, number)


def replace_upload(number: int, new: Upload) -> None:
    """Keep a picture in another size or on another background; places in it begin anew."""
    uploads()[number] = new
    forget_place(OWN, number)


def remove_upload(number: int) -> None:
    """Put a picture of the visitor's own away; the latest other one is shown, or CIFAR-10."""
    uploads().pop(number, None)
    if uploads():
        look_at(OWN, max(uploads()))
    else:
        look_at_first()
