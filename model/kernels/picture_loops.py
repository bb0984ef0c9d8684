"""Loops over the patches of a whole picture, compiled: `picture_quality.py` says what they are for."""

import math

import numpy as np

from model.kernels.compiler import compiled

_compiled = compiled(fastmath={"contract"})


@_compiled
def fill_tile_errors(patches, weights, units, activations, counts, own, whole, painted, absolute):
    """Squared errors of some patches at every rank, 0 included.

    Args:
        patches: (patches, n_inputs) in [0, 1).
        weights: (n_units, n_inputs).
        units: (patches, depth) by rank.
        activations: (patches, depth), theirs.
        counts: (patches,) active units.
        own: (patches, n_inputs) bool, the values that a patch paints.
        whole: (patches, depth + 1), filled with the squared error over a whole patch.
        painted: the same over what it paints.
        absolute: (depth + 1,), to which the absolute errors of what is painted are added.
    """
    n_inputs = weights.shape[1]
    total = np.empty(n_inputs)
    for i in range(len(patches)):
        total[:] = 0
        missing = 0.0
        for k in range(whole.shape[1]):
            if k <= counts[i]:
                if k > 0:
                    filter_ = weights[units[i, k - 1]]
                    activation = activations[i, k - 1]
                    for j in range(n_inputs):
                        total[j] += activation * filter_[j]
                whole[i, k] = painted[i, k] = missing = 0.0
                for j in range(n_inputs):
                    residual = patches[i, j] - min(1.0, max(0.0, total[j]))
                    whole[i, k] += residual * residual
                    if own[i, j]:
                        painted[i, k] += residual * residual
                        missing += math.fabs(residual)
            else:
                whole[i, k], painted[i, k] = whole[i, k - 1], painted[i, k - 1]
            absolute[k] += missing


@_compiled
def add_rank(weights, units, activations, sums):
    """Add one unit to the sum of every patch, in place.

    Args:
        weights: (n_units, n_inputs).
        units: (patches,) the unit of each patch.
        activations: (patches,) its activation; 0 adds nothing.
        sums: (patches, n_inputs), changed.
    """
    for i in range(len(sums)):
        if activations[i] > 0:
            filter_ = weights[units[i]]
            for j in range(sums.shape[1]):
                sums[i, j] += activations[i] * filter_[j]


@_compiled
def add_tiles(sums, rows, cols, size, picture):
    """Add every patch's reconstruction, clipped to [0, 1], to a picture, in place.

    Args:
        sums: (patches, n_inputs) cumulative sums.
        rows: (patches,) upper row of each patch.
        cols: (patches,) left column of each patch.
        size: height and width of a patch in pixels.
        picture: (height, width, channels) float64, changed.
    """
    channels = picture.shape[2]
    for i in range(len(sums)):
        j = 0
        for row in range(rows[i], rows[i] + size):
            for col in range(cols[i], cols[i] + size):
                for channel in range(channels):
                    picture[row, col, channel] += min(1.0, max(0.0, sums[i, j]))
                    j += 1


@_compiled
def lower_hulls(errors, counts, gains, lengths):
    """The lower convex hull of each row of squared errors, as steps with falling gains.

    Args:
        errors: (patches, depth + 1) by rank.
        counts: (patches,) how far each row goes.
        gains: (patches, depth) float32, filled with the error that one unit of a step takes away on average.
        lengths: (patches, depth) int64, filled with the units of each step; 0 where there is no step.
    """
    corners = np.empty(errors.shape[1], np.int64)
    for i in range(len(errors)):
        row = errors[i]
        least = 0
        for k in range(1, counts[i] + 1):
            if row[k] < row[least]:
                least = k
        last = 0
        corners[0] = 0
        for k in range(1, least + 1):
            while last > 0:
                a, b = corners[last - 1], corners[last]
                if (row[a] - row[b]) * (k - b) >= (row[b] - row[k]) * (b - a):
                    break
                last -= 1
            last += 1
            corners[last] = k
        for step in range(last):
            a, b = corners[step], corners[step + 1]
            gains[i, step] = (row[a] - row[b]) / (b - a)
            lengths[i, step] = b - a


@_compiled
def spend(order, patches, lengths, budget, ranks):
    """Take steps in order while they fit; a patch whose next step does not fit is done.

    Args:
        order: (steps,) indices of the steps in the order in which they are tried.
        patches: (steps,) the patch of each step.
        lengths: (steps,) units that each step takes, 1 or more.
        budget: units in all, 1 or more.
        ranks: (patches,) units that each patch gets, 0 at first; changed.
    """
    done = np.zeros(len(ranks), np.bool_)
    for place in order:
        patch = patches[place]
        if done[patch]:
            continue
        if lengths[place] > budget:
            done[patch] = True
            continue
        ranks[patch] += lengths[place]
        budget -= lengths[place]
        if budget == 0:
            break
