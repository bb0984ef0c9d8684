"""The filter grid: every unit's filter as a button, the units of one patch lit and numbered by rank."""

import numpy as np
from numpy.typing import NDArray

from app.components import declare
from app.components.payload import pack

_mount = declare("filter_grid")


def filter_grid(
    weights: NDArray[np.float32],
    patch_size: int,
    *,
    ranked_units: NDArray[np.int64] | None = None,
    key: str,
) -> None:
    """Show the filters in order of unit.

    Args:
        weights: (n_units, n_inputs).
        patch_size: height and width of a filter in pixels.
        ranked_units: the active units of a patch, by rank: they are lit and the others dimmed. None
            lights all.
        key: of the component on the page.
    """
    lit = ranked_units is not None
    ranked = np.array([], np.uint16) if ranked_units is None else ranked_units.astype(np.uint16)
    _mount(data=pack({"patchSize": patch_size, "lit": lit}, weights=weights, ranked=ranked), key=key)
