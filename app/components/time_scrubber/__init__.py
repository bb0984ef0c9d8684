"""The time scrubber: a whole training under a slider, its filters and its errors at every snapshot."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.components import declare
from app.components.payload import pack
from model.history import PastSnapshot

_mount = declare("time_scrubber", "payload", "paint", "chart", "transport")


def time_scrubber(snapshots: Sequence[PastSnapshot], patch_size: int, *, key: str) -> None:
    """Show the scrubber.

    Args:
        snapshots: at least one, in order of time, all of one shape.
        patch_size: height and width of a filter in pixels.
        key: of the component on the page.
    """
    data = pack(
        {"patchSize": patch_size, "units": len(snapshots[0].weights)},
        seen=np.array([snapshot.patches_seen for snapshot in snapshots], np.int32),
        errors=np.stack([snapshot.error_by_rank for snapshot in snapshots]).astype(np.float32),
        filters=np.stack([_as_bytes(snapshot.weights) for snapshot in snapshots]),
    )
    _mount(data=data, key=key)


def _as_bytes(weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Each filter from its own smallest weight, 0, to its own largest, 255; grey where all are equal."""
    low = weights.min(axis=1, keepdims=True)
    span = weights.max(axis=1, keepdims=True) - low
    share = np.divide(weights - low, span, out=np.full_like(weights, 0.5), where=span > 0)
    scaled: NDArray[np.uint8] = np.round(255 * share).astype(np.uint8)
    return scaled
