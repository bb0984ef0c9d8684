"""The patch picker: a picture with a frame that follows the pointer and stays where it is put."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.components import declare
from app.components.payload import pack

_mount = declare("patch_picker")


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
    answered = f"{key} answered"

    def picked() -> None:
        place = st.session_state[key]["place"]
        st.session_state[answered] = int(place["move"])
        on_pick(int(place["row"]), int(place["col"]))

    header = {
        "height": picture.shape[0],
        "width": picture.shape[1],
        "patchSize": patch_size,
        "row": row,
        "col": col,
        "answers": st.session_state.get(answered, 0),
    }
    _mount(data=pack(header, picture=picture), key=key, on_place_change=picked)
