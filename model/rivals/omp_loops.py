"""The inner loop of `omp.py`, compiled by Numba."""

import math

import numpy as np

from model.kernels.compiler import compiled

_compiled = compiled(fastmath={"reassoc", "contract", "nsz", "arcp"})

_LEFT = 1e-6
"""A unit of which less than this lies outside the span of those before it would add nothing but noise."""


@_compiled
def fill_omp_errors(atoms, patches, errors, used):
    """Errors by number of atoms.

    Fitting all coefficients anew is projecting on what the chosen atoms span. So each chosen atom is made
    orthogonal to those before it, and the residual loses its part along what is left.

    Args:
        atoms: (n_atoms, n_inputs) of norm 1 or 0.
        patches: (patches, n_inputs) in [0, 1).
        errors: (patches, ranks) float32, filled.
        used: (patches, n_atoms) bool, all False, True afterwards for atoms that were chosen.
    """
    n_atoms, n_inputs = atoms.shape
    basis = np.empty((n_inputs, n_inputs))
    free = np.empty(n_atoms, np.bool_)
    for i in range(len(patches)):
        patch, residual = patches[i], patches[i].copy()
        free[:] = True
        spanned = 0
        for rank in range(errors.shape[1]):
            while spanned < n_inputs:
                atom = _most_alike(atoms, residual, free)
                if atom < 0:
                    break
                free[atom] = False
                if _orthogonalise(atoms[atom], basis, spanned):
                    _project_out(basis[spanned], residual)
                    spanned += 1
                    used[i, atom] = True
                    break
            square = 0.0
            for j in range(n_inputs):
                missing = patch[j] - min(max(patch[j] - residual[j], 0.0), 1.0)
                square += missing * missing
            errors[i, rank] = math.sqrt(square)


@_compiled
def _most_alike(atoms, residual, free):
    """The free atom with the largest product of either sign; -1 if none has any."""
    best, chosen = 0.0, -1
    for atom in range(len(atoms)):
        if free[atom]:
            row, product = atoms[atom], 0.0
            for j in range(residual.size):
                product += row[j] * residual[j]
            if abs(product) > best:
                best, chosen = abs(product), atom
    return chosen


@_compiled
def _orthogonalise(atom, basis, spanned):
    """Put what of an atom is orthogonal to the first rows of `basis` behind them; False if nothing is."""
    left = basis[spanned]
    left[:] = atom
    for _ in range(2):  # a second pass takes away what rounding left of the first
        for row in range(spanned):
            _project_out(basis[row], left)
    norm = math.sqrt((left * left).sum())
    if norm < _LEFT:
        return False
    left /= norm
    return True


@_compiled
def _project_out(direction, vector):
    """Take from a vector its part along a direction of norm 1."""
    product = 0.0
    for j in range(vector.size):
        product += direction[j] * vector[j]
    for j in range(vector.size):
        vector[j] -= product * direction[j]
