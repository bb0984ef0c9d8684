"""The image player: a whole picture decomposed and rebuilt in the browser, at any rank or for any budget."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.components import declare, modules
from app.components.coding import Coding
from app.components.payload import pack
from app.components.picture_source import picture_source
from app.components.triggers import read_trigger

MODES = ("rank", "budget", "needed", "unit")

WORKER = "image_player/worker.js"
"""The module that decomposes pictures in workers."""

_mount = declare("image_player")


@dataclass(frozen=True)
class Start:
    """What the player shows first; from then on it follows the visitor.

    Attributes:
        rank: 1 to n_units; None is where the visitor last was.
        mode: one of MODES: 'rank', the same rank everywhere; 'budget', units where they help most;
            'needed', as many as bring each patch under an error; 'unit', where one unit fires.
        budget: units in all, at least 0; None for what `rank` would cost everywhere.
        bound: the error (L2 norm) that 'needed' allows a patch, at least 0.
        unit: whose ranks 'unit' shows, 0 to n_units - 1.
    """

    rank: int | None = None
    mode: str = MODES[0]
    budget: int | None = None
    bound: float = 0.5
    unit: int = 0


class Place(msgspec.Struct, frozen=True):
    """Upper left pixel of the patch that the visitor has clicked: `row` and `col`, from 0."""

    row: int
    col: int


def image_player(
    picture: NDArray[np.uint8],
    weights: NDArray[np.float32],
    patch_size: int,
    coding: Coding,
    *,
    stride: int | None = None,
    start: Start = Start(),
    on_pick: Callable[[int, int], None] | None = None,
    key: str,
) -> None:
    """Show the picture rebuilt, with original, residual and maps; a frame marks the rank player's patch.

    The browser decomposes the picture. The component publishes the weights, and the patch that the visitor
    clicks, to a rank player on the page.

    Args:
        picture: (height, width, 3) bytes, at least as large as a patch.
        weights: (n_units, n_inputs).
        patch_size: height and width of a patch in pixels.
        coding: how units are chosen.
        stride: pixels from patch to patch, 1 to `patch_size`; side by side by default.
        start: what is shown first.
        on_pick: called with row and column of a patch in the picture before the next script run, when the
            visitor clicks it.
        key: of the component on the page.
    """
    height, width, _ = picture.shape

    def picked() -> None:
        place = read_trigger(key, "place", Place)
        if on_pick is None or place is None:
            return
        if 0 <= place.row <= height - patch_size and 0 <= place.col <= width - patch_size:
            on_pick(place.row, place.col)

    with st.container(gap=None):
        picture_source(picture, weights, patch_size, stride or patch_size, coding, key=f"{key}-picture")
        data = pack({**vars(start), "worker": modules.address_of(WORKER)})
        _mount(data=data, key=key, on_place_change=picked)
