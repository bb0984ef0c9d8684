"""PCA, the honest opponent: the same patches, rebuilt from principal components instead of ranked units.

The components are the eigenvectors of the patches' second moments, without taking a mean away first, as the
autoencoder has no bias either; the first component is then close to the mean patch. A patch's coefficient
may be negative, which an activation may not. The sum is clipped to [0, 1], as the autoencoder's is.

Two ways to spend k components: the first k, the same for every patch, or the k with the largest
coefficients, chosen for each patch anew, which is what a rank-ordered code does. The components are
orthonormal, so that choice is the best one there is.
"""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from model.rivals import pca_loops

Floats = NDArray[np.float32]

FITTED_PATCHES = 30_000
"""Random training patches that the components are fitted on. Three times as many change no error of the first
50 components by more than 3 %."""


class Keep(StrEnum):
    """Which components a patch is rebuilt from."""

    FIRST = "first"
    LARGEST = "largest"


def principal_components(patches: Floats) -> Floats:
    """The directions in which patches vary most, the strongest first.

    Args:
        patches: (count, n_inputs) in [0, 1), count >= 1.

    Returns:
        (n_inputs, n_inputs) orthonormal rows, by descending mean squared coefficient.
    """
    exact = patches.astype(np.float64)
    _, vectors = np.linalg.eigh(exact.T @ exact)
    return np.ascontiguousarray(vectors.T[::-1]).astype(np.float32)


def errors_by_component(components: Floats, patches: Floats, keep: Keep) -> Floats:
    """What is missing of each patch with k components, for every k.

    Args:
        components: (n_components, n_inputs) orthonormal rows.
        patches: (batch, n_inputs) in [0, 1).
        keep: in which order components are added; of equal coefficients the earlier component first.

    Returns:
        (batch, n_components): column k - 1 is the L2 norm of the patch minus its reconstruction from k
        components.
    """
    errors = np.empty((len(patches), len(components)), np.float32)
    coefficients = patches @ components.T
    order = np.ascontiguousarray(_order(coefficients, keep))
    pca_loops.errors_by_component(components, coefficients, order, patches, errors)
    return errors


def _order(coefficients: Floats, keep: Keep) -> NDArray[np.int64]:
    """(batch, n_components): which component comes k-th for each patch."""
    if keep is Keep.LARGEST:
        return np.argsort(-np.abs(coefficients), axis=1, kind="stable")
    return np.broadcast_to(np.arange(coefficients.shape[1]), coefficients.shape)
