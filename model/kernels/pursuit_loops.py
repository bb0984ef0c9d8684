"""The inner loops of `pursuit.py`, compiled by Numba."""

import math

import numpy as np

from model.kernels.compiler import compiled

# No value is NaN, which lets the largest one be found with vector instructions; the units that have been
# chosen are at minus infinity, so infinities must be kept.
_compiled = compiled(fastmath={"reassoc", "contract", "nsz", "arcp", "nnan"})


@_compiled
def fill_products(dictionary, rows, scale, products):
    """Fill `products` with those of rows and units.

    Args:
        dictionary: (n_units, n_inputs).
        rows: (count, n_inputs).
        scale: a factor for every product.
        products: (count, n_units), filled.
    """
    for i in range(len(rows)):
        row = rows[i]
        for unit in range(len(dictionary)):
            filter_ = dictionary[unit]
            total = 0.0
            for j in range(row.size):
                total += row[j] * filter_[j]
            products[i, unit] = total * scale


@_compiled
def choose(gram, products, stop, units, activations):
    """Choose the units of some patches, one after another.

    Args:
        gram: (n_units, n_units), the products of the dictionary's rows, 1 for a row with itself.
        products: (patches, n_units), the pre-activations; used up.
        stop: the largest pre-activation that is not worth a unit.
        units: (patches, ranks), filled by rank; left as they are past the last unit.
        activations: (patches, ranks), the same.
    """
    for i in range(len(products)):
        choose_one(gram, products[i], stop, units[i], activations[i])


@_compiled
def choose_one(gram, products, stop, units, activations):
    """`choose` for one patch; returns how many units it took.

    Args:
        gram: (n_units, n_units), as in `choose`.
        products: (n_units,), used up.
        stop: as in `choose`.
        units: (ranks,), filled by rank.
        activations: (ranks,), the same.
    """
    best = products[0]
    for unit in range(products.size):
        best = max(best, products[unit])
    for rank in range(units.size):
        if not best > stop:
            return rank
        unit = 0
        while products[unit] != best:
            unit += 1
        units[rank], activations[rank] = unit, best
        best = _take_away(gram[unit], best, unit, products)
    return units.size


@_compiled
def _take_away(alike, activation, unit, products):
    """What the units answer to the residual once `unit` is chosen; returns the largest answer."""
    products[unit] = -np.inf
    best = products[unit]
    for j in range(products.size):
        p = products[j] - activation * alike[j]
        products[j] = p
        best = max(best, p)
    return best


@_compiled
def fill_errors(dictionary, patches, units, activations, errors):
    """What is missing of each patch with its first k units, for every k, into `errors`.

    Args:
        dictionary: (n_units, n_inputs).
        patches: (patches, n_inputs) in [0, 1).
        units: (patches, ranks), by rank.
        activations: (patches, ranks), theirs; 0 past a patch's last unit.
        errors: (patches, ranks) float32, filled with |x - TReLU(S_k)|.
    """
    total = np.empty(dictionary.shape[1])
    for i in range(len(patches)):
        patch = patches[i]
        total[:] = 0
        error = 0.0
        for rank in range(units.shape[1]):
            a = activations[i, rank]
            if a > 0 or rank == 0:
                row = dictionary[units[i, rank]]
                square = 0.0
                for j in range(total.size):
                    total[j] += a * row[j]
                    missing = patch[j] - min(max(total[j], 0.0), 1.0)
                    square += missing * missing
                error = math.sqrt(square)
            errors[i, rank] = error
