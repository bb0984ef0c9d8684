"""What the stage of a talk must compute: a picture from few units, units needed, the recorded training."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.analysis.filter_mosaic import filter_bytes
from model.checkpoint import load_checkpoint
from model.coding.picture_code import encode_picture, patch_starts, reconstruct_picture
from model.data.pictures import ASSETS, as_patches
from model.data.sources import bundled_sample
from model.kernels.compiled import patch_errors
from model.training.recording import load_recording

PATCH_SIZE = 7
GOAL = 0.5
RANKS = (1, 3, 10, 169)


def picture_sums() -> dict[str, Any]:
    """A piece of a bundled picture whose last row and column of patches overlap those before."""
    weights = load_checkpoint(ASSETS / "progressive.safetensors").weights
    picture = bundled_sample().test.picture(3)[:18, :25]
    code = encode_picture(picture, weights, PATCH_SIZE)
    counts = units_needed(picture, weights)
    height, width, _ = picture.shape
    return {
        "height": height,
        "width": width,
        "patchSize": PATCH_SIZE,
        "pixels": picture.ravel().tolist(),
        "weights": weights.ravel().tolist(),
        "corners": np.stack([code.tiling.rows, code.tiling.cols], axis=1).tolist(),
        "active": code.active_units.tolist(),
        "pictures": [picture_at(picture, rank, reconstruct_picture(code, weights, rank)) for rank in RANKS],
        "goal": GOAL,
        "counts": counts.ravel().tolist(),
        "countsShape": counts.shape,
        "starts": [
            {"length": length, "step": step, "starts": patch_starts(length, PATCH_SIZE, step).tolist()}
            for length, step in ((7, 7), (8, 7), (32, 7), (35, 7), (32, 3), (512, 5))
        ],
    }


def picture_at(picture: NDArray[np.uint8], rank: int, rebuilt: NDArray[np.uint8]) -> dict[str, Any]:
    """A rebuilt picture and its PSNR, the largest value being 1."""
    difference = (rebuilt.astype(np.float64) - picture) / 256
    psnr = -10 * np.log10((difference**2).mean())
    return {"rank": rank, "bytes": rebuilt.ravel().tolist(), "psnr": float(psnr)}


def units_needed(picture: NDArray[np.uint8], weights: NDArray[np.float32]) -> NDArray[np.int64]:
    """The first rank at every pixel whose error is under GOAL; all active units where there is none."""
    windows = np.lib.stride_tricks.sliding_window_view(picture, (PATCH_SIZE, PATCH_SIZE), axis=(0, 1))
    down, across = windows.shape[:2]
    patches = as_patches(windows.transpose(0, 1, 3, 4, 2).reshape(-1, PATCH_SIZE, PATCH_SIZE, 3))
    errors, active = patch_errors(weights, patches)
    under = errors < GOAL
    needed = np.where(under.any(axis=1), under.argmax(axis=1) + 1, np.maximum(1, active.sum(axis=1)))
    return needed.reshape(down, across)


def recording() -> dict[str, Any]:
    """The bundled recording: which frame of filters is the latest at each point, and filters as bytes."""
    bundled = load_recording(ASSETS / "recorded_training.safetensors")
    weights = load_checkpoint(ASSETS / "rank-order.safetensors").weights[:20]
    weights[7] = 0.25  # all equal
    latest = [int(np.flatnonzero(bundled.points <= point)[-1]) for point in range(len(bundled.patches))]
    return {
        "patches": bundled.patches.tolist(),
        "errors": bundled.test_error.tolist(),
        "framesAt": bundled.points.tolist(),
        "seconds": bundled.seconds,
        "latestFrame": latest,
        "weights": weights.ravel().tolist(),
        "inputs": weights.shape[1],
        "filterBytes": filter_bytes(weights).ravel().tolist(),
    }


def comparison() -> dict[str, Any]:
    """Errors of both bundled rules by number of units, and where the one is more than 1 % better."""
    pictures = bundled_sample().test
    patches = as_patches(np.stack([pictures.picture(i)[8:15, 8:15] for i in range(60)]))
    errors = [
        patch_errors(load_checkpoint(ASSETS / f"{rule}.safetensors").weights, patches)[0].mean(axis=0)
        for rule in ("progressive", "rank-order")
    ]
    progressive, paper = errors
    return {
        "progressive": progressive.tolist(),
        "paper": paper.tolist(),
        "progressiveBetter": true_ranges(progressive < 0.99 * paper),
        "paperBetter": true_ranges(paper < 0.99 * progressive),
    }


def true_ranges(values: NDArray[np.bool_]) -> list[list[int]]:
    """First and last place, from 1, of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], values.astype(int), [0]])))
    return [[int(first) + 1, int(after)] for first, after in edges.reshape(-1, 2)]
