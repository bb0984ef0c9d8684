"""The data of the page Compare's board: curves, a patch and a picture by every side, filters in pairs."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.compare.measuring import Side, pairs_between, picture_by
from model.comparison.measured import (
    ASKED_ERRORS,
    Measured,
    common_ranks,
    components_needed,
    to_length,
)
from model.config import PIXEL_SCALE
from model.data.pictures import as_patches

Arrays = dict[str, NDArray[Any]]

PICTURE_RANKS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 80, 120, 169)
"""Numbers of components at which the picture is shown; the slider takes the next smaller one."""
LONGEST_SIDE = 96
"""Pixels to which a picture is scaled down here."""
SHOWN_PAIRS = 48


def board_data(
    sides: Sequence[Side],
    verdict: str,
    warnings: Sequence[str],
    picture: NDArray[np.uint8],
    row: int,
    col: int,
) -> tuple[dict[str, Any], Arrays]:
    """What the board shows.

    Args:
        sides: two to four, measured before.
        verdict: in words; a line for each paragraph.
        warnings: sentences.
        picture: (height, width, 3) bytes, no side shorter than a patch.
        row: of the patch's upper left pixel.
        col: of the same.

    Returns:
        A header of JSON values, and arrays by name; those of a side end in its number from 0.
    """
    ranks = common_ranks(measured := [side.measured() for side in sides])
    small = scaled_down(picture, max(side.patch_size for side in sides))
    ks = [k for k in PICTURE_RANKS if k <= ranks]
    arrays: Arrays = {"original": small}
    told = []
    for i, (side, found) in enumerate(zip(sides, measured, strict=True)):
        arrays |= {**_curves(i, found, ranks), **_patch_by(i, found, ranks, picture, (row, col))}
        rebuilt = picture_by(side, small, ks)
        arrays[f"pictures{i}"] = rebuilt.pixels
        told.append(_about(side, found, ranks) | {"psnr": list(map(_finite, rebuilt.psnr))})
    header = {
        "verdict": verdict.split("\n"),
        "warnings": list(warnings),
        "note": _note(measured, ranks),
        "ranks": ranks,
        "pictureRanks": ks,
        "height": small.shape[0],
        "width": small.shape[1],
        "asked": list(ASKED_ERRORS),
        "patches": len(measured[0].errors),
        "sides": told,
        "pairs": _add_pairs(sides, arrays),
    }
    return header, arrays


def scaled_down(picture: NDArray[np.uint8], patch_size: int) -> NDArray[np.uint8]:
    """A picture with at most LONGEST_SIDE pixels along its longer side, and no side shorter than a patch.

    Args:
        picture: (height, width, 3) bytes.
        patch_size: fewest pixels of a side.
    """
    height, width, _ = picture.shape
    share = min(1.0, LONGEST_SIDE / max(height, width))
    size = tuple(max(patch_size, round(side * share)) for side in (width, height))
    return picture if share == 1 else np.asarray(Image.fromarray(picture).resize((size[0], size[1])))


def _patch_by(
    i: int, found: Measured, ranks: int, picture: NDArray[np.uint8], corner: tuple[int, int]
) -> Arrays:
    """The patch at a corner, and what side `i` makes of it with every number of components."""
    size = found.contender.patch_size
    # A patch of another size may stick out where the smaller one does not.
    top, left = (min(at, length - size) for at, length in zip(corner, picture.shape, strict=False))
    patch = as_patches(picture[None, top : top + size, left : left + size])
    sums = found.contender.rebuild(patch, range(1, ranks + 1))[:, 0]
    errors = np.linalg.norm(patch - sums, axis=1).astype(np.float32)
    return {f"patch{i}": _as_bytes(patch[0]), f"sums{i}": _as_bytes(sums), f"errors{i}": errors}


def _curves(i: int, found: Measured, ranks: int) -> Arrays:
    curves = {"mean": found.mean, "low": found.low, "high": found.high, "fvu": found.fvu}
    arrays = {f"{name}{i}": to_length(curve, ranks).astype(np.float32) for name, curve in curves.items()}
    return {**arrays, f"active{i}": to_length(found.active_mean, ranks).astype(np.float32)}


def _note(measured: Sequence[Measured], ranks: int) -> str:
    """Why all curves end early, if they do."""
    labels = [each.contender.label for each in measured if not each.complete]
    if not labels:
        return ""
    searched = " and ".join(labels)
    return (
        f"Compared up to k = {ranks}: a search further on, as for {searched}, would take too long here; the "
        "command line has all of it."
    )


def _about(side: Side, found: Measured, ranks: int) -> dict[str, Any]:
    contender, mean = found.contender, to_length(found.mean, ranks)
    return {
        "name": side.name,
        "label": contender.label,
        "units": contender.units,
        "components": len(contender.filters),
        "patchSize": side.patch_size,
        "protocol": contender.protocol.in_words(),
        "needed": [components_needed(mean, error) for error in ASKED_ERRORS],
        "sum": float(mean.sum()),
        "l0": found.l0_mean,
        "cost": contender.cost.as_json(),
    }


def _add_pairs(sides: Sequence[Side], arrays: Arrays) -> list[dict[str, Any]]:
    """Pairs of the first side's filters with each other side's of the same patch size."""
    found = []
    first = sides[0].measured().contender
    for i, side in enumerate(sides[1:], 1):
        if side.patch_size != sides[0].patch_size:
            continue
        pairs = pairs_between(sides[0], side)
        shown = slice(0, SHOWN_PAIRS)
        sign = np.sign(pairs.likeness[shown, None])
        second = side.measured().contender.filters[pairs.second[shown]]
        arrays[f"firstOfPair{i}"] = _as_pictures(first.filters[pairs.first[shown]])
        arrays[f"secondOfPair{i}"] = _as_pictures(second * np.where(sign == 0, 1, sign))
        found.append(
            {
                "side": i,
                "first": pairs.first[shown].tolist(),
                "second": pairs.second[shown].tolist(),
                "likeness": np.round(pairs.likeness[shown], 3).tolist(),
                "mean": float(np.abs(pairs.likeness).mean()),
                "pairs": len(pairs.likeness),
            }
        )
    return found


def _as_pictures(filters: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Filters, each scaled to its own smallest and largest value, as the paper shows them."""
    low, high = filters.min(axis=1, keepdims=True), filters.max(axis=1, keepdims=True)
    shares = np.divide(filters - low, high - low, out=np.full(filters.shape, 0.5), where=high > low)
    pictures: NDArray[np.uint8] = np.rint(255 * shares).astype(np.uint8)
    return pictures


def _as_bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    pixels: NDArray[np.uint8] = np.clip(np.rint(values * np.float32(PIXEL_SCALE)), 0, 255).astype(np.uint8)
    return pixels


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
