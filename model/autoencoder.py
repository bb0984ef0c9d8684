"""The rank-ordered autoencoder (Bertens 2016, section 2): one matrix for both encoder and decoder.

For a patch x, (n_inputs,), and weights W, (n_units, n_inputs), row i the filter of unit i:

    p = W x / n_inputs               pre-activations
    a = TReLU(p)                     activations, TReLU(z) = min(1, max(0, z))
    pi = units by descending p       rank order; ties go to the lower index
    S_k = sum over j <= k of a_pi(j) W_pi(j)     cumulative sum of the ranked units' outputs
    R_k = TReLU(S_k)                 progressive reconstruction with k units
    E_k = x - R_k                    residual after rank k; e_k = |E_k| is the error by rank
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from model.config import ModelConfig


class Code(NamedTuple):
    """The code of a batch of patches.

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
        """Make a model of given weights.

        Args:
            weights: (n_units, n_inputs), finite; taken as float32.
            config: the shape that they must have.

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
        """The products W x / n_inputs: (batch, n_inputs) in [0, 1) -> (batch, n_units)."""
        return patches @ self.weights.T / self.config.n_inputs

    def encode(self, patches: Tensor) -> Code:
        """(batch, n_inputs) in [0, 1) -> pre-activations, activations and rank order."""
        p = self.pre_activations(patches)
        return Code(p, trelu(p), torch.argsort(p, dim=1, descending=True, stable=True))

    def cumulative_sums(self, code: Code, ranks: int | None = None) -> Tensor:
        """S_k for k = 1 ... ranks.

        Args:
            code: of a batch of patches.
            ranks: how many, 0 to n_units; None for n_units.

        Returns:
            (batch, ranks, n_inputs), not clipped.
        """
        order = code.rank_order[:, :ranks]
        ranked = code.activations.gather(1, order)
        return torch.cumsum(ranked.unsqueeze(2) * self.weights[order], dim=1)

    def progressive_reconstruction(self, patches: Tensor, ranks: int | None = None) -> Tensor:
        """R_k for k = 1 ... ranks.

        Args:
            patches: (batch, n_inputs) in [0, 1).
            ranks: how many, 0 to n_units; None for n_units.

        Returns:
            (batch, ranks, n_inputs) in [0, 1].
        """
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
