"""The patch picker: a picture with a frame that follows the pointer and stays where it is put."""

from collections.abc import Callable

import msgspec
import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.components import declare
from app.components.payload import pack
from app.components.triggers import read_trigger

_mount = declare("patch_picker")


class Movement(msgspec.Struct, frozen=True):
    """Where the visitor has put the frame.

    Attributes:
        row, col: of its upper left pixel.
        move: how often the frame has been moved.
    """

    row: int
    col: int
    move: int


def patch_picker(
    picture: NDArray[np.uint8],
    patch_size: int,
    row: int,
    col: int,
    *,
    on_pick: Callable[[int, int], None],
    key: str,
) -> None:
    """Show the picture and its frame.

    Args:
        picture: (height, width, 3) bytes.
        patch_size: side of the frame in pixels.
        row: of the frame's upper left pixel.
        col: of the same pixel.
        on_pick: called with row and col before the next script run, when the visitor moves the frame.
        key: of the component on the page.
    """
    height, width, _ = picture.shape
    answered = f"{key} answered"

    def picked() -> None:
        place = read_trigger(key, "place", Movement)
        if place and 0 <= place.row <= height - patch_size and 0 <= place.col <= width - patch_size:
            st.session_state[answered] = place.move
            on_pick(place.row, place.col)

    header = {
        "height": height,
        "width": width,
        "patchSize": patch_size,
        "row": row,
        "col": col,
        "answers": st.session_state.get(answered, 0),
    }
    _mount(data=pack(header, picture=picture), key=key, on_place_change=picked)
