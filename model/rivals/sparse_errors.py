"""How well a trained sparse autoencoder rebuilds patches from its largest latents; needs no torch."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from model.rivals import pca_loops
from model.rivals.bundled import SparseWeights

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


def sparse_errors(weights: SparseWeights, patches: Floats, ranks: int) -> tuple[Floats, Flags]:
    """What is missing of each patch with the bias and the k largest latents, for every k.

    Args:
        weights: of the model.
        patches: (batch, n_inputs) in [0, 1).
        ranks: up to this k, from 1 to n_latents.

    Returns:
        (batch, ranks): column k - 1 is the L2 norm of the patch minus its reconstruction, clipped to [0, 1].
        And (batch, n_latents): which latents are used up to the last rank.
    """
    latents = np.maximum((patches - weights.bias) @ weights.encoder.T + weights.encoder_bias, 0)
    largest = np.argsort(-latents, axis=1, kind="stable")[:, :ranks]
    # The bias is what every sum begins with: a component before the first, always with the coefficient 1.
    count, n_latents = latents.shape
    components = np.concatenate([weights.decoder, weights.bias[None]])
    coefficients = np.concatenate([latents, np.ones((count, 1), np.float32)], axis=1)
    order = np.concatenate([np.full((count, 1), n_latents), largest], axis=1)
    errors = np.empty((count, ranks + 1), np.float32)
    pca_loops.errors_by_component(components, coefficients, order, patches, errors)
    used = np.zeros(latents.shape, np.bool_)
    np.put_along_axis(used, largest, np.take_along_axis(latents, largest, axis=1) > 0, axis=1)
    return errors[:, 1:], used


def errors_of_several(models: Mapping[int, SparseWeights], patches: Floats) -> tuple[Floats, Flags]:
    """The error with k latents of the model that was trained for the next larger number of latents.

    Args:
        models: by the number of latents that each was trained for; all with as many latents in all.
        patches: (batch, n_inputs) in [0, 1).

    Returns:
        (batch, n_latents) errors, as `sparse_errors`; from the largest number on the last error stays. And
        (batch, n_latents): the latents used by the model for the largest number.
    """
    trained = sorted(models)
    n_latents = len(models[trained[0]].decoder)
    errors = np.empty((len(patches), n_latents), np.float32)
    done = 0
    for k in trained:
        up_to_k, used = sparse_errors(models[k], patches, k)
        errors[:, done:k] = up_to_k[:, done:]
        done = k
    errors[:, done:] = errors[:, done - 1 : done]
    return errors, used
