"""The loops behind `pursuit_learner.py`: learning dictionaries for pursuit, compiled by Numba.

All in one file, because Numba's cache on disk notices a change only in the file of the function that is
called. Rows of `width` numbers are n_inputs padded with zeros; the dictionary's have norm 1, and products are
not divided by n_inputs.
"""

import math

import numpy as np

from model.kernels.barrier import meet
from model.kernels.compiler import compiled
from model.kernels.loops import ROW_UNIT
from model.kernels.pursuit import STOP

# No value is NaN, which lets the largest one be found with vector instructions; units that have been chosen
# are at minus infinity.
_FAST_MATH = {"reassoc", "contract", "nsz", "arcp", "nnan"}
_compiled = compiled(fastmath=_FAST_MATH)
# Where a sum decides about bits that stay, as in a row's norm, its order is fixed: LLVM optimises a function
# once by itself and again inside its callers, and may reorder differently. Without a word on fastmath a
# function would take over that of whichever caller is compiled first.
_exact = compiled(fastmath=False)

SMALLEST_NORM = 1e-3
"""Keeps the gradient of a residual's norm from exploding where the residual vanishes."""
BETA2, EPSILON = 0.999, 1e-8
"""Adam's constants; how far back the first moment looks is the training's choice."""


LANES = 4
"""A batch is always summed in this many parts, so that the weights a training ends with do not depend on how
many threads shared the work."""


@_compiled
def learn(
    thread, barrier, rows, first_moment, second_moment, updates, n_inputs,
    patches, batch_size, rank_weights, at_own_rank, beta1, steps, gram, directions,
):  # fmt: skip
    """One update for each batch, by several threads that all call this.

    Args:
        thread: the number of the calling thread.
        barrier: of all threads, for `meet`.
        rows: (n_units, width) float32 of norm 1, updated in place.
        first_moment: (n_units, width) float32, updated in place.
        second_moment: (n_units, width) float32, the same number all along a row, updated in place.
        updates: how many have been made before.
        n_inputs: values of a patch without the padding.
        patches: (patches, width) float32.
        batch_size: patches of one update; the last batch may be smaller.
        rank_weights: (ranks,) float32, how much each rank's residual counts.
        at_own_rank: whether units learn from the residual at their own rank alone.
        beta1: how much of the first moment stays at each update, 0 to 1.
        steps: (batches,) float32, the step size for each.
        gram: (n_units, n_units) float32, in which the threads put the rows' products with each other.
        directions: (LANES, n_units, width) float32, in which they put the sums of the patches' directions.
    """
    for batch in range(len(steps)):
        low, high = batch * batch_size, min((batch + 1) * batch_size, len(patches))
        for lane in range(thread, LANES, len(barrier)):
            _fill_gram(lane, rows, gram)
        meet(barrier, thread)
        for lane in range(thread, LANES, len(barrier)):
            begin, end = low + lane * (high - low) // LANES, low + (lane + 1) * (high - low) // LANES
            directions[lane] = 0
            add_directions(rows, gram, patches, begin, end, rank_weights, at_own_rank, directions[lane])
        meet(barrier, thread)
        for lane in range(thread, LANES, len(barrier)):
            _step(
                lane, rows, first_moment, second_moment, n_inputs, directions,
                high - low, beta1, steps[batch], updates + batch + 1,
            )  # fmt: skip
        meet(barrier, thread)


@_compiled
def _fill_gram(lane, rows, gram):
    """The products of the rows with each other, a part of them: both halves, four rows at a time."""
    n_units = len(rows)
    for first in range(4 * lane, n_units, 4 * LANES):  # blocks of four in turn, as later ones are shorter
        if first + 4 <= n_units:
            for unit in range(first, n_units):
                d0 = d1 = d2 = d3 = np.float32(0)
                for j in range(rows.shape[1]):
                    d0 += rows[unit, j] * rows[first, j]
                    d1 += rows[unit, j] * rows[first + 1, j]
                    d2 += rows[unit, j] * rows[first + 2, j]
                    d3 += rows[unit, j] * rows[first + 3, j]
                gram[first, unit] = gram[unit, first] = d0
                gram[first + 1, unit] = gram[unit, first + 1] = d1
                gram[first + 2, unit] = gram[unit, first + 2] = d2
                gram[first + 3, unit] = gram[unit, first + 3] = d3
        else:
            for one in range(first, n_units):
                for unit in range(first, n_units):
                    gram[one, unit] = _dot(rows, one, rows, unit)


@_compiled
def add_directions(rows, gram, patches, begin, end, rank_weights, at_own_rank, direction):
    """Add each patch's direction of ascent, as `pursuit_rule.py` states it, to `direction`.

    Args:
        rows: (n_units, width) float32 of norm 1.
        gram: (n_units, n_units), their products with each other.
        patches: (patches, width) float32.
        begin: the first patch to take.
        end: the first not to take any more.
        rank_weights: (ranks,) float32, how much each rank's residual counts; ranks <= n_units.
        at_own_rank: whether units learn from the residual at their own rank alone.
        direction: (n_units, width) float32, the sum over patches is added to it.
    """
    n_units, width = rows.shape
    ranks = len(rank_weights)
    products = np.empty(n_units, np.float32)
    units, activations = np.empty(ranks, np.int64), np.empty(ranks, np.float32)
    residuals, norms = np.empty((ranks + 1, width), np.float32), np.empty(ranks + 1, np.float32)
    answers_for = np.empty(width, np.float32)
    for i in range(begin, end):
        for unit in range(n_units):
            products[unit] = _dot(rows, unit, patches, i)
        used = _choose(gram, products, units, activations)
        for j in range(width):
            residuals[0, j] = patches[i, j]
        for k in range(used):
            norms[k + 1] = math.sqrt(_subtract(rows, units[k], activations[k], residuals, k))
        if at_own_rank:
            for k in range(used):
                unit, a = units[k], activations[k]
                for j in range(width):
                    direction[unit, j] += a * residuals[k + 1, j]
        elif used > 0:
            rest = np.float32(0)
            for k in range(used, ranks):
                rest += rank_weights[k]
            share = rest / (norms[used] + np.float32(SMALLEST_NORM))
            for j in range(width):
                answers_for[j] = residuals[used, j] * share
            for k in range(used - 1, -1, -1):
                share = rank_weights[k] / (norms[k + 1] + np.float32(SMALLEST_NORM))
                _go_back(rows, units[k], activations[k], residuals, k, share, answers_for, direction)


@_compiled
def _go_back(rows, unit, activation, residuals, rank, share, answers_for, direction):
    """The gradient at one rank, from that at the next: `c` of `pursuit_rule.py`, here `answers_for`."""
    along = np.float32(0)
    for j in range(rows.shape[1]):
        c = answers_for[j] + share * residuals[rank + 1, j]
        answers_for[j] = c
        along += rows[unit, j] * c
    for j in range(rows.shape[1]):
        c = answers_for[j] - along * rows[unit, j]
        answers_for[j] = c
        direction[unit, j] += activation * c + along * residuals[rank + 1, j]


@_compiled
def _choose(gram, products, units, activations):
    """The units of a patch, one after another, by rank; returns how many. `products` are used up."""
    best = products[0]
    for unit in range(products.size):
        best = max(best, products[unit])
    for rank in range(units.size):
        if not best > np.float32(STOP):
            return rank
        unit = 0
        while products[unit] != best:
            unit += 1
        units[rank], activations[rank] = unit, best
        best = _take_away(gram, best, unit, products)
    return units.size


@_compiled
def _take_away(gram, activation, unit, products):
    """What the units answer to the residual once `unit` is chosen; returns the largest answer."""
    products[unit] = -np.inf
    best = products[unit]
    for j in range(products.size):
        p = products[j] - activation * gram[unit, j]
        products[j] = p
        best = max(best, p)
    return best


@_exact
def _step(lane, rows, first_moment, second_moment, n_inputs, directions, count, beta1, step, update):
    """Step one part of the units up the mean of the lanes' directions, and back to norm 1.

    Adam, but for a second moment that is one number a row, the mean square of its gradient: then a step does
    not depend on the basis that pixels are written in.
    """
    low, high = lane * len(rows) // LANES, (lane + 1) * len(rows) // LANES
    step_of_mean = np.float32(step / (1 - beta1**update))
    scale_of_square = np.float32(1 / (1 - BETA2**update))
    per_patch = np.float32(1 / count)
    fresh = np.float32(1 - beta1)
    for unit in range(low, high):
        gradient = directions[0, unit]
        for other in range(1, LANES):
            _add_exactly(directions[other, unit], gradient)
        row, m, v = rows[unit], first_moment[unit], second_moment[unit]
        for j in range(row.size):
            gradient[j] *= per_patch
            m[j] += fresh * (gradient[j] - m[j])
        v[:] = np.float32(BETA2) * v[0] + np.float32((1 - BETA2) / n_inputs) * _square(gradient)
        scale = step_of_mean / (np.sqrt(v[0] * scale_of_square) + np.float32(EPSILON))
        for j in range(row.size):
            row[j] += scale * m[j]
        _to_unit_norm(row)


@_exact
def _add_exactly(values, out):
    """Add `values` to `out`."""
    for j in range(out.size):
        out[j] += values[j]


@_exact
def _to_unit_norm(row):
    """Bring a padded row to norm 1; zeros stay."""
    square = _square(row)
    if square > 0:
        scale = np.float32(1) / np.sqrt(square)
        for j in range(row.size):
            row[j] *= scale


@_exact
def _square(row):
    """The squared norm of a padded row, summed in ROW_UNIT parts: in an order that is fixed and yet fast."""
    parts = np.zeros(ROW_UNIT, np.float32)
    for begin in range(0, row.size, ROW_UNIT):
        for j in range(ROW_UNIT):
            parts[j] += row[begin + j] * row[begin + j]
    total = np.float32(0)
    for part in parts:
        total += part
    return total


@_exact
def normalise(rows):
    """Bring the rows of (n_units, width) to norm 1; rows of zeros stay."""
    for unit in range(len(rows)):
        _to_unit_norm(rows[unit])


@_compiled
def _subtract(rows, unit, activation, residuals, rank):
    """The residual once a unit has taken its part; returns the square of its norm."""
    square = np.float32(0)
    for j in range(rows.shape[1]):
        r = residuals[rank, j] - activation * rows[unit, j]
        residuals[rank + 1, j] = r
        square += r * r
    return square


@_compiled
def _dot(rows, unit, patches, i):
    total = np.float32(0)
    for j in range(rows.shape[1]):
        total += rows[unit, j] * patches[i, j]
    return total
