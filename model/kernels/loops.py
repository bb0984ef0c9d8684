"""The inner loops of `kernels.py`, compiled by Numba.

Every compiled function is in this one file, because Numba's cache on disk notices a change only in the
file of the function that is called. All take whole arrays: of a slice in two dimensions Numba would not
know that it is contiguous, and use no vector instructions. `patch`, `filter_`, `total`, `residual` and the
like are rows of padded width; what is past n_inputs is zero and stays so.
"""

# Long because Numba's cache notices a change only in the file of the function that is called.

import math

import numpy as np
from numba import njit, prange

from model.config import PIXEL_SCALE, REVIVAL, Rule

# Sums may be reordered, which is what lets the loops use vector instructions.
_FAST_MATH = {"reassoc", "contract", "nsz", "arcp"}
_compiled = njit(fastmath=_FAST_MATH, error_model="numpy", nogil=True, cache=True)
_compiled_parallel = njit(fastmath=_FAST_MATH, error_model="numpy", nogil=True, cache=True, parallel=True)

LANES = 4
"""A batch is always summed in this many parts, so that the weights a training ends with do not
depend on how many processors shared the work."""
ROW_UNIT = 16
"""Rows are padded with zeros to a multiple of this many numbers (a cache line), which spares the loops their
odd ends."""

_COUNTED = 32
"""Comparisons that ranking makes at a time, for the same reason."""

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
RULES = {rule: number for number, rule in enumerate(Rule)}
_PROGRESSIVE = RULES[Rule.PROGRESSIVE]
_SATURATION_GATED = RULES[Rule.SATURATION_GATED]


@_compiled_parallel
def learn(
    rule, weights, first_moment, second_moment, updates,
    pixels, first, widths, patch_size, batch_size, steps,
):  # fmt: skip
    """One update a batch; LANES parts of a batch are summed side by side, then the rows step."""
    n_units, width = weights.shape
    directions = np.empty((LANES, n_units, width), np.float32)
    for batch in range(len(steps)):
        start = batch * batch_size
        count = min(batch_size, len(first) - start)
        for lane in prange(LANES):
            low, high = start + lane * count // LANES, start + (lane + 1) * count // LANES
            patches = np.zeros((high - low, width), np.float32)
            for i in range(low, high):
                _cut(pixels, first[i], widths[i], patch_size, patches[i - low])
            directions[lane] = 0
            add_directions(rule, weights, patches, 3 * patch_size**2, directions[lane])
        for lane in prange(LANES):
            low, high = lane * n_units // LANES, (lane + 1) * n_units // LANES
            _adam(
                weights, first_moment, second_moment, directions, low, high,
                count, steps[batch], updates + batch + 1,
            )  # fmt: skip


@_compiled_parallel
def fill_patch_errors(weights, patches, n_inputs, errors, active):
    """Every patch's error at every rank into `errors`, its active units into `active`."""
    for lane in prange(LANES):
        low, high = lane * len(patches) // LANES, (lane + 1) * len(patches) // LANES
        _errors_by_rank(weights, patches, np.float32(1 / n_inputs), low, high, errors, active)


@_compiled
def _errors_by_rank(weights, patches, scale, low, high, errors, active):
    n_units, width = weights.shape
    pre_activations = np.empty(n_units, np.float32)
    order = np.empty(n_units, np.int64)
    total = np.empty(width, np.float32)
    residual = np.empty(width, np.float32)
    for i in range(low, high):
        patch = patches[i]
        for unit in range(n_units):
            pre_activations[unit] = _dot(weights[unit], patch) * scale
        count = _rank(pre_activations, order)
        total[:] = 0
        error = math.sqrt(_dot(patch, patch))
        for rank in range(n_units):
            if rank < count:
                a = min(pre_activations[order[rank]], np.float32(1))
                error = math.sqrt(_sum(weights[order[rank]], a, patch, total, residual))
            errors[i, rank] = error
        active[i] = pre_activations > 0


@_compiled
def add_directions(rule, weights, patches, n_inputs, direction):
    """Add the direction of each patch, not yet averaged, to `direction`.

    What is the same for all patches goes through them four at a time: the pre-activations, the slopes of
    the inactive units, and the part of the direction that lies along the patch. Rows are padded with zeros.
    """
    count, n_units = len(patches), len(weights)
    scale = np.float32(1 / n_inputs)
    pre_activations = np.empty((count, n_units), np.float32)
    slopes = np.empty((count, n_units), np.float32)
    deltas = np.empty((count, n_units), np.float32)
    order = np.empty(n_units, np.int64)
    total = np.empty(patches.shape[1], np.float32)
    last = np.empty_like(patches)
    residuals = np.empty((n_units if rule == _PROGRESSIVE else 0, patches.shape[1]), np.float32)
    gate = np.float32(1 if rule == _SATURATION_GATED else 0)
    revival = np.float32(REVIVAL if rule == _PROGRESSIVE else 1)
    _products(weights, patches, scale, pre_activations)
    for i in range(count):  # indexed: iterating would lose the layout that vector loops need
        ranked = order[: _rank(pre_activations[i], order)]
        arguments = (weights, patches[i], pre_activations[i], ranked, scale)
        if rule == _PROGRESSIVE:
            _progressive(*arguments, total, residuals, last[i], deltas[i], direction)
        else:
            _at_own_rank(*arguments, gate, total, last[i], deltas[i], direction)
    _products(weights, last, scale, slopes)
    for i in range(count):
        _revive(pre_activations[i], slopes[i], revival, deltas[i])
    _add_along(deltas, patches, direction)


@_compiled
def _rank(pre_activations, order):
    """Put the active units into `order` by rank; return how many there are."""
    units = np.empty(len(pre_activations), np.int64)
    values = np.empty(len(pre_activations) + _COUNTED, np.float32)
    active = 0
    for unit in range(len(pre_activations)):
        p = pre_activations[unit]
        units[active], values[active] = unit, p
        active += p > 0
    whole = (active + _COUNTED - 1) // _COUNTED * _COUNTED
    values[active:whole] = 0
    order[:active] = -1
    # A unit's place is the number of larger ones. Counting them all takes more comparisons than sorting,
    # but vector instructions make them, and that is several times faster.
    for i in range(active):
        place = np.int32(0)  # as narrow as the values, so that as many fit into a vector
        for j in range(whole):
            place += np.int32(values[j] > values[i])
        while order[place] >= 0:  # ties go to the lower unit
            place += np.int32(1)
        order[place] = units[i]
    return active


@_compiled
def _at_own_rank(
    weights, patch, pre_activations, ranked, scale, gate, total, last, deltas, direction
):  # fmt: skip
    """`rank-order` (gate 0) and `saturation-gated` (gate 1): the active units' part."""
    total[:] = 0
    for unit in ranked:
        p = pre_activations[unit]
        a = min(p, np.float32(1))
        slope = _sum_and_learn(weights[unit], a, patch, total, direction[unit]) * scale
        deltas[unit] = max(-p, min(np.float32(0), slope)) if p > gate else np.float32(0)
    _residual(patch, total, last)


@_compiled
def _progressive(
    weights, patch, pre_activations, ranked, scale, total, residuals, last, deltas, direction
):  # fmt: skip
    """`progressive`: ranks forwards for the residuals, then backwards for what each unit answers for."""
    share = np.float32(1 / len(weights))
    total[:] = 0
    for rank, unit in enumerate(ranked):
        a = min(pre_activations[unit], np.float32(1))
        _sum(weights[unit], a, patch, total, residuals[rank])
    _residual(patch, total, last)
    answers_for = total
    answers_for[:] = last * np.float32((len(weights) - len(ranked)) * share)
    for rank in range(len(ranked) - 1, -1, -1):
        unit = ranked[rank]
        p = pre_activations[unit]
        a = min(p, np.float32(1))
        slope = _answer_and_learn(weights[unit], a, share, residuals[rank], answers_for, direction[unit])
        deltas[unit] = slope * scale if p < 1 else min(np.float32(0), slope * scale)


@_compiled
def _revive(pre_activations, slopes, factor, deltas):
    """Push inactive units up, at most to zero, along the last residual."""
    for unit in range(len(pre_activations)):
        p = pre_activations[unit]
        if p <= 0:
            deltas[unit] = factor * max(np.float32(0), min(-p, slopes[unit]))


@_compiled
def _sum_and_learn(filter_, a, patch, total, learned):
    """Add a unit's output to the running sum and a * residual to `learned`; return filter . residual."""
    dot = np.float32(0)
    for j in range(patch.size):
        s = total[j] + a * filter_[j]
        total[j] = s
        e = patch[j] - min(max(s, np.float32(0)), np.float32(1))
        learned[j] += a * e
        dot += filter_[j] * e
    return dot


@_compiled
def _sum(filter_, a, patch, total, residual):
    """Add a unit's output to the running sum and take the residual; return its square."""
    square = np.float32(0)
    for j in range(patch.size):
        s = total[j] + a * filter_[j]
        total[j] = s
        e = patch[j] - min(max(s, np.float32(0)), np.float32(1))
        residual[j] = e
        square += e * e
    return square


@_compiled
def _answer_and_learn(filter_, a, share, residual, answers_for, learned):
    """answers_for += share * residual, learned += a * answers_for; return filter . answers_for."""
    dot = np.float32(0)
    for j in range(residual.size):
        c = answers_for[j] + share * residual[j]
        answers_for[j] = c
        learned[j] += a * c
        dot += filter_[j] * c
    return dot


@_compiled
def _residual(patch, total, residual):
    for j in range(patch.size):
        residual[j] = patch[j] - min(max(total[j], np.float32(0)), np.float32(1))


@_compiled
def _add(values, out):
    """Add `values` to `out`."""
    for j in range(out.size):
        out[j] += values[j]


@_compiled
def _products(weights, rows, scale, out):
    """out[i, unit] = scale * weights[unit] . rows[i]; four rows at a time share a filter."""
    whole = len(rows) // 4 * 4
    for i in range(0, whole, 4):
        r0, r1, r2, r3 = rows[i], rows[i + 1], rows[i + 2], rows[i + 3]
        for unit in range(len(weights)):
            w = weights[unit]
            d0 = d1 = d2 = d3 = np.float32(0)
            for j in range(w.size):
                d0 += w[j] * r0[j]
                d1 += w[j] * r1[j]
                d2 += w[j] * r2[j]
                d3 += w[j] * r3[j]
            out[i, unit] = d0 * scale
            out[i + 1, unit] = d1 * scale
            out[i + 2, unit] = d2 * scale
            out[i + 3, unit] = d3 * scale
    for i in range(whole, len(rows)):
        row = rows[i]
        for unit in range(len(weights)):
            out[i, unit] = _dot(weights[unit], row) * scale


@_compiled
def _add_along(deltas, patches, direction):
    """direction[unit] += deltas[i, unit] * patches[i] for all i; four patches at a time."""
    whole = len(patches) // 4 * 4
    for i in range(0, whole, 4):
        p0, p1, p2, p3 = patches[i], patches[i + 1], patches[i + 2], patches[i + 3]
        for unit in range(len(direction)):
            d0, d1, d2, d3 = deltas[i, unit], deltas[i + 1, unit], deltas[i + 2, unit], deltas[i + 3, unit]
            out = direction[unit]
            for j in range(out.size):
                out[j] += d0 * p0[j] + d1 * p1[j] + d2 * p2[j] + d3 * p3[j]
    for i in range(whole, len(patches)):
        patch = patches[i]
        for unit in range(len(direction)):
            delta, out = deltas[i, unit], direction[unit]
            for j in range(out.size):
                out[j] += delta * patch[j]


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
    """One step of Adam up the mean of the lanes' directions, for the units from `low` to `high`."""
    step_of_mean = np.float32(step / (1 - BETA1**update))
    scale_of_square = np.float32(1 / math.sqrt(1 - BETA2**update))
    per_patch = np.float32(1 / count)
    for unit in range(low, high):
        summed = directions[0, unit]
        for lane in range(1, LANES):
            _add(directions[lane, unit], summed)
        w, m, v = weights[unit], first_moment[unit], second_moment[unit]
        for j in range(w.size):
            g = summed[j] * per_patch
            m[j] += np.float32(1 - BETA1) * (g - m[j])
            v[j] = np.float32(BETA2) * v[j] + np.float32(1 - BETA2) * g * g
            w[j] += step_of_mean * m[j] / (np.sqrt(v[j]) * scale_of_square + np.float32(EPSILON))
