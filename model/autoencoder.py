"""The rank-ordered autoencoder: one matrix, read in both directions.

For a patch x and weights W, one row a unit:

    p = W x / n_inputs               pre-activations
    a = TReLU(p)                     activations, TReLU(z) = min(1, max(0, z))
    S_k = sum over j <= k of a_pi(j) W_pi(j),   pi = units by descending p
    R_k = TReLU(S_k)                 progressive reconstruction with k units
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from model.config import ModelConfig


class Code(NamedTuple):
    """What the units make of a batch of patches.

    Attributes:
        pre_activations: (batch, n_units), any sign.
        activations: (batch, n_units), in [0, 1].
        rank_order: (batch, n_units), unit indices by descending pre-activation; ties go to the
            lower index. Column k - 1 is the unit of rank k.
    """

    pre_activations: Tensor
    activations: Tensor
    rank_order: Tensor


class RankOrderedAutoencoder(nn.Module):
    """A single hidden layer with tied weights and no biases (Bertens 2016, section 2).

    Attributes:
        config: the shape.
        weights: (n_units, n_inputs); row i is the filter of unit i.
    """

    def __init__(self, weights: Tensor, config: ModelConfig) -> None:
        """Wrap weights of shape (n_units, n_inputs).

        Raises:
            ValueError: the shape does not fit `config`, or a weight is not finite.
        """
        super().__init__()
        expected = (config.n_units, config.n_inputs)
        if tuple(weights.shape) != expected:
            raise ValueError(f"The weights have shape {tuple(weights.shape)}, not {expected}.")
        if not bool(torch.isfinite(weights).all()):
            raise ValueError("The weights hold values that are not finite numbers.")
        self.config = config
        self.weights = nn.Parameter(weights.to(torch.float32))

    def pre_activations(self, patches: Tensor) -> Tensor:
        """(batch, n_inputs) in [0, 1) -> p, (batch, n_units)."""
        return patches @ self.weights.T / self.config.n_inputs

    def encode(self, patches: Tensor) -> Code:
        """(batch, n_inputs) in [0, 1) -> activations and their rank order."""
        p = self.pre_activations(patches)
        return Code(p, trelu(p), torch.argsort(p, dim=1, descending=True, stable=True))

    def cumulative_sums(self, code: Code, ranks: int | None = None) -> Tensor:
        """S_k for k = 1 ... ranks (all units by default), (batch, ranks, n_inputs), unclipped."""
        order = code.rank_order[:, :ranks]
        ranked = code.activations.gather(1, order)
        return torch.cumsum(ranked.unsqueeze(2) * self.weights[order], dim=1)

    def progressive_reconstruction(self, patches: Tensor, ranks: int | None = None) -> Tensor:
        """R_k for k = 1 ... ranks (all units by default), (batch, ranks, n_inputs) in [0, 1]."""
        return trelu(self.cumulative_sums(self.encode(patches), ranks))

    def decode(self, activations: Tensor) -> Tensor:
        """(batch, n_units) -> the reconstruction with every active unit, (batch, n_inputs) in [0, 1]."""
        return trelu(activations @ self.weights)

    def forward(self, patches: Tensor) -> Tensor:
        """(batch, n_inputs) -> the final reconstruction R_n_units, same shape."""
        return self.decode(trelu(self.pre_activations(patches)))


def trelu(values: Tensor) -> Tensor:
    """Truncated ReLU: min(1, max(0, z)), element by element."""
    return values.clamp(0.0, 1.0)
