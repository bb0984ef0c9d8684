"""The loops behind `compiled.py`: learning from patches and measuring on them, compiled by Numba.

In this order: learning (a batch, its parts, the rules, Adam's step), measuring, and what both are made of.
They stay in one file, though it is long, because Numba's cache on disk notices a change only in the file of
the function that is called: if `_dot` were in another file, a change to it would leave the old machine code
in use.

All take whole arrays: Numba does not know that a slice in two dimensions is contiguous, and would use no
vector instructions for it. `patch`, `filter_`, `total`, `residual` and the like are rows of `width` numbers,
n_inputs padded with zeros to a multiple of ROW_UNIT; the padding stays zero. The symbols p, a, S_k, R_k and
E_k are those of `autoencoder.py`.
"""

# Long because Numba's cache notices a change only in the file of the function that is called.

import math

import numpy as np
from numba import prange
from numpy.typing import NDArray

from model.config import CHANNELS, PIXEL_SCALE, REVIVAL, Coder, Rule
from model.kernels.compiler import compiled

# Sums may be reordered, which allows vector instructions for them.
_FAST_MATH = {"reassoc", "contract", "nsz", "arcp"}
_compiled = compiled(fastmath=_FAST_MATH)
_compiled_parallel = compiled(fastmath=_FAST_MATH, parallel=True)

LANES = 4
"""A batch is always summed in this many parts, so that the weights a training ends with do not
depend on how many processors shared the work."""
ROW_UNIT = 16
"""Rows are padded with zeros to a multiple of this many numbers (a cache line), so that loops end with a
whole vector."""

_COUNTED = 32
"""Ranking compares this many values at a time, for the same reason."""

BETA1, EPSILON = 0.9, 1e-8
"""Adam's constants (Kingma and Ba 2015); how far back its second moment looks is the training's choice."""
RULES = {rule: number for number, rule in enumerate(rule for rule in Rule if rule.coder is Coder.RANK_ORDER)}
_PROGRESSIVE = RULES[Rule.PROGRESSIVE]
_SATURATION_GATED = RULES[Rule.SATURATION_GATED]


def padded(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """A float32 copy of (count, n_inputs) whose rows start on a cache line and end with a whole vector.

    Each row is padded with zeros to a multiple of `ROW_UNIT` numbers. NumPy by itself aligns to 16
    bytes, and then every other vector would lie across two cache lines.
    """
    count, n_inputs = rows.shape
    width = n_inputs + -n_inputs % ROW_UNIT
    memory = np.zeros(count * width + ROW_UNIT, np.float32)
    first = -(memory.ctypes.data // memory.itemsize) % ROW_UNIT
    aligned = memory[first : first + count * width].reshape(count, width)
    aligned[:, :n_inputs] = rows
    return aligned


@_compiled_parallel
def learn(
    rule, weights, first_moment, second_moment, updates,
    pixels, first, widths, patch_size, down, across, bounds, batch_size, beta2, steps,
):  # fmt: skip
    """One update for each batch, the LANES parts of a batch in several threads.

    Args:
        rule: one of the numbers in RULES.
        weights: (n_units, width) float32, updated in place.
        first_moment: Adam's, the same shape, updated in place.
        second_moment: Adam's, the same shape, updated in place.
        updates: how many have been made before.
        pixels: (pixels, CHANNELS) uint8 of all pictures, one after the other.
        first: (patches,) the index in `pixels` of each patch's upper left corner.
        widths: (patches,) the width of the picture that each patch is in, in pixels.
        patch_size: height and width of a patch in pixels.
        down: with `across` the basis to learn in, as `turn` takes it; with 0 rows, the pixels.
        across: likewise.
        bounds: (2,) float32, to which cumulative sums are clipped; infinite unless the basis is the pixels.
        batch_size: patches of one update; the last batch may be smaller.
        beta2: how much of Adam's second moment stays at each update, 0 to 1.
        steps: (batches,) float32, Adam's step size for each.
    """
    directions = np.empty((LANES, *weights.shape), np.float32)
    for batch in range(len(steps)):
        low, high = batch * batch_size, min((batch + 1) * batch_size, len(first))
        for lane in prange(LANES):
            _add_part(
                lane, low, high, rule, weights, pixels, first, widths, patch_size,
                down, across, bounds, directions,
            )  # fmt: skip
        for lane in prange(LANES):
            _adam(
                lane, weights, first_moment, second_moment, directions,
                high - low, beta2, steps[batch], updates + batch + 1,
            )  # fmt: skip


@_compiled
def learn_on_one(
    rule, weights, first_moment, second_moment, updates,
    pixels, first, widths, patch_size, down, across, bounds, batch_size, beta2, steps,
):  # fmt: skip
    """`learn` in the calling thread, without Numba's pool of threads; it ends in the very same weights.

    It is written out once more because Numba's cache does not tell a function that is compiled for threads
    from the same one that is not. Its parameters are those of `learn`: rule, weights, first_moment,
    second_moment, updates, pixels, first, widths, patch_size, down, across, bounds, batch_size, beta2, steps.
    """
    directions = np.empty((LANES, *weights.shape), np.float32)
    for batch in range(len(steps)):
        low, high = batch * batch_size, min((batch + 1) * batch_size, len(first))
        for lane in range(LANES):
            _add_part(
                lane, low, high, rule, weights, pixels, first, widths, patch_size,
                down, across, bounds, directions,
            )  # fmt: skip
        for lane in range(LANES):
            _adam(
                lane, weights, first_moment, second_moment, directions,
                high - low, beta2, steps[batch], updates + batch + 1,
            )  # fmt: skip


@_compiled
def _add_part(
    lane, low, high, rule, weights, pixels, first, widths, patch_size, down, across, bounds, directions
):  # fmt: skip
    """Put the summed directions of one part of the batch from `low` to `high` into directions[lane]."""
    begin, end = low + lane * (high - low) // LANES, low + (lane + 1) * (high - low) // LANES
    patches = np.zeros((end - begin, weights.shape[1]), np.float32)
    for i in range(begin, end):
        _cut(pixels, first[i], widths[i], patch_size, patches[i - begin])
    if len(down) > 0:
        patches = turn(patches, down, across)
    directions[lane] = 0
    add_directions(rule, weights, patches, CHANNELS * patch_size**2, bounds, directions[lane])


@_compiled
def turn(rows, down, across):
    """Rows (count, width) written in a basis that is a product of one down the rows and one across them.

    Args:
        rows: (count, width) float32, patches or filters with their padding.
        down: (patch_size, patch_size) float32; coefficient u takes down[u, r] of pixel row r.
        across: (values, values) float32, values = CHANNELS * patch_size of a pixel row; coefficient v takes
            across[u, v] of value u.

    Returns:
        The coefficients, in the same layout.
    """
    size, values = len(down), len(across)
    turned = np.zeros_like(rows)
    between = np.empty(size * values, np.float32)
    for i in range(len(rows)):
        row, out = rows[i], turned[i]
        between[:] = 0
        for r in range(size):
            for u in range(values):
                value, start = row[r * values + u], r * values
                for v in range(values):
                    between[start + v] += value * across[u, v]
        for u in range(size):
            for r in range(size):
                share, start, source = down[u, r], u * values, r * values
                for v in range(values):
                    out[start + v] += share * between[source + v]
    return turned


@_compiled
def add_directions(rule, weights, patches, n_inputs, bounds, direction):
    """Add each patch's direction of ascent, a_i c_i + delta_i x as in `rules.py`, to `direction`.

    Matrix products take four patches at a time: the pre-activations, the slopes W_i . E_last / n_inputs of
    the inactive units, and the encoder part delta_i x.

    Args:
        rule: one of the numbers in RULES.
        weights: (n_units, width) float32.
        patches: (batch, width) float32.
        n_inputs: values of a patch without the padding.
        bounds: (2,) float32, to which cumulative sums are clipped.
        direction: (n_units, width) float32, the sum over patches is added to it.
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
        arguments = (weights, patches[i], pre_activations[i], ranked, scale, bounds[0], bounds[1])
        if rule == _PROGRESSIVE:
            _progressive(*arguments, total, residuals, last[i], deltas[i], direction)
        else:
            _at_own_rank(*arguments, gate, total, last[i], deltas[i], direction)
    _products(weights, last, scale, slopes)
    for i in range(count):
        _revive(pre_activations[i], slopes[i], revival, deltas[i])
    _add_along(deltas, patches, direction)


@_compiled
def _at_own_rank(
    weights, patch, pre_activations, ranked, scale, least, most, gate, total, last, deltas, direction
):  # fmt: skip
    """The active units of `rank-order` (gate 0) and `saturation-gated` (gate 1): E_k at their own rank.

    Adds the decoder part a_i E_r(i) to `direction`, puts the truncated derivative delta_i into `deltas` and
    the last residual into `last`.
    """
    total[:] = 0
    for unit in ranked:
        p = pre_activations[unit]
        a = min(p, np.float32(1))
        slope = _sum_and_learn(weights[unit], a, least, most, patch, total, direction[unit]) * scale
        deltas[unit] = max(-p, min(np.float32(0), slope)) if p > gate else np.float32(0)
    _residual(least, most, patch, total, last)


@_compiled
def _progressive(
    weights, patch, pre_activations, ranked, scale, least, most, total, residuals, last, deltas, direction
):  # fmt: skip
    """The active units of `progressive`: E_k by ascending rank, then c_i by descending rank.

    Adds the decoder part a_i c_i to `direction`, puts the derivative delta_i into `deltas` and the last
    residual into `last`.
    """
    share = np.float32(1 / len(weights))
    total[:] = 0
    for rank, unit in enumerate(ranked):
        a = min(pre_activations[unit], np.float32(1))
        _sum(weights[unit], a, least, most, patch, total, residuals[rank])
    _residual(least, most, patch, total, last)
    target = total  # c_i, in the memory of the sum, which is not needed any more
    target[:] = last * np.float32((len(weights) - len(ranked)) * share)
    for rank in range(len(ranked) - 1, -1, -1):
        unit = ranked[rank]
        p = pre_activations[unit]
        a = min(p, np.float32(1))
        slope = _add_error_and_learn(weights[unit], a, share, residuals[rank], target, direction[unit])
        deltas[unit] = slope * scale if p < 1 else min(np.float32(0), slope * scale)


@_compiled
def _revive(pre_activations, slopes, factor, deltas):
    """The encoder part of the inactive units: `factor` times a push upwards, at most to p = 0."""
    for unit in range(len(pre_activations)):
        p = pre_activations[unit]
        if p <= 0:
            deltas[unit] = factor * max(np.float32(0), min(-p, slopes[unit]))


@_compiled
def _sum_and_learn(filter_, a, least, most, patch, total, learned):
    """Add a unit's output to the cumulative sum and a * residual to `learned`; return filter . residual."""
    dot = np.float32(0)
    for j in range(patch.size):
        s = total[j] + a * filter_[j]
        total[j] = s
        e = patch[j] - min(max(s, least), most)
        learned[j] += a * e
        dot += filter_[j] * e
    return dot


@_compiled
def _add_error_and_learn(filter_, a, share, residual, target, learned):
    """Add share * residual to `target`, c_i, and a * c_i to `learned`; return filter . c_i."""
    dot = np.float32(0)
    for j in range(residual.size):
        c = target[j] + share * residual[j]
        target[j] = c
        learned[j] += a * c
        dot += filter_[j] * c
    return dot


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
def _cut(pixels, first, width, patch_size, patch):
    """Cut one patch out of the pixels, scaled to [0, 1), as `data.pictures.cut_patches` does."""
    scale = np.float32(1 / PIXEL_SCALE)
    j = 0
    for row in range(patch_size):
        for col in range(patch_size):
            for channel in range(CHANNELS):
                patch[j] = pixels[first + row * width + col, channel] * scale
                j += 1


@_compiled
def _adam(lane, weights, first_moment, second_moment, directions, count, beta2, step, update):
    """One step of Adam up the mean direction of a batch of `count` patches, for one part of the units."""
    low, high = lane * len(weights) // LANES, (lane + 1) * len(weights) // LANES
    step_of_mean = np.float32(step / (1 - BETA1**update))
    scale_of_square = np.float32(1 / math.sqrt(1 - beta2**update))
    per_patch = np.float32(1 / count)
    kept, fresh = np.float32(beta2), np.float32(1 - beta2)
    for unit in range(low, high):
        summed = directions[0, unit]
        for part in range(1, LANES):
            _add(directions[part, unit], summed)
        w, m, v = weights[unit], first_moment[unit], second_moment[unit]
        for j in range(w.size):
            g = summed[j] * per_patch
            m[j] += np.float32(1 - BETA1) * (g - m[j])
            v[j] = kept * v[j] + fresh * g * g
            w[j] += step_of_mean * m[j] / (np.sqrt(v[j]) * scale_of_square + np.float32(EPSILON))


@_compiled
def _add(values, out):
    """Add `values` to `out`."""
    for j in range(out.size):
        out[j] += values[j]


@_compiled_parallel
def fill_patch_errors(weights, patches, n_inputs, errors, active):
    """Every patch's error at every rank, and its active units, in several threads.

    Args:
        weights: (n_units, width) float32.
        patches: (batch, width) float32.
        n_inputs: values of a patch without the padding.
        errors: (batch, n_units) float32, filled.
        active: (batch, n_units) bool, filled.
    """
    for lane in prange(LANES):
        _errors_by_rank(lane, weights, patches, np.float32(1 / n_inputs), errors, active)


@_compiled
def fill_patch_errors_on_one(weights, patches, n_inputs, errors, active):
    """The same in the calling thread: `weights`, `patches`, `n_inputs`, `errors` and `active` are alike."""
    for lane in range(LANES):
        _errors_by_rank(lane, weights, patches, np.float32(1 / n_inputs), errors, active)


@_compiled
def _errors_by_rank(lane, weights, patches, scale, errors, active):
    """One part of the patches: rank order, cumulative sum S_k, residual E_k and its norm e_k for every k."""
    low, high = lane * len(patches) // LANES, (lane + 1) * len(patches) // LANES
    n_units, width = weights.shape
    pre_activations = np.empty(n_units, np.float32)
    order = np.empty(n_units, np.int64)
    total = np.empty(width, np.float32)
    residual = np.empty(width, np.float32)
    zero, one = np.float32(0), np.float32(1)
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
                error = math.sqrt(_sum(weights[order[rank]], a, zero, one, patch, total, residual))
            errors[i, rank] = error
        active[i] = pre_activations > 0


@_compiled
def _rank(pre_activations, order):
    """Rank ordering: put the active units into `order` by descending p; return how many there are."""
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
    # A unit's place is the number of larger ones. Counting takes more comparisons than sorting, but vector
    # instructions make them, and that is several times faster.
    for i in range(active):
        place = np.int32(0)  # as narrow as the values, so that as many fit into a vector
        for j in range(whole):
            place += np.int32(values[j] > values[i])
        while order[place] >= 0:  # ties go to the lower unit
            place += np.int32(1)
        order[place] = units[i]
    return active


@_compiled
def _sum(filter_, a, least, most, patch, total, residual):
    """Add a unit's output to the cumulative sum; put E_k into `residual` and return |E_k|^2."""
    square = np.float32(0)
    for j in range(patch.size):
        s = total[j] + a * filter_[j]
        total[j] = s
        e = patch[j] - min(max(s, least), most)
        residual[j] = e
        square += e * e
    return square


@_compiled
def _residual(least, most, patch, total, residual):
    """E = x - TReLU(S) from the cumulative sum `total`."""
    for j in range(patch.size):
        residual[j] = patch[j] - min(max(total[j], least), most)


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
def _dot(first, second):
    total = np.float32(0)
    for j in range(first.size):
        total += first[j] * second[j]
    return total
