"""The method of `autoencoder.py` and `rules.py`, fused and compiled: a patch, all its ranks, in cache.

For each patch only the running sum, the residual and one unit's filter are touched, and the pass stops at
the last active unit. A whole run of batches is one call: sampling from bytes, pre-activations, the rule
and Adam happen inside, without the interpreter and without a second pool of threads beside it. Tests hold
every function here to the plain one.
"""

import math
import os
import threading

import numba
import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from model.config import CHANNELS, PIXEL_SCALE, REVIVAL, Rule
from model.data import Corners, Pictures

Floats = NDArray[np.float32]

# Threads that wait for each other must sleep, not spin: beside one other busy process, spinning cost nine
# tenths of the speed. Read by OpenMP when the first parallel loop starts; a setting of the user's own counts.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# Sums may be reordered, which is what lets the loops use vector instructions.
_FAST_MATH = {"reassoc", "contract", "nsz", "arcp"}
_compiled = njit(fastmath=_FAST_MATH, error_model="numpy", nogil=True, cache=True)
_compiled_parallel = njit(fastmath=_FAST_MATH, error_model="numpy", nogil=True, cache=True, parallel=True)

LANES = 4
"""A batch is always summed in this many parts, so that the weights a training ends with do not
depend on how many processors shared the work."""

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
_RULES = {rule: number for number, rule in enumerate(Rule)}
_PROGRESSIVE = _RULES[Rule.PROGRESSIVE]
_SATURATION_GATED = _RULES[Rule.SATURATION_GATED]

# Numba's fallback pool of threads must not be entered by two threads at once.
_one_at_a_time = threading.Lock()


class Learner:
    """Weights on their way: the weights and Adam's moments, updated in place.

    Attributes:
        weights: (n_units, n_inputs) float32.
        first_moment, second_moment: Adam's, the same shape.
        updates: how many updates have been made.
    """

    def __init__(self, rule: Rule, weights: Floats) -> None:
        """Start from `weights`, which are copied."""
        self.rule = rule
        self.weights = np.ascontiguousarray(weights, np.float32).copy()
        self.first_moment = np.zeros_like(self.weights)
        self.second_moment = np.zeros_like(self.weights)
        self.updates = 0

    def learn(
        self, pictures: Pictures, corners: Corners, patch_size: int, batch_size: int, steps: Floats
    ) -> None:
        """Make one update for each batch.

        Args:
            pictures: where the patches are cut from.
            corners: the patches, batch after batch; the last batch may be smaller.
            patch_size: height and width of a patch in pixels.
            batch_size: patches averaged into one update.
            steps: (batches,) Adam's step size for each.
        """
        with _one_at_a_time:
            _learn(
                _RULES[self.rule], self.weights, self.first_moment, self.second_moment, self.updates,
                pictures.pixels, corners.first, corners.widths, patch_size, batch_size, steps,
            )  # fmt: skip
        self.updates += len(steps)


def ascent_direction(rule: Rule, weights: Floats, patches: Floats) -> Floats:
    """The mean direction of a rule over a batch, as `rules.ascent_direction` gives it.

    Args:
        rule: which learning rule.
        weights: (n_units, n_inputs).
        patches: (batch, n_inputs) in [0, 1), batch >= 1.

    Returns:
        (n_units, n_inputs).
    """
    direction = np.zeros_like(weights)
    _add_directions(_RULES[rule], weights, patches, direction)
    return direction / np.float32(len(patches))


def errors_by_rank(weights: Floats, patches: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Every patch's error by rank, and which units it makes active.

    Args:
        weights: (n_units, n_inputs).
        patches: (batch, n_inputs) in [0, 1).

    Returns:
        e_k for k = 1 ... n_units, (batch, n_units) float32; and (batch, n_units) bool.
    """
    errors = np.empty((len(patches), len(weights)), np.float32)
    active = np.empty(errors.shape, np.bool_)
    _errors_by_rank(weights, patches, errors, active)
    return errors, active


def share_processors(count: int) -> None:
    """Let the calling thread's updates use at most `count` processors; the weights do not change."""
    numba.set_num_threads(max(1, min(count, numba.get_num_threads())))


def compile_kernels() -> None:
    """Compile everything above, or load it from the cache on disk, so that no later call waits."""
    weights = np.zeros((LANES, CHANNELS * 4), np.float32)
    sizes, one = np.full((1, 2), 2), np.zeros(1, np.int64)
    pictures = Pictures(np.zeros((4, CHANNELS), np.uint8), sizes, one, one)
    corners = Corners(one, one + 2)
    Learner(Rule.RANK_ORDER, weights).learn(pictures, corners, 2, 1, np.zeros(1, np.float32))
    errors_by_rank(weights, np.zeros((1, CHANNELS * 4), np.float32))


@_compiled
def _add_directions(rule, weights, patches, direction):
    """Add the direction of each patch, not yet averaged, to `direction`."""
    n_units, n_inputs = weights.shape
    pre_activations = np.empty(n_units, np.float32)
    order = np.empty(n_units, np.int64)
    total = np.empty(n_inputs, np.float32)
    residuals = np.empty((n_units, n_inputs), np.float32)
    gate = np.float32(1 if rule == _SATURATION_GATED else 0)
    for i in range(len(patches)):  # indexed: iterating would lose the layout that vector loops need
        patch = patches[i]
        active = _rank(weights, patch, pre_activations, order)
        ranked = order[:active]
        if rule == _PROGRESSIVE:
            _progressive(weights, patch, pre_activations, ranked, total, residuals, direction)
        else:
            _at_own_rank(weights, patch, pre_activations, ranked, gate, total, residuals[0], direction)


@_compiled
def _rank(weights, patch, pre_activations, order):
    """Fill in the pre-activations and the active units by rank; return how many are active."""
    scale = np.float32(1 / patch.size)
    units = np.empty(len(weights), np.int64)
    values = np.empty(len(weights), np.float32)
    active = 0
    for unit in range(len(weights)):
        p = _dot(weights[unit], patch) * scale
        pre_activations[unit] = p
        units[active], values[active] = unit, p
        active += p > 0
    # A unit's place is the number of units before it. Counting them all takes more comparisons than
    # sorting, but vector instructions make them, and that is several times faster.
    for i in range(active):
        before = np.int32(0)  # as narrow as the values, so that as many fit into a vector
        for j in range(active):
            before += np.int32(values[j] > values[i])
        for j in range(i):  # ties go to the lower unit
            before += np.int32(values[j] == values[i])
        order[before] = units[i]
    return active


@_compiled
def _at_own_rank(weights, patch, pre_activations, ranked, gate, total, residual, direction):
    """`rank-order` (gate 0) and `saturation-gated` (gate 1)."""
    scale = np.float32(1 / patch.size)
    total[:] = 0
    residual[:] = patch
    for unit in ranked:
        p = pre_activations[unit]
        a = min(p, np.float32(1))
        slope = _next_residual(weights[unit], a, patch, total, residual) * scale
        delta = max(-p, min(np.float32(0), slope)) if p > gate else np.float32(0)
        _add_two(a, residual, delta, patch, direction[unit])
    _revive(weights, patch, pre_activations, residual, np.float32(1), direction)


@_compiled
def _progressive(weights, patch, pre_activations, ranked, total, residuals, direction):
    """`progressive`: ranks forwards for the residuals, then backwards for what each unit answers for."""
    scale = np.float32(1 / patch.size)
    share = np.float32(1 / len(weights))
    total[:] = 0
    last = patch
    for rank, unit in enumerate(ranked):
        last = residuals[rank]
        _next_residual(weights[unit], min(pre_activations[unit], np.float32(1)), patch, total, last)
    _revive(weights, patch, pre_activations, last, np.float32(REVIVAL), direction)
    answers_for = total
    answers_for[:] = last * np.float32((len(weights) - len(ranked)) * share)
    for rank in range(len(ranked) - 1, -1, -1):
        unit = ranked[rank]
        delta = _add_and_dot(share, residuals[rank], answers_for, weights[unit]) * scale
        a = pre_activations[unit]
        if a >= 1:
            a = np.float32(1)
            delta = min(np.float32(0), delta)
        _add_two(a, answers_for, delta, patch, direction[unit])


@_compiled
def _revive(weights, patch, pre_activations, last, factor, direction):
    """Push inactive units up, at most to zero, along the last residual."""
    scale = np.float32(1 / patch.size)
    for unit in range(len(weights)):
        p = pre_activations[unit]
        if p < 0:
            slope = _dot(weights[unit], last) * scale
            if slope > 0:
                _add(factor * min(-p, slope), patch, direction[unit])


@_compiled
def _next_residual(filter_, a, patch, total, residual):
    """Add a unit's output to the running sum, take the residual; return filter . residual."""
    dot = np.float32(0)
    for j in range(patch.size):
        s = total[j] + a * filter_[j]
        total[j] = s
        e = patch[j] - min(max(s, np.float32(0)), np.float32(1))
        residual[j] = e
        dot += filter_[j] * e
    return dot


@_compiled
def _add_and_dot(factor, residual, answers_for, filter_):
    """answers_for += factor * residual; return filter . answers_for."""
    dot = np.float32(0)
    for j in range(residual.size):
        c = answers_for[j] + factor * residual[j]
        answers_for[j] = c
        dot += filter_[j] * c
    return dot


@_compiled
def _add(a, values, out):
    """Add a * values to `out`."""
    for j in range(out.size):
        out[j] += a * values[j]


@_compiled
def _add_two(a, first, b, second, out):
    """Out += a * first + b * second."""
    for j in range(out.size):
        out[j] += a * first[j] + b * second[j]


@_compiled
def _dot(first, second):
    total = np.float32(0)
    for j in range(first.size):
        total += first[j] * second[j]
    return total


@_compiled
def _cut(pixels, first, width, patch_size, patch):
    """One patch from the bytes, as `data.random_patches` gives it."""
    scale = np.float32(1 / PIXEL_SCALE)
    j = 0
    for row in range(patch_size):
        for col in range(patch_size):
            for channel in range(3):
                patch[j] = pixels[first + row * width + col, channel] * scale
                j += 1


@_compiled
def _adam(weights, first_moment, second_moment, directions, low, high, count, step, update):
    """One step of Adam up the mean of the lanes' directions, for the units from `low` to `high`.

    It takes whole arrays: of a slice Numba would not know that it is contiguous, and use no vectors.
    """
    step_of_mean = np.float32(step / (1 - BETA1**update))
    scale_of_square = np.float32(1 / math.sqrt(1 - BETA2**update))
    per_patch = np.float32(1 / count)
    for unit in range(low, high):
        summed = directions[0, unit]
        for lane in range(1, LANES):
            _add(np.float32(1), directions[lane, unit], summed)
        w, m, v = weights[unit], first_moment[unit], second_moment[unit]
        for j in range(w.size):
            g = summed[j] * per_patch
            m[j] += np.float32(1 - BETA1) * (g - m[j])
            v[j] = np.float32(BETA2) * v[j] + np.float32(1 - BETA2) * g * g
            w[j] += step_of_mean * m[j] / (np.sqrt(v[j]) * scale_of_square + np.float32(EPSILON))


@_compiled
def _errors_by_rank(weights, patches, errors, active):
    n_units, n_inputs = weights.shape
    pre_activations = np.empty(n_units, np.float32)
    order = np.empty(n_units, np.int64)
    total = np.empty(n_inputs, np.float32)
    residual = np.empty(n_inputs, np.float32)
    for i in range(len(patches)):
        patch = patches[i]
        count = _rank(weights, patch, pre_activations, order)
        total[:] = 0
        error = math.sqrt(_dot(patch, patch))
        for rank in range(n_units):
            if rank < count:
                unit = order[rank]
                a = min(pre_activations[unit], np.float32(1))
                _next_residual(weights[unit], a, patch, total, residual)
                error = math.sqrt(_dot(residual, residual))
            errors[i, rank] = error
        active[i] = pre_activations > 0


@_compiled_parallel
def _learn(
    rule, weights, first_moment, second_moment, updates,
    pixels, first, widths, patch_size, batch_size, steps,
):  # fmt: skip
    """One update a batch; LANES parts of a batch are summed side by side, then the rows step."""
    n_units, n_inputs = weights.shape
    directions = np.empty((LANES, n_units, n_inputs), np.float32)
    for batch in range(len(steps)):
        start = batch * batch_size
        count = min(batch_size, len(first) - start)
        for lane in prange(LANES):
            low, high = start + lane * count // LANES, start + (lane + 1) * count // LANES
            patches = np.empty((high - low, n_inputs), np.float32)
            for i in range(low, high):
                _cut(pixels, first[i], widths[i], patch_size, patches[i - low])
            directions[lane] = 0
            _add_directions(rule, weights, patches, directions[lane])
        for lane in prange(LANES):
            low, high = lane * n_units // LANES, (lane + 1) * n_units // LANES
            _adam(
                weights, first_moment, second_moment, directions, low, high,
                count, steps[batch], updates + batch + 1,
            )  # fmt: skip
