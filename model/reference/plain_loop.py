"""The author's online training in plain NumPy: the loop that the compiled training's speed is compared with.

One patch at a time, each line one step of the method (P. Bertens, *Rank Ordered Autoencoders*, arXiv
1605.01749, 2016; the schedule of the step size is that of the author's published run). It is as fast as plain
NumPy allows: all units of a patch are computed at once, and ranks past the last active unit are left out.
"""

import time
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from model.data.pictures import Pictures, random_patches

Floats = NDArray[np.float32]

LARGEST_NORM = 0.1
"""One patch changes a unit's filter by a vector of at most this norm, times the step size."""
STEP_SIZE = 1.0
STEP_DECAY = 0.9
LEAST_FALL = 0.01
"""The step size decays after a pass in which the mean error fell by a smaller share than this."""
PATCHES_PER_PASS = 50_000
PATCHES_PER_DRAW = 500
WARM_UP = 200
"""Patches learned before a measurement of speed starts."""


def direction(weights: Floats, patch: Floats) -> Floats:
    """The direction of ascent of the rule `rank-order` for one patch, before its rows' norms are limited.

    Args:
        weights: (n_units, n_inputs).
        patch: (n_inputs,) in [0, 1).

    Returns:
        a_i E_r(i) + delta_i x for every unit i, (n_units, n_inputs); see `model.rules.rank_order`.
    """
    return _direction_and_error(weights, patch)[0]


def limit_norms(direction: Floats, most: float = LARGEST_NORM) -> Floats:
    """Scale rows with a larger norm than `most` down to that norm.

    Args:
        direction: (n_units, n_inputs).
        most: above 0.

    Returns:
        The same shape.
    """
    norms = np.linalg.norm(direction, axis=1, keepdims=True)
    limited: Floats = direction * (most / np.maximum(norms, most))
    return limited


def step_size(mean_errors: Sequence[float]) -> float:
    """The step size after some passes: multiplied by STEP_DECAY for each pass that improved too little.

    Args:
        mean_errors: the mean reconstruction error over each pass so far. The first is compared with none.
    """
    step = STEP_SIZE
    for before, after in pairwise(mean_errors):
        if before - after < LEAST_FALL * before:
            step *= STEP_DECAY
    return step


def train_online(weights: Floats, pictures: Pictures, patch_size: int, patches: int, seed: int) -> Floats:
    """Train one patch at a time, as the author did.

    Args:
        weights: (n_units, n_inputs) to start from; they stay as they are.
        pictures: where the patches are cut from.
        patch_size: height and width of a patch in pixels.
        patches: how many to learn from.
        seed: of the patches drawn.

    Returns:
        The trained weights, (n_units, n_inputs).
    """
    weights = weights.copy()
    rng = np.random.default_rng(seed)
    step = STEP_SIZE
    mean_errors: list[float] = []
    errors: list[float] = []
    for seen in range(0, patches, PATCHES_PER_DRAW):
        for patch in random_patches(pictures, patch_size, min(PATCHES_PER_DRAW, patches - seen), rng):
            ascent, error = _direction_and_error(weights, patch)
            weights += step * limit_norms(ascent)
            errors.append(error)
            if len(errors) == PATCHES_PER_PASS:
                mean_errors.append(float(np.mean(errors)))
                errors.clear()
                step = step_size(mean_errors)
    return weights


def speed(seconds: float, weights: Floats, pictures: Pictures, patch_size: int, seed: int = 0) -> float:
    """Patches learned per second of wall clock, sampling included, after a short warm-up.

    Args:
        seconds: measure for at least so long, and for at least one draw of patches.
        weights: (n_units, n_inputs) to start from; they stay as they are.
        pictures: where the patches are cut from.
        patch_size: height and width of a patch in pixels.
        seed: of the patches drawn.
    """
    weights = train_online(weights, pictures, patch_size, WARM_UP, seed)
    seen, elapsed = 0, 0.0
    start = time.perf_counter()
    while seen == 0 or elapsed < seconds:
        seen += PATCHES_PER_DRAW
        weights = train_online(weights, pictures, patch_size, PATCHES_PER_DRAW, seed + seen)
        elapsed = time.perf_counter() - start
    return seen / elapsed


def _direction_and_error(weights: Floats, patch: Floats) -> tuple[Floats, float]:
    """The direction, (n_units, n_inputs), and the norm of the residual with every active unit."""
    n_inputs = len(patch)
    p = (weights @ patch) / np.float32(n_inputs)
    a = np.clip(p, 0, 1)
    ranked = np.argsort(-p, kind="stable")[: np.count_nonzero(p > 0)]

    sums = np.cumsum(a[ranked, None] * weights[ranked], axis=0)
    residuals = patch - np.clip(sums, 0, 1)
    last = residuals[-1] if len(ranked) else patch
    at_own_rank = np.empty_like(weights)
    at_own_rank[:] = last  # what an inactive unit learns from
    at_own_rank[ranked] = residuals

    slope: Floats = (weights * at_own_rank).sum(axis=1) / n_inputs
    down = np.maximum(-p, np.minimum(0, slope))
    up = np.minimum(-p, np.maximum(0, slope))
    delta: Floats = np.where(p > 0, down, np.where(p < 0, up, 0))
    return a[:, None] * at_own_rank + delta[:, None] * patch, float(np.linalg.norm(last))
