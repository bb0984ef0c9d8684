"""The loops behind `compiled.py`: learning from patches and measuring on them, compiled by Numba.

In this order: learning (a batch, the rules, Adam's step), measuring, and what both are made of. They stay in
one file, though it is long, because Numba's cache on disk notices a change only in the file of the function
that is called: if `_rank` were in another file, a change to it would leave the old machine code in use.

Learning is shared by columns. The inputs are split into parts (`split`), and a thread has its parts of all
filters, Adam's moments and directions to itself, so that they stay in the cache of its processor. What
threads tell each other are sums of products, one number for a unit and a patch. A training is split into the
same parts however many threads there are, so that its weights do not depend on their number.

Loops take whole arrays and two indices: taking a row out as an array of its own costs as much as the work on
it. Rows are padded with zeros to a multiple of ROW_UNIT numbers; the padding stays zero. The symbols p, a,
S_k, R_k and E_k are those of `autoencoder.py`.
"""

# Long because Numba's cache notices a change only in the file of the function that is called.

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.config import CHANNELS, PIXEL_SCALE, REVIVAL, Coder, Rule
from model.kernels.barrier import meet
from model.kernels.compiler import compiled

# Sums may be reordered, which allows vector instructions for them.
_compiled = compiled(fastmath={"reassoc", "contract", "nsz", "arcp"})

ROW_UNIT = 32
"""Rows are padded with zeros to a multiple of this many numbers: loops over them then consist of four vectors
at a time and nothing else."""
_CACHE_LINE = 16
"""Numbers in one."""
_COLUMNS = 70
"""A part of the inputs has at least this many; smaller ones would be all hand-over and padding."""
_PARTS = 4

_COUNTED = 32
"""Ranking compares this many values at a time, for the same reason."""

BETA1, EPSILON = 0.9, 1e-8
"""Adam's constants (Kingma and Ba 2015); how far back its second moment looks is the training's choice."""
RULES = {rule: number for number, rule in enumerate(rule for rule in Rule if rule.coder is Coder.RANK_ORDER)}
_PROGRESSIVE = RULES[Rule.PROGRESSIVE]
_SATURATION_GATED = RULES[Rule.SATURATION_GATED]


class Workspace(NamedTuple):
    """What the threads of a batch write for each other, or keep for themselves from one step to the next.

    Attributes:
        patches: (parts, batch, width) float32.
        products: (parts, batch, n_units) float32, each part's share of the pre-activations.
        pre_activations: (batch, n_units) float32.
        order: (batch, n_units) int32, the active units by rank.
        active: (batch,) int32, how many there are.
        slopes: (parts, batch, n_units) float32, each part's share of W_i . E, of the active units.
        last: (parts, batch, width) float32, the last residuals.
        last_slopes: (parts, batch, n_units) float32, each part's share of W_i . E_last.
        deltas: (batch, n_units) float32, the truncated derivatives.
        directions: (parts, n_units, width) float32, the sums of the patches' directions.
    """

    patches: NDArray[np.float32]
    products: NDArray[np.float32]
    pre_activations: NDArray[np.float32]
    order: NDArray[np.int32]
    active: NDArray[np.int32]
    slopes: NDArray[np.float32]
    last: NDArray[np.float32]
    last_slopes: NDArray[np.float32]
    deltas: NDArray[np.float32]
    directions: NDArray[np.float32]


def new_workspace(weights_shape: tuple[int, ...], batch: int) -> Workspace:
    """Zeros for a `Workspace`.

    Args:
        weights_shape: (parts, n_units, width).
        batch: patches of an update, at most.
    """
    parts, n_units, width = weights_shape
    by_unit, by_column = (parts, batch, n_units), (parts, batch, width)
    return Workspace(
        patches=aligned(by_column), products=aligned(by_unit), pre_activations=aligned((batch, n_units)),
        order=np.zeros((batch, n_units), np.int32), active=np.zeros(batch, np.int32),
        slopes=aligned(by_unit), last=aligned(by_column), last_slopes=aligned(by_unit),
        deltas=aligned((batch, n_units)), directions=aligned(weights_shape),
    )  # fmt: skip


def aligned(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Zeros, float32, that start on a cache line: NumPy by itself aligns to 16 bytes."""
    size = math.prod(shape)
    memory = np.zeros(size + _CACHE_LINE, np.float32)
    first = -(memory.ctypes.data // memory.itemsize) % _CACHE_LINE
    return memory[first : first + size].reshape(shape)


def padded(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """A float32 copy of (count, n_inputs), its rows padded with zeros to a multiple of `ROW_UNIT` numbers."""
    count, n_inputs = rows.shape
    copy = aligned((count, _width(n_inputs)))
    copy[:, :n_inputs] = rows
    return copy


def split(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """A float32 copy of (count, n_inputs) as (parts, count, width), each part some of the columns, padded."""
    count, n_inputs = rows.shape
    parts, columns = _parts(n_inputs)
    copy = aligned((parts, count, _width(columns)))
    for part in range(parts):
        own = rows[:, part * columns : (part + 1) * columns]
        copy[part, :, : own.shape[1]] = own
    return copy


def joined(parts: NDArray[np.float32], n_inputs: int) -> NDArray[np.float32]:
    """The inverse of `split`.

    Args:
        parts: (parts, count, width).
        n_inputs: columns in all.

    Returns:
        (count, n_inputs), a copy.
    """
    columns = _parts(n_inputs)[1]
    return np.concatenate(list(parts[:, :, :columns]), axis=1)[:, :n_inputs].copy()


def _parts(n_inputs: int) -> tuple[int, int]:
    """How many parts the inputs are split into, and the columns of each but the last."""
    parts = max(1, min(_PARTS, n_inputs // _COLUMNS))
    return parts, -(-n_inputs // parts)


def _width(columns: int) -> int:
    return columns + -columns % ROW_UNIT


@_compiled
def learn(
    thread, barrier, rule, weights, first_moment, second_moment, updates,
    pixels, first, widths, patch_size, down, across, bounds, batch_size, beta2, steps, workspace,
):  # fmt: skip
    """One update for each batch, by several threads that all call this.

    Args:
        thread: the number of the calling thread.
        barrier: of all threads, for `meet`.
        rule: one of the numbers in RULES.
        weights: (parts, n_units, width) float32, updated in place.
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
        workspace: for batches of `batch_size`.
    """
    n_inputs = CHANNELS * patch_size**2
    for batch in range(len(steps)):
        low, high = batch * batch_size, min((batch + 1) * batch_size, len(first))
        for i in range(thread, high - low, len(barrier)):
            _fill_patch(pixels, first[low + i], widths[low + i], patch_size, down, across, i, workspace)
        add_directions(thread, barrier, rule, weights, n_inputs, bounds, high - low, workspace)
        for part in range(thread, len(weights), len(barrier)):
            _adam(
                weights[part], first_moment[part], second_moment[part], workspace.directions[part],
                high - low, beta2, steps[batch], updates + batch + 1,
            )  # fmt: skip
        meet(barrier, thread)


@_compiled
def add_directions(thread, barrier, rule, weights, n_inputs, bounds, count, workspace):
    """Sum the patches' directions of ascent, a_i c_i + delta_i x as in `rules.py`, by all threads.

    Args:
        thread: the number of the calling thread.
        barrier: of all threads, for `meet`.
        rule: one of the numbers in RULES.
        weights: (parts, n_units, width) float32.
        n_inputs: values of a patch without the padding.
        bounds: (2,) float32, to which cumulative sums are clipped.
        count: how many patches there are in `workspace.patches`, which other threads may be about to write.
        workspace: the sums are in its `directions` afterwards, each part's written by the thread that has it.
    """
    patches, last = workspace.patches, workspace.last
    scale = np.float32(1 / n_inputs)
    meet(barrier, thread)
    for part in range(thread, len(weights), len(barrier)):
        _fill_products(weights[part], patches[part], 0, count, workspace.products[part])
    meet(barrier, thread)
    for i in range(thread, count, len(barrier)):
        _rank_patch(i, scale, workspace)
    meet(barrier, thread)
    for part in range(thread, len(weights), len(barrier)):
        workspace.directions[part] = 0
        for i in range(count):
            if rule == _PROGRESSIVE:
                _progressive(i, part, weights[part], bounds, workspace)
            elif bounds[1] < np.inf:
                _at_own_rank_clipped(i, part, weights[part], bounds, workspace)
            else:
                _at_own_rank(i, part, weights[part], workspace)
        _fill_products(weights[part], last[part], 0, count, workspace.last_slopes[part])
    meet(barrier, thread)
    for i in range(thread, count, len(barrier)):
        _truncate(i, rule, scale, workspace)
    meet(barrier, thread)
    for part in range(thread, len(weights), len(barrier)):
        _add_along(workspace.deltas, patches[part], count, workspace.directions[part])


@_compiled
def _fill_patch(pixels, first, width, patch_size, down, across, i, workspace):
    """Cut one patch, scaled to [0, 1) as `data.pictures.cut_patches` does, into patches[:, i]."""
    scale = np.float32(1 / PIXEL_SCALE)
    n_inputs = CHANNELS * patch_size**2
    patch = np.empty(n_inputs, np.float32)
    j = 0
    for row in range(patch_size):
        for col in range(patch_size):
            for channel in range(CHANNELS):
                patch[j] = pixels[first + row * width + col, channel] * scale
                j += 1
    if len(down) > 0:
        _turn(patch, down, across, patch)
    parts = len(workspace.patches)
    columns = (n_inputs + parts - 1) // parts
    for part in range(parts):
        for j in range(part * columns, min((part + 1) * columns, n_inputs)):
            workspace.patches[part, i, j - part * columns] = patch[j]


@_compiled
def turn(rows, down, across, turned):
    """Rows (count, n_inputs) written in a basis that is a product of one down the rows and one across them.

    Args:
        rows: (count, n_inputs) float32, patches or filters.
        down: (patch_size, patch_size) float32; coefficient u takes down[u, r] of pixel row r.
        across: (values, values padded to ROW_UNIT) float32, values = CHANNELS * patch_size of a pixel row;
            coefficient v takes across[u, v] of value u.
        turned: (count, n_inputs) float32, filled with the coefficients.
    """
    for i in range(len(rows)):
        _turn(rows[i], down, across, turned[i])


@_compiled
def _turn(row, down, across, turned):
    """`turn` of one row; `turned` may be that row."""
    size, values = len(down), len(across)
    between = np.zeros((size, across.shape[1]), np.float32)
    for r in range(size):
        for u in range(values):
            value = row[r * values + u]
            for v in range(across.shape[1]):
                between[r, v] += value * across[u, v]
    out = np.empty(across.shape[1], np.float32)
    for u in range(size):
        out[:] = 0
        for r in range(size):
            share = down[u, r]
            for v in range(across.shape[1]):
                out[v] += share * between[r, v]
        for v in range(values):
            turned[u * values + v] = out[v]


@_compiled
def _fill_products(weights, rows, first, count, products):
    """products[i, unit] = weights[unit] . rows[first + i] for all i below `count`; four share a filter."""
    whole = count // 4 * 4
    for i in range(0, whole, 4):
        row = first + i
        for unit in range(len(weights)):
            d0 = d1 = d2 = d3 = np.float32(0)
            for j in range(weights.shape[1]):
                d0 += weights[unit, j] * rows[row, j]
                d1 += weights[unit, j] * rows[row + 1, j]
                d2 += weights[unit, j] * rows[row + 2, j]
                d3 += weights[unit, j] * rows[row + 3, j]
            products[i, unit] = d0
            products[i + 1, unit] = d1
            products[i + 2, unit] = d2
            products[i + 3, unit] = d3
    for i in range(whole, count):
        for unit in range(len(weights)):
            dot = np.float32(0)
            for j in range(weights.shape[1]):
                dot += weights[unit, j] * rows[first + i, j]
            products[i, unit] = dot


@_compiled
def _rank_patch(i, scale, workspace):
    """The pre-activations of a patch, from the parts' products, and its active units by rank."""
    products, pre_activations = workspace.products, workspace.pre_activations
    for unit in range(pre_activations.shape[1]):
        pre_activations[i, unit] = products[0, i, unit]
    for part in range(1, len(products)):
        for unit in range(pre_activations.shape[1]):
            pre_activations[i, unit] += products[part, i, unit]
    for unit in range(pre_activations.shape[1]):
        pre_activations[i, unit] *= scale
    workspace.active[i] = _rank(pre_activations[i], workspace.order[i])


@_compiled
def _at_own_rank(i, part, weights, workspace):
    """One part of the active units of `rank-order` and `saturation-gated`: E_k at their own rank.

    Adds the decoder part a_i E_r(i) to the part's directions; leaves W_i . E_r(i) and the last residual.
    """
    direction, slopes, residual = workspace.directions[part], workspace.slopes[part], workspace.last[part]
    for j in range(weights.shape[1]):
        residual[i, j] = workspace.patches[part, i, j]
    for rank in range(workspace.active[i]):
        unit = workspace.order[i, rank]
        a = min(workspace.pre_activations[i, unit], np.float32(1))
        dot = np.float32(0)
        for j in range(weights.shape[1]):
            e = residual[i, j] - a * weights[unit, j]
            residual[i, j] = e
            direction[unit, j] += a * e
            dot += weights[unit, j] * e
        slopes[i, unit] = dot


@_compiled
def _at_own_rank_clipped(i, part, weights, bounds, workspace):
    """The same, where cumulative sums are clipped."""
    direction, slopes, patches = workspace.directions[part], workspace.slopes[part], workspace.patches[part]
    total = np.zeros(weights.shape[1], np.float32)
    least, most = bounds[0], bounds[1]
    for rank in range(workspace.active[i]):
        unit = workspace.order[i, rank]
        a = min(workspace.pre_activations[i, unit], np.float32(1))
        dot = np.float32(0)
        for j in range(weights.shape[1]):
            s = total[j] + a * weights[unit, j]
            total[j] = s
            e = patches[i, j] - min(max(s, least), most)
            direction[unit, j] += a * e
            dot += weights[unit, j] * e
        slopes[i, unit] = dot
    for j in range(weights.shape[1]):
        workspace.last[part, i, j] = patches[i, j] - min(max(total[j], least), most)


@_compiled
def _progressive(i, part, weights, bounds, workspace):
    """One part of the active units of `progressive`: E_k by ascending rank, then c_i by descending rank.

    Adds the decoder part a_i c_i to the part's directions; leaves W_i . c_i and the last residual.
    """
    direction, slopes, patches = workspace.directions[part], workspace.slopes[part], workspace.patches[part]
    n_units, width = weights.shape
    active = workspace.active[i]
    residuals = np.empty((active + 1, width), np.float32)
    total = np.zeros(width, np.float32)
    least, most = bounds[0], bounds[1]
    for j in range(width):
        residuals[0, j] = patches[i, j]
    for rank in range(active):
        unit = workspace.order[i, rank]
        a = min(workspace.pre_activations[i, unit], np.float32(1))
        for j in range(width):
            s = total[j] + a * weights[unit, j]
            total[j] = s
            residuals[rank + 1, j] = patches[i, j] - min(max(s, least), most)
    share = np.float32(1 / n_units)
    target = total  # c_i, in the memory of the sum, which is not needed any more
    for j in range(width):
        workspace.last[part, i, j] = residuals[active, j]
        target[j] = residuals[active, j] * np.float32((n_units - active) * share)
    for rank in range(active - 1, -1, -1):
        unit = workspace.order[i, rank]
        a = min(workspace.pre_activations[i, unit], np.float32(1))
        dot = np.float32(0)
        for j in range(width):
            c = target[j] + share * residuals[rank + 1, j]
            target[j] = c
            direction[unit, j] += a * c
            dot += weights[unit, j] * c
        slopes[i, unit] = dot


@_compiled
def _truncate(i, rule, scale, workspace):
    """The encoder part of all units: the derivative delta_i from the parts' slopes, truncated by the rule."""
    slopes, last_slopes, deltas = workspace.slopes, workspace.last_slopes, workspace.deltas
    gate = np.float32(1 if rule == _SATURATION_GATED else 0)
    revival = np.float32(REVIVAL if rule == _PROGRESSIVE else 1)
    zero = np.float32(0)
    for unit in range(deltas.shape[1]):
        p = workspace.pre_activations[i, unit]
        own, last = slopes[0, i, unit], last_slopes[0, i, unit]
        for part in range(1, len(slopes)):
            own += slopes[part, i, unit]
            last += last_slopes[part, i, unit]
        if p <= 0:  # pushed upwards, at most to p = 0
            delta = revival * max(zero, min(-p, last * scale))
        elif rule == _PROGRESSIVE:
            delta = own * scale if p < 1 else min(zero, own * scale)
        else:
            delta = max(-p, min(zero, own * scale)) if p > gate else zero
        deltas[i, unit] = delta


@_compiled
def _add_along(deltas, patches, count, direction):
    """direction[unit] += deltas[i, unit] * patches[i] for all i below `count`; four patches at a time."""
    whole = count // 4 * 4
    for i in range(0, whole, 4):
        for unit in range(len(direction)):
            d0, d1, d2, d3 = deltas[i, unit], deltas[i + 1, unit], deltas[i + 2, unit], deltas[i + 3, unit]
            for j in range(direction.shape[1]):
                direction[unit, j] += (
                    d0 * patches[i, j]
                    + d1 * patches[i + 1, j]
                    + d2 * patches[i + 2, j]
                    + d3 * patches[i + 3, j]
                )
    for i in range(whole, count):
        for unit in range(len(direction)):
            delta = deltas[i, unit]
            for j in range(direction.shape[1]):
                direction[unit, j] += delta * patches[i, j]


@_compiled
def _adam(weights, first_moment, second_moment, direction, count, beta2, step, update):
    """One step of Adam up the mean direction of a batch of `count` patches, for one part of the columns."""
    step_of_mean = np.float32(step / (1 - BETA1**update))
    scale_of_square = np.float32(1 / math.sqrt(1 - beta2**update))
    per_patch = np.float32(1 / count)
    kept, fresh = np.float32(beta2), np.float32(1 - beta2)
    for unit in range(len(weights)):
        for j in range(weights.shape[1]):
            g = direction[unit, j] * per_patch
            m = first_moment[unit, j] + np.float32(1 - BETA1) * (g - first_moment[unit, j])
            v = kept * second_moment[unit, j] + fresh * g * g
            first_moment[unit, j], second_moment[unit, j] = m, v
            weights[unit, j] += step_of_mean * m / (np.sqrt(v) * scale_of_square + np.float32(EPSILON))


@_compiled
def fill_patch_errors(thread, barrier, weights, patches, scale, errors, active):
    """Every patch's error at every rank, and its active units, by several threads that all call this.

    Args:
        thread: the number of the calling thread, which has a share of the patches.
        barrier: of all threads; nobody waits.
        weights: (n_units, width) float32.
        patches: (batch, width) float32.
        scale: float32, 1 / n_inputs.
        errors: (batch, n_units) float32, filled.
        active: (batch, n_units) bool, filled.
    """
    n_units, width = weights.shape
    products = np.empty((4, n_units), np.float32)
    order = np.empty(n_units, np.int32)
    total = np.empty(width, np.float32)
    zero, one = np.float32(0), np.float32(1)
    for first in range(4 * thread, len(patches), 4 * len(barrier)):
        count = min(4, len(patches) - first)
        _fill_products(weights, patches, first, count, products)
        for i in range(first, first + count):
            for unit in range(n_units):
                products[i - first, unit] *= scale
                active[i, unit] = products[i - first, unit] > 0
            used = _rank(products[i - first], order)
            square = np.float32(0)
            for j in range(width):
                total[j] = 0
                square += patches[i, j] * patches[i, j]
            for rank in range(used):
                unit = order[rank]
                a = min(products[i - first, unit], one)
                square = np.float32(0)
                for j in range(width):
                    s = total[j] + a * weights[unit, j]
                    total[j] = s
                    e = patches[i, j] - min(max(s, zero), one)
                    square += e * e
                errors[i, rank] = math.sqrt(square)
            errors[i, used:] = math.sqrt(square)


@_compiled
def _rank(pre_activations, order):
    """Rank ordering: put the active units into `order` by descending p; return how many there are."""
    units = np.empty(len(pre_activations), np.int32)
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
