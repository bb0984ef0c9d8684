"""The rank player: one patch, rebuilt in the browser one ranked unit after another.

It shows the patch and the weights that other components of the page publish.
"""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.components import declare
from app.components.payload import pack

_mount = declare("rank_player")


def rank_player(
    mean_error_by_rank: NDArray[np.float64],
    *,
    error_band: NDArray[np.float32] | None = None,
    rank: int | None,
    place: tuple[int, int] | None = None,
    key: str,
) -> None:
    """Show the player.

    Args:
        mean_error_by_rank: (n_units,) over test patches, drawn behind the patch's own.
        error_band: (2, n_units), quantiles of the same, drawn as an area.
        rank: where to start, 1 to n_units; None stays where the visitor last was.
        place: row and column that the picture on the page shall frame; None leaves it alone.
        key: of the component on the page.
    """
    band = np.empty((0, 0), np.float32) if error_band is None else error_band
    data = pack({"rank": rank, "place": place}, meanError=mean_error_by_rank.astype(np.float32), band=band)
    with st.container(key=f"{key}-frame"):
        _mount(data=data, key=key)
