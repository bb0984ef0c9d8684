"""The image player: a whole picture rebuilt in the browser at any rank."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.components import declare
from app.components.payload import pack
from model.images import PictureCode

_mount = declare("image_player", "payload", "paint", "code", "transport")


def image_player(
    picture: NDArray[np.uint8],
    code: PictureCode,
    weights: NDArray[np.float32],
    *,
    rank: int | None,
    on_pick: Callable[[int, int], None],
    key: str,
) -> None:
    """Show picture and reconstruction side by side; a frame marks the place that the rank player names.

    Args:
        picture: (height, width, 3) bytes.
        code: its patches, decomposed by these weights.
        weights: (n_units, n_inputs).
        rank: where to start, 1 to n_units; None stays where the visitor last was.
        on_pick: called with row and column of a patch that the visitor clicks.
        key: of the component on the page.
    """

    def picked() -> None:
        place = st.session_state[key]["place"]
        on_pick(int(place["row"]), int(place["col"]))

    header = {
        "rank": rank,
        "height": picture.shape[0],
        "width": picture.shape[1],
        "patchSize": code.patch_size,
        "depth": code.units.shape[1],
        "units": len(weights),
    }
    data = pack(
        header,
        picture=picture,
        weights=weights,
        rankedUnits=code.units.astype(np.uint16),
        rankedActivations=code.activations,
        rows=code.rows.astype(np.int32),
        cols=code.cols.astype(np.int32),
    )
    _mount(data=data, key=key, on_place_change=picked)
