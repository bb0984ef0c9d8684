"""The two coders behind one door: what each needs of a model's weights, and what it makes of patches."""

import numpy as np
from numpy.typing import NDArray

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
