"""The rank player: one patch, rebuilt in the browser one ranked unit after another."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.components import declare
from app.components.payload import pack
from model.decomposition import Decomposition

_mount = declare("rank_player")


def rank_player(
    patch: NDArray[np.float32],
    decomposition: Decomposition,
    weights: NDArray[np.float32],
    mean_error_by_rank: NDArray[np.float64],
    *,
    rank: int | None,
    key: str,
) -> None:
    """Show the player.

    Args:
        patch: (n_inputs,) in [0, 1).
        decomposition: of this one patch by these weights.
        weights: (n_units, n_inputs).
        mean_error_by_rank: (n_units,) over test patches, drawn behind the patch's own.
        rank: where to start, 1 to n_units; None stays where the visitor last was.
        key: of the component on the page.
    """
    data = pack(
        {"rank": rank, "patchSize": round((len(patch) / 3) ** 0.5)},
        patch=patch,
        preActivations=decomposition.pre_activations[0],
        order=decomposition.rank_order[0].astype(np.uint16),
        weights=weights,
        meanError=mean_error_by_rank.astype(np.float32),
    )
    with st.container(key=f"{key}-frame"):
        _mount(data=data, key=key)
