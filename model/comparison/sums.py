"""A patch rebuilt from its first k components, by every kind of contender: what errors are measured on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.coding.coder import decompose_by, dictionary_for
from model.comparison.contender import Floats
from model.config import Coder
from model.rivals.bundled import SparseWeights
from model.rivals.omp import omp_residuals
from model.rivals.pca import Keep


def sums_of_code(coder: Coder, weights: Floats, patches: Floats, ks: Sequence[int]) -> Floats:
    """By a model's ranked or chosen units.

    Args:
        coder: how units are chosen.
        weights: (n_units, n_inputs) of a model.
        patches: (batch, n_inputs) in [0, 1).
        ks: numbers of units, rising, from 1.

    Returns:
        (len(ks), batch, n_inputs) in [0, 1].
    """
    dictionary = dictionary_for(coder, weights)
    code = decompose_by(coder, dictionary, patches)
    return _added(np.zeros_like(patches), code.activations, code.rank_order, dictionary, ks)


def sums_of_search(weights: Floats, patches: Floats, ks: Sequence[int]) -> Floats:
    """By orthogonal matching pursuit; arguments and result as of `sums_of_code`.

    Args:
        weights: (n_units, n_inputs) in any scale.
        patches: (batch, n_inputs) in [0, 1).
        ks: numbers of units, rising, from 1.
    """
    residuals = omp_residuals(weights, patches, ks[-1])
    at = np.minimum(np.array(ks), residuals.shape[1]) - 1
    rebuilt: Floats = np.clip(patches[None] - residuals[:, at].swapaxes(0, 1), 0, 1)
    return rebuilt


def sums_of_components(components: Floats, keep: Keep, patches: Floats, ks: Sequence[int]) -> Floats:
    """By orthonormal components; result as of `sums_of_code`.

    Args:
        components: (n_components, n_inputs) orthonormal rows.
        keep: which components are kept.
        patches: (batch, n_inputs) in [0, 1).
        ks: numbers of components, rising, from 1.
    """
    coefficients = patches @ components.T
    if keep is Keep.LARGEST:
        order = np.argsort(-np.abs(coefficients), axis=1, kind="stable")
    else:
        order = np.broadcast_to(np.arange(len(components)), coefficients.shape)
    return _added(np.zeros_like(patches), coefficients, order, components, ks)


def sums_of_latents(weights: SparseWeights, patches: Floats, ks: Sequence[int]) -> Floats:
    """By a sparse autoencoder's largest latents; result as of `sums_of_code`.

    Args:
        weights: of the model.
        patches: (batch, n_inputs) in [0, 1).
        ks: numbers of latents, rising, from 1.
    """
    latents = np.maximum((patches - weights.bias) @ weights.encoder.T + weights.encoder_bias, 0)
    order = np.argsort(-latents, axis=1, kind="stable")
    start = np.broadcast_to(weights.bias, patches.shape)
    return _added(start, latents, order, weights.decoder, ks)


def _added(
    start: Floats, values: Floats, order: NDArray[np.int64], rows: Floats, ks: Sequence[int]
) -> Floats:
    """Start + the sum of values[i] rows[i] over the first k of `order`, for each k; clipped to [0, 1]."""
    sums, total, done = [], start.astype(np.float32), 0
    for k in ks:
        chosen = order[:, done:k]
        kept = np.zeros_like(values)
        np.put_along_axis(kept, chosen, np.take_along_axis(values, chosen, axis=1), axis=1)
        total = total + kept @ rows
        done = max(done, k)
        sums.append(np.clip(total, 0, 1))
    return np.stack(sums)
