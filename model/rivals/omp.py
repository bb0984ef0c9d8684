"""Orthogonal matching pursuit: what a search could do with a model's filters.

Units are added one after another, each the one whose filter is most alike to the residual, of either sign;
after each, the coefficients of *all* units so far are fitted anew (Pati, Rezaiifar and Krishnaprasad 1993).
So there is no cumulative sum and no rank order to show, but a bound to hold other coders against.
"""

import numpy as np
from numpy.typing import NDArray

from model.rivals.omp_loops import fill_omp_errors

Floats = NDArray[np.float32]


def omp_errors(
    weights: Floats, patches: Floats, ranks: int | None = None
) -> tuple[Floats, NDArray[np.bool_]]:
    """What is missing of each patch with the best coefficients of k units, for every k.

    Args:
        weights: (n_units, n_inputs) in any scale; rows of zeros are never chosen.
        patches: (batch, n_inputs) in [0, 1).
        ranks: up to this k, from 1; n_units by default.

    Returns:
        (batch, ranks): column k - 1 is the L2 norm of the patch minus its reconstruction from k units,
        clipped to [0, 1]. Where no unit has anything to add, the last error stays. And (batch, n_units):
        which units are used.
    """
    ranks = len(weights) if ranks is None else min(ranks, len(weights))
    return _search(weights, patches, ranks, np.empty((0, 0, 0), np.float32))


def omp_residuals(weights: Floats, patches: Floats, ranks: int) -> Floats:
    """What is left of each patch with the best coefficients of k units, not clipped.

    Args:
        weights: (n_units, n_inputs) in any scale.
        patches: (batch, n_inputs) in [0, 1).
        ranks: up to this k, from 1; at most n_units.

    Returns:
        (batch, ranks, n_inputs): the patch minus its reconstruction.
    """
    residuals = np.empty((len(patches), min(ranks, len(weights)), weights.shape[1]), np.float32)
    _search(weights, patches, residuals.shape[1], residuals)
    return residuals


def compile_omp() -> None:
    """Compile the search, or load it from the cache on disk, so that no comparison waits some ten seconds."""
    omp_errors(np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32))


def _search(
    weights: Floats, patches: Floats, ranks: int, residuals: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Errors and used units; fills `residuals` unless it is empty."""
    norms = np.linalg.norm(weights.astype(np.float64), axis=1, keepdims=True)
    atoms = np.divide(weights, norms, out=np.zeros(weights.shape), where=norms > 0)
    errors = np.empty((len(patches), ranks), np.float32)
    used = np.zeros((len(patches), len(weights)), np.bool_)
    fill_omp_errors(atoms, atoms @ atoms.T, patches.astype(np.float64), errors, used, residuals)
    return errors, used
