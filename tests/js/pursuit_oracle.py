"""Patches coded by pursuit, for `write_oracle`: by the plain code, not by the compiled one."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import load_checkpoint
from model.coding.coder import dictionary_for
from model.coding.pursuit import pursue, pursuit_errors
from model.config import Coder
from model.data.pictures import ASSETS, as_patches
from model.data.sources import bundled_sample
from tests.js.encoding import base64_of

CANDIDATES = 4
RANKS = (1, 2, 5, 20)


def pursuit() -> dict[str, Any]:
    """Bundled models on bundled patches, and dictionaries with equal, opposite and dead units."""
    pictures = bundled_sample().test
    cases = []
    for model in ("rank-order", "pursuit"):
        weights = load_checkpoint(ASSETS / f"{model}.safetensors").weights
        for position, row, col in ((0, 0, 0), (3, 12, 12), (7, 25, 5)):
            pixels = pictures.picture(position)[row : row + 7, col : col + 7]
            cases.append(case(as_patches(pixels[None])[0], weights))
    rng = np.random.default_rng(3)
    few = (rng.integers(-8, 9, (12, 27)) / 8).astype(np.float32)
    few[7], few[4], few[9] = few[2], -few[2], 0
    cases.append(case((rng.integers(0, 8, 27) / 8).astype(np.float32), few))
    cases.append(case(np.zeros(27, np.float32), few))
    return {"cases": cases}


def case(patch: NDArray[np.float32], weights: NDArray[np.float32]) -> dict[str, Any]:
    """A patch (n_inputs,), its code, its errors, and what could have been chosen at some ranks."""
    dictionary = dictionary_for(Coder.PURSUIT, weights)
    code = pursue(dictionary, patch[None])
    active = int((code.activations > 0).sum())
    units, activations = code.units[0, :active], code.activations[0, :active]
    return {
        "patch": patch.tolist(),
        "weights": base64_of(weights),
        "dictionary": base64_of(dictionary),
        "units": units.tolist(),
        "activations": activations.tolist(),
        "errors": pursuit_errors(dictionary, patch[None], code)[0].tolist(),
        "candidates": [
            {"rank": rank, "best": candidates(patch, dictionary, units[: rank - 1], activations)}
            for rank in RANKS
            if rank <= active
        ],
    }


def candidates(
    patch: NDArray[np.float32],
    dictionary: NDArray[np.float32],
    chosen: NDArray[np.int64],
    activations: NDArray[np.float64],
) -> list[dict[str, float]]:
    """The units that would take away most of what the chosen ones leave, and which share of its square."""
    rows = dictionary.astype(np.float64)
    residual = patch - activations[: len(chosen)] @ rows[chosen]
    answers = rows @ residual / len(patch)
    answers[chosen] = 0
    best = np.argsort(-answers, kind="stable")[:CANDIDATES]
    after = [residual - answers[unit] * rows[unit] for unit in best if answers[unit] > 1e-8]
    shares = [1 - (left @ left) / (residual @ residual) for left in after]
    return [{"unit": int(unit), "share": share} for unit, share in zip(best, shares, strict=False)]
