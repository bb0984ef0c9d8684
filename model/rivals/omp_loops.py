"""The inner loop of `omp.py`, compiled by Numba."""

import math

import numpy as np

from model.kernels.compiler import compiled

_compiled = compiled(fastmath={"reassoc", "contract", "nsz", "arcp"})

_LEFT = 1e-6
"""A unit of which less than this lies outside the span of those before it would add nothing but noise."""
_CLOSE = 0.1
"""A unit of which less lies outside loses digits, so it is made orthogonal twice and its products anew."""
_ANEW = 16
"""Ranks after which products that were carried along are computed anew, so that rounding does not add up."""


@_compiled
def fill_omp_errors(atoms, gram, patches, errors, used, residuals):
    """Errors by number of atoms.

    Fitting all coefficients anew is projecting on what the chosen atoms span. So each chosen atom is made
    orthogonal to those before it, q, and the residual loses its part along q. The products of all atoms with
    q follow from those of the atoms with each other and with the earlier q, which saves most of the work.

    Args:
        atoms: (n_atoms, n_inputs) of norm 1 or 0.
        gram: (n_atoms, n_atoms) their products with each other.
        patches: (patches, n_inputs) in [0, 1).
        errors: (patches, ranks) float32, filled.
        used: (patches, n_atoms) bool, all False, True afterwards for atoms that were chosen.
        residuals: (patches, ranks, n_inputs) float32, filled; or without patches, for none.
    """
    n_atoms, n_inputs = atoms.shape
    basis = np.empty((n_inputs, n_inputs))
    products = np.empty((n_inputs, n_atoms))  # of each row of `basis` with every atom
    answers, free = np.empty(n_atoms), np.empty(n_atoms, np.bool_)
    for i in range(len(patches)):
        patch, residual = patches[i], patches[i].copy()
        _answer(atoms, residual, answers)
        free[:] = True
        spanned = 0
        for rank in range(errors.shape[1]):
            while spanned < n_inputs:
                atom = _most_alike(answers, free)
                if atom < 0:
                    break
                free[atom] = False
                left = _orthogonalise(atoms[atom], atom, basis, products, spanned)
                if left >= _LEFT:
                    length = _project_out(basis[spanned], residual)
                    if left < _CLOSE or spanned % _ANEW == _ANEW - 1:
                        _answer(atoms, basis[spanned], products[spanned])
                        _answer(atoms, residual, answers)
                    else:
                        _carry_on(gram[atom], products, spanned, atom, left)
                        answers -= length * products[spanned]
                    spanned += 1
                    used[i, atom] = True
                    break
            errors[i, rank] = _clipped_norm(patch, residual)
            if len(residuals):
                residuals[i, rank] = residual


@_compiled
def _clipped_norm(patch, residual):
    """What is missing once the reconstruction, the patch minus its residual, is clipped to [0, 1]."""
    square = 0.0
    for j in range(patch.size):
        missing = patch[j] - min(max(patch[j] - residual[j], 0.0), 1.0)
        square += missing * missing
    return math.sqrt(square)


@_compiled
def _answer(atoms, vector, answers):
    """The products of all atoms with a vector."""
    for atom in range(len(atoms)):
        product = 0.0
        for j in range(vector.size):
            product += atoms[atom, j] * vector[j]
        answers[atom] = product


@_compiled
def _carry_on(gram_row, products, spanned, atom, left):
    """The products of all atoms with the newest row of the basis, from those with the earlier rows."""
    newest = products[spanned]
    newest[:] = gram_row
    for row in range(spanned):
        part = products[row, atom]
        for other in range(newest.size):
            newest[other] -= part * products[row, other]
    newest /= left


@_compiled
def _most_alike(answers, free):
    """The free atom with the largest product of either sign; -1 if none has any."""
    best, chosen = 0.0, -1
    for atom in range(answers.size):
        if free[atom] and abs(answers[atom]) > best:
            best, chosen = abs(answers[atom]), atom
    return chosen


@_compiled
def _orthogonalise(values, atom, basis, products, spanned):
    """Put what of an atom is orthogonal to the rows of `basis` behind them, at norm 1; return its norm."""
    newest = basis[spanned]
    newest[:] = values
    for row in range(spanned):
        part = products[row, atom]
        for j in range(newest.size):
            newest[j] -= part * basis[row, j]
    norm = math.sqrt((newest * newest).sum())
    if norm < _CLOSE:
        for row in range(spanned):
            _project_out(basis[row], newest)
        norm = math.sqrt((newest * newest).sum())
    if norm >= _LEFT:
        newest /= norm
    return norm


@_compiled
def _project_out(direction, vector):
    """Take from a vector its part along a direction of norm 1; return how long that part was."""
    product = 0.0
    for j in range(vector.size):
        product += direction[j] * vector[j]
    for j in range(vector.size):
        vector[j] -= product * direction[j]
    return product
