"""How well a trained sparse autoencoder rebuilds patches from its largest latents; needs no torch."""

from collections.abc import Mapping, Sequence

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


def best_models(models: Mapping[int, SparseWeights], patches: Floats) -> list[int]:
    """Which of several models to ask for each number of latents.

    A model cut at fewer latents than it was made for can be worse than the one for fewer, and one asked for
    more than it was made for has no more to give. So for each k the best of them is chosen.

    Args:
        models: by the number of latents that each was trained for; all with as many latents in all.
        patches: (batch, n_inputs) training patches in [0, 1): the choice is a part of the fit.

    Returns:
        For each number of latents from 1 to all, the key of the model with the smallest mean error.
    """
    trained = sorted(models)
    n_latents = len(models[trained[0]].decoder)
    means = [_up_to_its_own(models[k], k, patches)[0].mean(axis=0, dtype=np.float64) for k in trained]
    longer = [np.concatenate([mean, np.full(n_latents - len(mean), mean[-1])]) for mean in means]
    return [trained[i] for i in np.argmin(longer, axis=0)]


def errors_of_several(
    models: Mapping[int, SparseWeights], chosen: Sequence[int], patches: Floats
) -> tuple[Floats, Flags]:
    """The error with each number of latents, by the model that is chosen for it.

    Args:
        models: by the number of latents that each was trained for; all with as many latents in all.
        chosen: a key of `models` for each number of latents from 1, as `best_models` returns them.
        patches: (batch, n_inputs) in [0, 1).

    Returns:
        (batch, len(chosen)) errors, as `sparse_errors`, with no more latents than a model was made for. And
        (batch, n_latents): the latents used by the last of the models.
    """
    errors = np.empty((len(patches), len(chosen)), np.float32)
    used = np.zeros((len(patches), 1), np.bool_)
    for made_for in sorted(set(chosen)):
        by_it, used = _up_to_its_own(models[made_for], made_for, patches)
        ks = np.flatnonzero(np.array(chosen) == made_for)
        errors[:, ks] = by_it[:, np.minimum(ks, by_it.shape[1] - 1)]
    return errors, used


def _up_to_its_own(weights: SparseWeights, made_for: int, patches: Floats) -> tuple[Floats, Flags]:
    return sparse_errors(weights, patches, min(made_for, len(weights.decoder)))
