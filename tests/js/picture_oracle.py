"""Whole pictures for `write_oracle`: tilings, codes, reconstructions, budgets, and numbers as colours."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.analysis.picture_quality import (
    TileErrors,
    best_ranks,
    quality_by_rank,
    ranks_of_unit,
    tile_errors,
    units_needed,
)
from model.checkpoint import load_checkpoint
from model.coding.coder import dictionary_for
from model.coding.picture_code import PictureCode, Tiling, as_bytes, encode_picture, reconstruct_values
from model.config import PIXEL_SCALE, Coder
from model.data.pictures import ASSETS
from model.data.sources import bundled_sample
from model.kernels import picture_loops
from tests.js.encoding import base64_of

BOUNDS = (0.0, 0.3, 0.6, 1.5, 50.0)
VIRIDIS = [(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)]
LEAST_ERROR = 1e-4


def picture() -> dict[str, Any]:
    """Pictures of odd sizes, by a bundled model and by a small random one, side by side and overlapping."""
    return {"cases": [picture_case(*arguments) for arguments in pictures()]}


def pictures() -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float32], int, int, Coder]]:
    """Pictures, weights that decode them, patch sizes, strides and coders."""
    sample = bundled_sample().test
    wide = np.concatenate([sample.picture(0), sample.picture(3)], axis=1)[:25, :45]
    weights = load_checkpoint(ASSETS / "rank-order.safetensors").weights
    for stride in (7, 3):
        yield wide, weights, 7, stride, Coder.RANK_ORDER
    yield wide, dictionary_for(Coder.PURSUIT, weights), 7, 7, Coder.PURSUIT
    rng = np.random.default_rng(1)
    few = rng.normal(0, 0.8, (6, 27)).astype(np.float32)
    noise = rng.integers(0, 256, (8, 10, 3)).astype(np.uint8)
    noise[:3, :3] = 0  # no unit is active
    for stride in (3, 2):
        yield noise, few, 3, stride, Coder.RANK_ORDER
        yield noise, dictionary_for(Coder.PURSUIT, few), 3, stride, Coder.PURSUIT


def picture_case(
    pixels: NDArray[np.uint8], weights: NDArray[np.float32], patch_size: int, stride: int, coder: Coder
) -> dict[str, Any]:
    """All that the browser must know of a picture (height, width, 3) by weights (n_units, n_inputs)."""
    code = encode_picture(pixels, weights, patch_size, stride, coder)
    errors = tile_errors(code, pixels, weights)
    active = code.active_units
    total = int(active.sum())
    budgets = sorted({0, 1, total // 10, total // 3, total // 2, total, total + 5})
    ranks = sorted({0, 1, 2, 5, len(weights) // 3, len(weights)})
    return {
        "picture": base64_of(pixels),
        "height": pixels.shape[0],
        "width": pixels.shape[1],
        "patchSize": patch_size,
        "stride": stride,
        "coder": coder.value,
        "weights": base64_of(weights),
        "tiling": tiling_of(code.tiling),
        "active": active.tolist(),
        "units": [code.units[i, :count].tolist() for i, count in enumerate(active)],
        "activations": [code.activations[i, :count].tolist() for i, count in enumerate(active)],
        "errors": [np.sqrt(errors.whole[i, : count + 1]).tolist() for i, count in enumerate(active)],
        "squared": squared_by_rank(code, errors, pixels, weights),
        "costs": [code.units_spent(rank) for rank in range(len(weights) + 1)],
        "budgets": [{"budget": b, "ranks": best_ranks(errors, code, b).tolist()} for b in budgets],
        "best": best_squared(code, errors, len(weights)),
        "needed": [{"bound": b, "units": units_needed(errors, code, b).tolist()} for b in BOUNDS],
        "firing": [{"unit": u, "ranks": ranks_of_unit(code, u).tolist()} for u in (0, 2, len(weights) - 1)],
        "reconstructions": [
            *(reconstruction(code, pixels, weights, rank) for rank in (*ranks, *ranks[::-1])),
            reconstruction(code, pixels, weights, best_ranks(errors, code, total // 3)),
        ],
    }


def tiling_of(tiling: Tiling) -> dict[str, Any]:
    """A tiling, and for each pixel the tile that paints it, or the one with the nearest middle."""
    size, columns = tiling.patch_size, len(tiling.across)
    painter = np.empty((tiling.height, tiling.width), np.int64)
    for row in range(tiling.height):
        for col in range(tiling.width):
            if tiling.overlapping:
                down = int(np.abs(tiling.down + size / 2 - row).argmin())
                across = int(np.abs(tiling.across + size / 2 - col).argmin())
                painter[row, col] = down * columns + across
            else:
                inside = (tiling.rows + size > row) & (tiling.cols + size > col)
                covers = inside & (tiling.rows <= row) & (tiling.cols <= col)
                painter[row, col] = np.flatnonzero(covers)[0]
    return {
        "down": tiling.down.tolist(),
        "across": tiling.across.tolist(),
        "ownRows": tiling.own_rows.tolist(),
        "ownCols": tiling.own_cols.tolist(),
        "painter": painter.ravel().tolist(),
    }


def squared_by_rank(
    code: PictureCode, errors: TileErrors, pixels: NDArray[np.uint8], weights: NDArray[np.float32]
) -> list[float]:
    """(n_units + 1,) the squared error of the picture at each rank from 0."""
    if code.tiling.overlapping:
        qualities = quality_by_rank(code, pixels, weights)
        squared = [pixels.size * 10 ** (-each.psnr / 10) for each in qualities]
    else:
        squared = errors.painted.sum(axis=0).tolist()
    return squared + squared[-1:] * (len(weights) + 1 - len(squared))


def best_squared(code: PictureCode, errors: TileErrors, n_units: int) -> list[float]:
    """(n_units + 1,) what is left after as many of the best steps as fit into each rank's cost."""
    shape = code.units.shape
    gains, lengths = np.zeros(shape, np.float32), np.zeros(shape, np.int64)
    picture_loops.lower_hulls(errors.painted, code.active_units, gains, lengths)
    steps = sorted(zip(-gains[lengths > 0].astype(float), lengths[lengths > 0].tolist(), strict=True))
    spent = np.cumsum([0, *(length for _, length in steps)])
    left = errors.painted[:, 0].sum() + np.cumsum([0, *(gain * length for gain, length in steps)])
    fits = [int((spent <= code.units_spent(rank)).sum()) - 1 for rank in range(n_units + 1)]
    return [max(0.0, float(left[count])) for count in fits]


def reconstruction(
    code: PictureCode,
    pixels: NDArray[np.uint8],
    weights: NDArray[np.float32],
    ranks: int | NDArray[np.int64],
) -> dict[str, Any]:
    """The picture with so many units of every patch, or of each, and its errors."""
    values = reconstruct_values(code, weights, ranks)
    error = pixels / PIXEL_SCALE - values
    residual = np.clip(np.rint(128 + 256 * error), 0, 255).astype(np.uint8)
    return {
        "ranks": ranks if isinstance(ranks, int) else ranks.tolist(),
        "bytes": base64_of(as_bytes(values)),
        "residual": base64_of(residual),
        "squared": float((error.astype(np.float64) ** 2).sum()),
        "absolute": float(np.abs(error.astype(np.float64)).sum()),
    }


def colours() -> dict[str, Any]:
    """Colours between stops, a map of error by rank over a training, and counts of values."""
    shares = np.linspace(-0.2, 1.2, 29)
    rng = np.random.default_rng(2)
    values = rng.integers(-1, 170, 400)
    return {
        "stops": VIRIDIS,
        "shares": shares.tolist(),
        "colours": viridis(shares).tolist(),
        "map": error_map(rng),
        "values": values.tolist(),
        "counts": np.histogram(values, np.arange(0, 172, 2))[0].tolist(),
        "fewCounts": np.bincount(values[(values >= 0) & (values < 20)], minlength=20).tolist(),
    }


def viridis(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) colours, linear between the stops, not rounded."""
    places = np.linspace(0, 1, len(VIRIDIS))
    return np.stack([np.interp(shares, places, channel) for channel in zip(*VIRIDIS, strict=True)], axis=1)


def error_map(rng: np.random.Generator) -> dict[str, Any]:
    """Five snapshots of a training that is to go on, as a picture 40 pixels wide."""
    seen = np.array([0, 500, 1000, 4000, 6000])
    errors = (5 / np.arange(1, 12) * rng.uniform(0.5, 1, (5, 11))).astype(np.float32)
    errors[2, 10] = 0
    patches, columns = 10_000, 40
    low, high = LEAST_ERROR, 1.3 * float(errors[-1].max())
    at = (np.arange(columns) + 0.5) / columns * patches
    snapshot = np.searchsorted(seen, at, side="right") - 1
    share = np.log(np.maximum(errors[snapshot].T[::-1], LEAST_ERROR) / low) / np.log(high / low)
    levels = np.clip(np.floor(255 * share + 0.5), 0, 255) / 255
    pixels = np.dstack([viridis(levels.ravel()).reshape(*share.shape, 3), np.full(share.shape, 255)])
    pixels[:, at > seen[-1] + patches / columns] = 0
    return {
        "seen": seen.tolist(),
        "errors": errors.tolist(),
        "patches": patches,
        "columns": columns,
        "range": [low, high],
        "pixels": pixels.tolist(),
    }
