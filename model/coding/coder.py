"""The two coders behind one door: what each needs of a model's weights, and what it makes of patches."""

import numpy as np
from numpy.typing import NDArray

from model.coding.decomposition import Decomposition, decompose
from model.config import Coder
from model.kernels.compiled import patch_errors
from model.kernels.pursuit import Pursuer

Floats = NDArray[np.float32]


def dictionary_for(coder: Coder, weights: Floats) -> Floats:
    """A model's weights as `coder` uses them, to encode with and to decode with.

    Rank order takes weights as they are. Pursuit compares what units would take away from a residual, so all
    rows are brought to the same norm, sqrt(n_inputs); with that, activations stay in [0, 1). What is prepared
    may be prepared again.

    Args:
        coder: how units are chosen.
        weights: (n_units, n_inputs) float32.

    Returns:
        (n_units, n_inputs) float32; for pursuit each row has norm sqrt(n_inputs), and zero rows stay zero.
    """
    if coder is Coder.RANK_ORDER:
        return weights
    norms = np.linalg.norm(weights.astype(np.float64), axis=1, keepdims=True)
    scale = np.divide(np.sqrt(weights.shape[1]), norms, out=np.zeros_like(norms), where=norms > 0)
    dictionary: Floats = (weights * scale).astype(np.float32)
    return dictionary


def decompose_by(coder: Coder, dictionary: Floats, patches: Floats) -> Decomposition:
    """Encode patches and rank the units; the units that pursuit does not choose rank by their answers.

    Args:
        coder: how units are chosen.
        dictionary: (n_units, n_inputs), the model's `dictionary_for` the coder: it decodes the code too.
        patches: (batch, n_inputs) in [0, 1).

    Returns:
        The code; by pursuit, pre-activations are the answers to the whole patch, before a unit is chosen.
    """
    at_once = decompose(dictionary, patches)
    if coder is Coder.RANK_ORDER:
        return at_once
    activations, ranks = by_unit(*Pursuer(dictionary).choose(patches))
    places = np.where(ranks > 0, ranks, len(dictionary) + 1)
    order = np.lexsort((-at_once.pre_activations, places), axis=1)
    return Decomposition(at_once.pre_activations, activations, order)


def by_unit(units: NDArray[np.int64], activations: NDArray[np.float64]) -> tuple[Floats, NDArray[np.uint16]]:
    """What pursuit has made of patches, in order of units instead of ranks.

    Args:
        units: (batch, n_units) by rank, as `kernels.pursuit.Pursuer.choose` returns them.
        activations: (batch, n_units), theirs.

    Returns:
        (batch, n_units) each: activations, and ranks from 1; 0 where a unit is not chosen.
    """
    of_unit = np.zeros(units.shape, np.float32)
    ranks = np.zeros(units.shape, np.uint16)
    patch, place = np.nonzero(activations)
    of_unit[patch, units[patch, place]] = activations[patch, place]
    ranks[patch, units[patch, place]] = place + 1
    return of_unit, ranks


def coded_errors(coder: Coder, weights: Floats, patches: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Every patch's error by rank, and which units it makes active.

    Args:
        coder: how units are chosen.
        weights: (n_units, n_inputs) of a model, in any scale.
        patches: (batch, n_inputs) in [0, 1).

    Returns:
        e_k = |x - R_k| for k = 1 ... n_units, (batch, n_units) float32; and (batch, n_units) bool.
    """
    if coder is Coder.RANK_ORDER:
        return patch_errors(weights, patches)
    return Pursuer(dictionary_for(coder, weights)).errors(patches)
