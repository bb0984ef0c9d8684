"""Many filters in one picture."""

import numpy as np
from numpy.typing import NDArray

from model.config import CHANNELS

GROUND = 255
"""What shows between the filters, and where the last row has none left."""


def filters_mosaic(weights: NDArray[np.float32], patch_size: int) -> NDArray[np.uint8]:
    """All filters in a square grid in order of unit, one pixel between them.

    Args:
        weights: (n_units, n_inputs).
        patch_size: height and width of a filter in pixels.

    Returns:
        (rows, cols, 3) bytes; each filter from its own smallest weight, 0, to its own largest, 255, as the
        paper shows them, and grey where all its weights are equal.
    """
    tiles = filter_bytes(weights).reshape(-1, patch_size, patch_size, CHANNELS)
    across = int(np.ceil(np.sqrt(len(tiles))))
    down = -(-len(tiles) // across)
    pitch = patch_size + 1
    picture = np.full((down * pitch - 1, across * pitch - 1, CHANNELS), GROUND, np.uint8)
    for unit, tile in enumerate(tiles):
        top, left = pitch * (unit // across), pitch * (unit % across)
        picture[top : top + patch_size, left : left + patch_size] = tile
    return picture


def filter_bytes(weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Weights (n_units, n_inputs) as bytes: each row from its own smallest, 0, to its own largest, 255."""
    low = weights.min(axis=1, keepdims=True)
    span = weights.max(axis=1, keepdims=True) - low
    share = np.divide(weights - low, span, out=np.full_like(weights, 0.5), where=span > 0)
    pictures: NDArray[np.uint8] = np.round(255 * share).astype(np.uint8)
    return pictures
