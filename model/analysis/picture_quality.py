"""How well a picture is rebuilt, how much each place of it needs, and where a number of units helps most."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.coding.decomposition import Floats
from model.coding.picture_code import PATCHES_AT_ONCE, PictureCode, Tiling, cut_tiles
from model.config import CHANNELS, PIXEL_SCALE
from model.kernels import picture_loops
from model.metrics import psnr

NEVER = -1
"""The value of `units_needed` for a patch whose error exceeds the bound even with all its units."""


@dataclass(frozen=True)
class TileErrors:
    """The squared error of every patch of a picture by rank.

    Attributes:
        whole: (patches, depth + 1) float64, squared L2 norm of the residual; column k has k units.
        painted: the same over the values that a patch paints: what it adds to the picture's error if the
            patches lie side by side.
        absolute: (depth + 1,) sum of the absolute errors of all that is painted.
    """

    whole: NDArray[np.float64]
    painted: NDArray[np.float64]
    absolute: NDArray[np.float64]


@dataclass(frozen=True)
class Quality:
    """How close a reconstruction is to its picture.

    Attributes:
        psnr: peak signal-to-noise ratio in dB; infinite without error.
        mean_error: mean absolute error of a value, 0 to 1 (full brightness).
    """

    psnr: float
    mean_error: float


def quality(picture: NDArray[np.uint8], values: Floats) -> Quality:
    """Compare a reconstruction with its picture.

    Args:
        picture: (height, width, 3) bytes.
        values: (height, width, 3) in [0, 1], as `reconstruct_values` gives them.
    """
    error = values - picture / PIXEL_SCALE
    return Quality(psnr(float((error**2).mean())), float(np.abs(error).mean()))


def tile_errors(code: PictureCode, picture: NDArray[np.uint8], weights: Floats) -> TileErrors:
    """Measure every patch of a picture at every rank.

    Args:
        code: of the picture.
        picture: (height, width, 3) bytes.
        weights: (n_units, n_inputs) that it was coded with.
    """
    tiling, count, depth = code.tiling, len(code.tiling), code.units.shape[1]
    whole, painted = np.empty((count, depth + 1)), np.empty((count, depth + 1))
    absolute = np.zeros(depth + 1)
    for start in range(0, count, PATCHES_AT_ONCE):
        part = slice(start, start + PATCHES_AT_ONCE)
        picture_loops.fill_tile_errors(
            cut_tiles(picture, tiling, part), weights, code.units[part], code.activations[part],
            code.active_units[part], _own_values(tiling, part), whole[part], painted[part], absolute,
        )  # fmt: skip
    return TileErrors(whole, painted, absolute)


def quality_by_rank(code: PictureCode, picture: NDArray[np.uint8], weights: Floats) -> list[Quality]:
    """The quality of a picture's reconstruction with 0, 1, ... units a patch, up to the deepest patch's.

    Args:
        code: of the picture.
        picture: (height, width, 3) bytes.
        weights: (n_units, n_inputs) that it was coded with.
    """
    if code.tiling.overlapping:
        return _quality_of_means(code, picture, weights)
    errors = tile_errors(code, picture, weights)
    squared = errors.painted.sum(axis=0) / picture.size
    absolute = errors.absolute / picture.size
    return [Quality(psnr(float(s)), float(a)) for s, a in zip(squared, absolute, strict=True)]


def units_needed(errors: TileErrors, code: PictureCode, bound: float) -> NDArray[np.int64]:
    """How many units bring each patch's error (the L2 norm of its residual) to `bound` or under it.

    Errors need not fall with every unit: it is the first rank at which the error is that small.

    Args:
        errors: of the picture's patches.
        code: of the picture.
        bound: L2 norm, 0 or more.

    Returns:
        (patches,) ranks from 0; NEVER where no rank reaches the bound.
    """
    reached = errors.whole <= bound**2
    reached &= np.arange(reached.shape[1]) <= code.active_units[:, None]
    return np.where(reached.any(axis=1), reached.argmax(axis=1), NEVER)


def best_ranks(errors: TileErrors, code: PictureCode, budget: int) -> NDArray[np.int64]:
    """Spend `budget` units where they help most: how many each patch gets, (patches,).

    A patch's units come in order of rank, and a unit may help little before one that helps much, or even
    raise the error. So 'the next unit with the largest gain' is taken to mean the next *step*: of the ways
    to go on from where a patch stands, by one unit or by several, the one that takes away most squared error
    a unit. (The steps of a patch are the sides of the lower convex hull of its error by rank, so their gains
    fall; equal-slope allocation, as in rate-distortion theory.) Steps are taken from all patches by falling
    gain, equal ones in order of the patches. One that does not fit any more ends its patch. Nothing is spent
    where it would not help, so less than the budget may be used.

    With overlapping patches the gain is the patch's own, not that of the mean picture.

    Args:
        errors: of the picture's patches.
        code: of the picture.
        budget: units for all patches together.
    """
    shape = code.units.shape
    gains, lengths = np.zeros(shape, np.float32), np.zeros(shape, np.int64)
    picture_loops.lower_hulls(errors.painted, code.active_units, gains, lengths)
    patches, steps = np.nonzero(lengths)
    order = np.argsort(-gains[patches, steps], kind="stable")
    ranks = np.zeros(shape[0], np.int64)
    if budget > 0:
        picture_loops.spend(order, patches, lengths[patches, steps], budget, ranks)
    return ranks


def ranks_of_unit(code: PictureCode, unit: int) -> NDArray[np.int64]:
    """The rank of one unit in each patch.

    Args:
        code: of a picture.
        unit: 0 to n_units - 1.

    Returns:
        (patches,) from 1; 0 where the unit is not active.
    """
    fires = (code.units == unit) & (code.activations > 0)
    return np.where(fires.any(axis=1), fires.argmax(axis=1) + 1, 0)


def _own_values(tiling: Tiling, part: slice) -> NDArray[np.bool_]:
    """(patches, n_inputs) which values of some patches are painted by them."""
    place = np.arange(tiling.patch_size)
    own_rows = place >= tiling.own_rows[part, None]
    own_cols = place >= tiling.own_cols[part, None]
    pixels = own_rows[:, :, None] & own_cols[:, None, :]
    return np.repeat(pixels.reshape(len(pixels), -1), CHANNELS, axis=1)


def _quality_of_means(code: PictureCode, picture: NDArray[np.uint8], weights: Floats) -> list[Quality]:
    """`quality_by_rank` where patches overlap: the picture is put together anew at every rank."""
    tiling, depth = code.tiling, code.units.shape[1]
    sums = np.zeros((len(tiling), weights.shape[1]), np.float32)
    covers = np.zeros(picture.shape)
    picture_loops.add_tiles(np.ones_like(sums), tiling.rows, tiling.cols, tiling.patch_size, covers)
    qualities = [quality(picture, np.zeros(picture.shape, np.float32))]
    for k in range(depth):
        picture_loops.add_rank(weights, code.units[:, k], code.activations[:, k], sums)
        values = np.zeros(picture.shape)
        picture_loops.add_tiles(sums, tiling.rows, tiling.cols, tiling.patch_size, values)
        error = values / covers - picture / PIXEL_SCALE
        qualities.append(Quality(psnr(float((error**2).mean())), float(np.abs(error).mean())))
    return qualities
