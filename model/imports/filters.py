"""A matrix of filters that was made elsewhere, as a model.

Each filter has 3 x p x p values. A file does not say in which order, nor whether the length of a filter means
anything. Both are read from the numbers where these are clear, and must be said where they are not.
"""

import math
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import Checkpoint, CheckpointError, load_checkpoint
from model.config import CHANNELS, ModelConfig, Rule
from model.imports.arrays import ArrayFileError, read_arrays

Filters = NDArray[np.float64]

USUAL_NAMES = ("weights", "filters", "dictionary", "components", "components_", "decoder", "D", "W")
"""The array that is taken if there are several, the first of these that there is."""
CLEARER = 0.75
"""One order of the values is clear if its roughness is less than this share of the other's. The filters of
the bundled models and rivals have 0.04 to 0.57 of it; a complete set, such as all waves of the DCT, has 1."""
SAME_LENGTH = 0.02
LARGEST_WEIGHT = 1e9
"""Of either sign; squares of larger ones overflow in sums."""
AXES_HINT = "say --axes hwc or --axes chw"
SCALE_HINT = "say --scale unit for directions, or --scale as-is for the weights of a rank-ordered model"
UNKNOWN = "unknown"
"""What a model that was made elsewhere learned from."""


class Axes(StrEnum):
    """The order of the values of a filter: HWC row, column, colour; CHW colour, row, column."""

    HWC = "hwc"
    CHW = "chw"


class Scale(StrEnum):
    """What the length of a filter means.

    UNIT: nothing, filters are directions; units are chosen by pursuit, which brings all to one length. AS_IS:
    they are the weights of a rank-ordered model, whose answers W x / n_inputs are its activations.
    """

    UNIT = "unit"
    AS_IS = "as-is"


def load_model_file(path: Path, axes: Axes | None = None, scale: Scale | None = None) -> Checkpoint:
    """A model from a file: a checkpoint of ours, or filters that were made elsewhere.

    Args:
        path: a checkpoint, or a .npy, .npz or safetensors file with an array (n, 3 p p) or (3 p p, n), (n, p,
            p, 3) or (n, 3, p, p).
        axes: the order of a filter's values; None finds out from the numbers.
        scale: what a filter's length means; None finds out from the numbers.

    Returns:
        The model; one that was made elsewhere has seen 0 patches of UNKNOWN data.

    Raises:
        CheckpointError: it can't be read, is no such thing, or it is not clear how to read it.
    """
    try:
        arrays = read_arrays(path)
    except ArrayFileError as error:
        raise CheckpointError(
            f"{path} is damaged or is not a checkpoint or a file of filters: {error}."
        ) from error
    except OSError:
        return load_checkpoint(path)  # which says what is wrong
    if path.suffix not in (".npy", ".npz") and "weights" in arrays:
        try:
            return load_checkpoint(path)
        except CheckpointError as error:
            if "is not a Rankscope checkpoint" not in str(error):
                raise
    try:
        return _as_model(_chosen(arrays), axes, scale)
    except ValueError as error:
        raise CheckpointError(f"{path} can't be used as filters: {error}.") from error


def _chosen(arrays: dict[str, NDArray[Any]]) -> Filters:
    """The array with the filters."""
    matrices = {name: array for name, array in arrays.items() if array.ndim in (2, 4)}
    if len(matrices) == 1:
        return _exact(next(iter(matrices.values())))
    for name in USUAL_NAMES:
        if name in matrices:
            return _exact(matrices[name])
    if not matrices:
        raise ValueError("it has no array with two axes, (n, 3 p p), or with four")
    raise ValueError(f"several arrays could be the filters; name one of them {USUAL_NAMES[1]}")


def _exact(array: NDArray[Any]) -> Filters:
    with np.errstate(invalid="ignore"):  # what is no number is reported afterwards
        return array.astype(np.float64)


def _as_model(values: Filters, axes: Axes | None, scale: Scale | None) -> Checkpoint:
    if not np.isfinite(values).all():
        raise ValueError("it holds values that are not finite numbers")
    if np.abs(values).max(initial=0) > LARGEST_WEIGHT:
        raise ValueError("its numbers are too large")
    filters = _in_our_order(values, axes)
    if not filters.any():
        raise ValueError("all of it is zero")
    scale = scale or _clear_scale(filters)
    side = math.isqrt(filters.shape[1] // CHANNELS)
    try:
        config = ModelConfig(n_units=len(filters), patch_size=side)
    except ValueError as error:
        raise ValueError(str(error).rstrip(".")) from error
    if scale is Scale.UNIT:
        lengths = np.linalg.norm(filters, axis=1, keepdims=True)
        filters = np.divide(filters, lengths, out=np.zeros_like(filters), where=lengths > 0)
        filters *= math.sqrt(filters.shape[1])
    weights = filters.astype(np.float32)
    rule = Rule.PURSUIT if scale is Scale.UNIT else Rule.RANK_ORDER
    return Checkpoint(weights, config, rule, seed=0, patches_seen=0, data=UNKNOWN)


def _in_our_order(values: Filters, axes: Axes | None) -> Filters:
    """(n, 3 p p), a filter's values in the order row, column, colour."""
    if values.ndim == 4:
        if values.shape[3] == CHANNELS and values.shape[1] == values.shape[2]:
            return values.reshape(len(values), -1)
        if values.shape[1] == CHANNELS and values.shape[2] == values.shape[3]:
            return values.transpose(0, 2, 3, 1).reshape(len(values), -1)
        raise ValueError(f"the shape {values.shape} is neither (n, p, p, 3) nor (n, 3, p, p)")
    if _side_of(values.shape[1]) is None:
        if _side_of(values.shape[0]) is None:
            raise ValueError(f"the shape {values.shape} has no axis of 3 x p x p values with p from 2 to 32")
        values = values.T
    side = _side_of(values.shape[1])
    assert side is not None
    if (axes or _clear_axes(values, side)) is Axes.HWC:
        return np.ascontiguousarray(values)
    return values.reshape(-1, CHANNELS, side, side).transpose(0, 2, 3, 1).reshape(len(values), -1)


def _side_of(count: int) -> int | None:
    """The p of 3 x p x p values; None if there is none from 2 to 32."""
    side = math.isqrt(count // CHANNELS)
    return side if 2 <= side <= 32 and CHANNELS * side**2 == count else None


def _clear_axes(values: Filters, side: int) -> Axes:
    """The order in which neighbouring pixels and the colours of a pixel are most alike.

    Raises:
        ValueError: neither order is clearly smoother.
    """
    by_pixel = _roughness(values.reshape(-1, side, side, CHANNELS))
    by_colour = _roughness(values.reshape(-1, CHANNELS, side, side).transpose(0, 2, 3, 1))
    smoother, other = sorted((by_pixel, by_colour))
    if smoother > CLEARER * other:
        raise ValueError(f"the order of a filter's values is not clear from them; {AXES_HINT}")
    return Axes.HWC if by_pixel == smoother else Axes.CHW


def _roughness(squares: Filters) -> float:
    """How much neighbouring pixels differ, times how much the colours of a pixel do; (n, p, p, 3)."""
    down = np.square(np.diff(squares, axis=1)).sum()
    across = np.square(np.diff(squares, axis=2)).sum()
    return float((down + across) * squares.var(axis=3).sum())


def _clear_scale(filters: Filters) -> Scale:
    """UNIT if all filters have about the length 1, or all about sqrt(n_inputs).

    Raises:
        ValueError: they have other lengths, which may mean something.
    """
    lengths = np.linalg.norm(filters, axis=1)
    lengths = lengths[lengths > 0]
    for whole in (1.0, math.sqrt(filters.shape[1])):
        if (np.abs(lengths / whole - 1) <= SAME_LENGTH).all():
            return Scale.UNIT
    raise ValueError(f"its filters have different lengths, which may mean something; {SCALE_HINT}")
