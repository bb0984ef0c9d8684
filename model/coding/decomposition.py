"""Patches decomposed by rank, in NumPy, so that pages need not import torch.

The same equations as `autoencoder.RankOrderedAutoencoder`, whose docstring states them; tests
compare the two.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Decomposition(NamedTuple):
    """The code of a batch of patches.

    Attributes:
        pre_activations: (batch, n_units), any sign.
        activations: (batch, n_units), in [0, 1].
        rank_order: (batch, n_units), unit indices by descending pre-activation, ties to the lower
            index; column k - 1 is the unit of rank k.
    """

    pre_activations: Floats
    activations: Floats
    rank_order: NDArray[np.int64]

    @property
    def active_units(self) -> NDArray[np.int64]:
        """(batch,) how many units are active; reconstructions do not change after this rank."""
        count: NDArray[np.int64] = (self.activations > 0).sum(axis=1)
        return count


def decompose(weights: Floats, patches: Floats) -> Decomposition:
    """Encode patches (batch, n_inputs) in [0, 1) with weights (n_units, n_inputs) and rank the units."""
    p = patches @ weights.T / np.float32(weights.shape[1])
    return Decomposition(p, np.clip(p, 0, 1), np.argsort(-p, axis=1, kind="stable"))


def reconstruction_at(weights: Floats, decomposition: Decomposition, rank: int) -> Floats:
    """The reconstruction R_k of every patch at a rank k.

    Args:
        weights: (n_units, n_inputs).
        decomposition: of the patches by these weights.
        rank: how many units are summed, 0 or more.

    Returns:
        (batch, n_inputs) in [0, 1].
    """
    kept = np.zeros_like(decomposition.activations)
    chosen = decomposition.rank_order[:, :rank]
    values = np.take_along_axis(decomposition.activations, chosen, axis=1)
    np.put_along_axis(kept, chosen, values, axis=1)
    reconstruction: Floats = np.clip(kept @ weights, 0, 1)
    return reconstruction
