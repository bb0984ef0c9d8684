"""A whole picture as patches, and back.

A *tiling* says where patches start: at every `stride`-th pixel, down and across. Where the last row or column
of patches would stick out, it is moved inwards to end at the picture's edge, so that every patch is a real
piece of the picture.

- Side by side (the stride is the patch size): a pixel is rebuilt by the first patch that covers it, row by
  row. Only the patches that were moved inwards overlap others at all.
- Overlapping (a smaller stride): a pixel is the mean of all patches that cover it, each rebuilt by itself and
  kept between 0 and 1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from model.coding.decomposition import Floats
from model.config import CHANNELS, PIXEL_SCALE, Coder
from model.data.pictures import as_patches
from model.kernels.pursuit import Pursuer

PATCHES_AT_ONCE = 4096

Number = TypeVar("Number", bound=np.generic)
Ranks = int | NDArray[np.int64]
"""How many units are summed: the same for every patch, or (patches,)."""


@dataclass(frozen=True)
class Tiling:
    """Where the patches of a picture lie.

    Attributes:
        height, width: of the picture, in pixels.
        patch_size: height and width of a patch in pixels.
        stride: pixels from one patch to the next, 1 to `patch_size`.

    Raises:
        ValueError: the picture is smaller than a patch, or the stride is out of range.
    """

    height: int
    width: int
    patch_size: int
    stride: int

    def __post_init__(self) -> None:
        size = self.patch_size
        if min(self.height, self.width) < size:
            raise ValueError(f"A picture must be at least {size} x {size} pixels large.")
        if not 1 <= self.stride <= size:
            raise ValueError(f"The stride must be from 1 to {size}, the patch size, not {self.stride}.")

    @property
    def overlapping(self) -> bool:
        """Whether a pixel is the mean of all patches that cover it; else it is the first one's."""
        return self.stride < self.patch_size

    @cached_property
    def down(self) -> NDArray[np.int64]:
        """Upper rows of the patches, each once."""
        return patch_starts(self.height, self.patch_size, self.stride)

    @cached_property
    def across(self) -> NDArray[np.int64]:
        """Left columns of the patches, each once."""
        return patch_starts(self.width, self.patch_size, self.stride)

    def __len__(self) -> int:
        return len(self.down) * len(self.across)

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """(patches,) upper row of each patch; patches are counted row by row."""
        return np.repeat(self.down, len(self.across))

    @cached_property
    def cols(self) -> NDArray[np.int64]:
        """(patches,) left column of each patch."""
        return np.tile(self.across, len(self.down))

    @cached_property
    def own_rows(self) -> NDArray[np.int64]:
        """(patches,) the first row inside each patch that it paints; those above are an earlier one's."""
        return np.repeat(self._covered(self.down), len(self.across))

    @cached_property
    def own_cols(self) -> NDArray[np.int64]:
        """(patches,) the same for columns."""
        return np.tile(self._covered(self.across), len(self.down))

    def _covered(self, starts: NDArray[np.int64]) -> NDArray[np.int64]:
        """How far each place is covered by the one before it; nothing counts as covered where all paint."""
        if self.overlapping:
            return np.zeros_like(starts)
        return np.concatenate([[0], np.maximum(0, starts[:-1] + self.patch_size - starts[1:])])


@dataclass(frozen=True)
class PictureCode:
    """The ranked units of every patch of a picture, only as deep as the deepest patch needs.

    Attributes:
        tiling: where the patches lie.
        units: (patches, depth) uint16, unit indices by rank.
        activations: (patches, depth) float32, theirs; 0 past a patch's last active unit.
    """

    tiling: Tiling
    units: NDArray[np.uint16]
    activations: Floats

    @cached_property
    def active_units(self) -> NDArray[np.int64]:
        """(patches,) how many units are active; a patch's reconstruction does not change after this rank."""
        count: NDArray[np.int64] = (self.activations > 0).sum(axis=1)
        return count

    def units_spent(self, ranks: Ranks) -> int:
        """How many units all patches use together, if each takes its first `ranks` active ones."""
        return int(np.minimum(ranks, self.active_units).sum())


def encode_picture(
    picture: NDArray[np.uint8],
    weights: Floats,
    patch_size: int,
    stride: int | None = None,
    coder: Coder = Coder.RANK_ORDER,
) -> PictureCode:
    """Decompose every patch of a picture.

    Pre-activations are computed in double precision: the browser does so too, and then two units change
    ranks only where they are equal.

    Args:
        picture: (height, width, 3) bytes.
        weights: (n_units, n_inputs), the model's `dictionary_for` the coder: what decodes the code as well.
        patch_size: height and width of a patch in pixels.
        stride: pixels from patch to patch; side by side by default.
        coder: how the units of a patch are chosen.

    Raises:
        ValueError: the picture is smaller than a patch, the stride is not 1 to `patch_size`, or the weights
            are no dictionary for the coder.
    """
    stride = patch_size if stride is None else stride
    tiling = Tiling(picture.shape[0], picture.shape[1], patch_size, stride)
    encode = _ranked_at_once(weights) if coder is Coder.RANK_ORDER else Pursuer(weights).choose
    units, activations = [], []
    for start in range(0, len(tiling), PATCHES_AT_ONCE):
        chosen, answers = encode(cut_tiles(picture, tiling, slice(start, start + PATCHES_AT_ONCE)))
        depth = max(1, int((answers > 0).sum(axis=1).max()))
        units.append(chosen[:, :depth].astype(np.uint16))
        activations.append(answers[:, :depth].astype(np.float32))
    return PictureCode(tiling, _stack(units), _stack(activations))


def _ranked_at_once(weights: Floats) -> Callable[[Floats], tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """The rank order of patches, (batch, n_units), and the activations by rank, the same shape."""
    precise = weights.astype(np.float64).T

    def encode(patches: Floats) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        p = patches @ precise / len(precise)
        order = np.argsort(-p, axis=1, kind="stable")
        return order, np.clip(np.take_along_axis(p, order, axis=1), 0, 1)

    return encode


def cut_tiles(picture: NDArray[np.uint8], tiling: Tiling, part: slice) -> Floats:
    """Some patches of a picture.

    Args:
        picture: (height, width, 3) bytes.
        tiling: of the picture.
        part: which patches.

    Returns:
        (patches, n_inputs) in [0, 1).
    """
    size = (tiling.patch_size, tiling.patch_size)
    windows = np.lib.stride_tricks.sliding_window_view(picture, size, (0, 1))
    return as_patches(windows[tiling.rows[part], tiling.cols[part]].transpose(0, 2, 3, 1))


def reconstruct_values(code: PictureCode, weights: Floats, ranks: Ranks) -> Floats:
    """Reconstruct a picture from the first units of every patch.

    Args:
        code: of the picture.
        weights: (n_units, n_inputs) that it was coded with.
        ranks: how many units are summed, in every patch or in each, (patches,).

    Returns:
        (height, width, 3) in [0, 1].
    """
    tiling = code.tiling
    size, covers = tiling.patch_size, None
    picture = np.zeros((tiling.height, tiling.width, CHANNELS), np.float32)
    squares = _rebuilt_patches(code, weights, ranks).reshape(-1, size, size, CHANNELS)
    if tiling.overlapping:
        covers = np.zeros((tiling.height, tiling.width, 1), np.float32)
    places = zip(tiling.rows, tiling.cols, tiling.own_rows, tiling.own_cols, strict=True)
    for square, (row, col, own_row, own_col) in zip(squares, places, strict=True):
        inside = np.s_[row + own_row : row + size, col + own_col : col + size]
        picture[inside] += square[own_row:, own_col:]
        if covers is not None:
            covers[inside] += 1
    return picture if covers is None else picture / covers


def reconstruct_picture(code: PictureCode, weights: Floats, ranks: Ranks) -> NDArray[np.uint8]:
    """`reconstruct_values` as bytes; `code`, `weights` and `ranks` as there."""
    return as_bytes(reconstruct_values(code, weights, ranks))


def as_bytes(values: Floats) -> NDArray[np.uint8]:
    """Values in [0, 1] to bytes, rounded: the inverse of `data.as_patches`."""
    scaled: NDArray[np.uint8] = np.clip(np.rint(values * PIXEL_SCALE), 0, 255).astype(np.uint8)
    return scaled


def patch_starts(length: int, patch_size: int, stride: int) -> NDArray[np.int64]:
    """Where patches start along one side of a picture; the last one ends where the side ends.

    Args:
        length: of the side, in pixels, at least `patch_size`.
        patch_size: in pixels.
        stride: pixels from one patch to the next.
    """
    starts = np.arange(0, length - patch_size + 1, stride)
    if starts[-1] + patch_size < length:
        starts = np.append(starts, length - patch_size)
    return starts


def _rebuilt_patches(code: PictureCode, weights: Floats, ranks: Ranks) -> Floats:
    """R_k of every patch, (patches, n_inputs) in [0, 1]."""
    rebuilt = np.empty((len(code.tiling), weights.shape[1]), np.float32)
    limit = np.broadcast_to(ranks, len(code.tiling))
    place = np.arange(code.units.shape[1])
    for start in range(0, len(rebuilt), PATCHES_AT_ONCE):
        part = slice(start, start + PATCHES_AT_ONCE)
        kept = np.where(place < limit[part, None], code.activations[part], np.float32(0))
        # Past its last active unit a patch may name any unit, even one that it has named before.
        cell = np.arange(len(kept))[:, None] * len(weights) + code.units[part]
        by_unit = np.bincount(cell.ravel(), kept.ravel(), len(kept) * len(weights))
        activations = by_unit.reshape(len(kept), len(weights)).astype(np.float32)
        rebuilt[part] = np.clip(activations @ weights, 0, 1)
    return rebuilt


def _stack(parts: list[NDArray[Number]]) -> NDArray[Number]:
    """One array from parts of different depth, filled up with zeros."""
    depth = max(part.shape[1] for part in parts)
    return np.concatenate([np.pad(p, ((0, 0), (0, depth - p.shape[1]))) for p in parts])
