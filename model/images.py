"""A whole picture as patches side by side, and back.

Patches start at every `patch_size`-th pixel. Where the last row or column of patches would stick out, it
is moved inwards to end at the picture's edge, so that every patch is a real piece of the picture. A pixel
that two patches cover is rebuilt by the first of them.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from model.config import CHANNELS, PIXEL_SCALE
from model.data import as_patches
from model.decomposition import Floats, decompose

PATCHES_AT_ONCE = 4096

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True)
class PictureCode:
    """The ranked units of every patch of a picture, only as deep as the deepest patch needs.

    Attributes:
        patch_size: height and width of a patch in pixels.
        rows, cols: (patches,) upper left pixels, row by row.
        units: (patches, depth) unit indices by rank.
        activations: (patches, depth) float32, theirs; 0 past a patch's last active unit.
    """

    patch_size: int
    rows: NDArray[np.int64]
    cols: NDArray[np.int64]
    units: NDArray[np.int64]
    activations: Floats


def encode_picture(picture: NDArray[np.uint8], weights: Floats, patch_size: int) -> PictureCode:
    """Decompose every patch of a picture.

    Args:
        picture: (height, width, 3) bytes.
        weights: (n_units, n_inputs).
        patch_size: height and width of a patch in pixels.

    Raises:
        ValueError: the picture is smaller than a patch.
    """
    height, width, _ = picture.shape
    if min(height, width) < patch_size:
        raise ValueError(f"A picture must be at least {patch_size} x {patch_size} pixels large.")
    rows, cols = (
        grid.ravel()
        for grid in np.meshgrid(
            patch_starts(height, patch_size), patch_starts(width, patch_size), indexing="ij"
        )
    )
    windows = np.lib.stride_tricks.sliding_window_view(picture, (patch_size, patch_size), (0, 1))
    units, activations = [], []
    for start in range(0, len(rows), PATCHES_AT_ONCE):
        part = slice(start, start + PATCHES_AT_ONCE)
        squares = windows[rows[part], cols[part]].transpose(0, 2, 3, 1)
        code = decompose(weights, as_patches(squares))
        depth = max(1, int(code.active_units.max()))
        units.append(code.rank_order[:, :depth])
        activations.append(np.take_along_axis(code.activations, units[-1], axis=1))
    return PictureCode(patch_size, rows, cols, _stack(units), _stack(activations))


def reconstruct_picture(
    code: PictureCode, weights: Floats, height: int, width: int, rank: int
) -> NDArray[np.uint8]:
    """The picture with the first `rank` units of every patch, (height, width, 3) bytes."""
    picture = np.empty((height, width, CHANNELS), np.uint8)
    size = code.patch_size
    for i in reversed(range(len(code.rows))):  # backwards, so that the first patch has the last word
        kept = code.units[i, :rank]
        total = np.clip(code.activations[i, :rank] @ weights[kept], 0, 1)
        square = as_bytes(total).reshape(size, size, CHANNELS)
        picture[code.rows[i] : code.rows[i] + size, code.cols[i] : code.cols[i] + size] = square
    return picture


def as_bytes(values: Floats) -> NDArray[np.uint8]:
    """Values in [0, 1] to bytes, rounded: the inverse of `data.as_patches`."""
    scaled: NDArray[np.uint8] = np.clip(np.rint(values * PIXEL_SCALE), 0, 255).astype(np.uint8)
    return scaled


def patch_starts(length: int, patch_size: int) -> NDArray[np.int64]:
    """Where patches start along a side: every `patch_size` pixels, the last one flush with the end."""
    starts = np.arange(0, length - patch_size + 1, patch_size)
    if starts[-1] + patch_size < length:
        starts = np.append(starts, length - patch_size)
    return starts


def _stack(parts: list[NDArray[Number]]) -> NDArray[Number]:
    """One array from parts of different depth, filled up with zeros."""
    depth = max(part.shape[1] for part in parts)
    return np.concatenate([np.pad(p, ((0, 0), (0, depth - p.shape[1]))) for p in parts])
