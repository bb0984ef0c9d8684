"""The learning rules in plain torch: the readable truth that any faster code is held against.

A rule turns weights (n_units, n_inputs) and a batch of patches (batch, n_inputs) into the mean
direction of ascent for the weights, (n_units, n_inputs): the optimiser steps along it. Each sums two
parts, because the tied weights are both decoder and encoder: a_i c_i, which pulls the filter towards
the error c_i it answers for, and delta_i x, which moves the pre-activation by delta_i.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from model.autoencoder import Code, RankOrderedAutoencoder, trelu
from model.config import REVIVAL, Rule


def ascent_direction(rule: Rule, model: RankOrderedAutoencoder, patches: Tensor) -> Tensor:
    """The mean direction of `rule` over a batch.

    Args:
        rule: which learning rule.
        model: its weights are read, not changed.
        patches: (batch, n_inputs) in [0, 1), batch >= 1.

    Returns:
        (n_units, n_inputs), in the units of the weights; add a small multiple of it to learn.
    """
    with torch.no_grad():
        return _RULES[rule](model, patches)


def rank_order(model: RankOrderedAutoencoder, patches: Tensor) -> Tensor:
    """The paper's rule: a unit learns from the residual at its own rank, not from later ones.

    An inactive unit answers for the last residual. Through the encoder, an active unit may only be
    pushed down and an inactive one only up, each at most to zero (the truncated derivative).
    """
    return _at_own_rank(model, patches, gate=0.0)


def saturation_gated(model: RankOrderedAutoencoder, patches: Tensor) -> Tensor:
    """`rank_order` with the derivative of a common summary of the paper: it trains to a worse code.

    A unit with 0 <= p <= 1 is left alone by the encoder; only p > 1 is pushed down.
    """
    return _at_own_rank(model, patches, gate=1.0)


def _at_own_rank(model: RankOrderedAutoencoder, patches: Tensor, gate: float) -> Tensor:
    """The two rules of the residual at one's own rank; the encoder pushes down units with p > gate."""
    code = model.encode(patches)
    residuals, last = _residuals(model, code, patches)
    slope = _slope(model, code, residuals, last)
    p = code.pre_activations
    down = torch.maximum(-p, slope.clamp(max=0))
    up = torch.minimum(-p, slope.clamp(min=0))
    delta = torch.where(p > gate, down, torch.where(p < 0, up, torch.zeros_like(p)))
    return _combine(model, code, residuals, delta, patches)


def progressive(model: RankOrderedAutoencoder, patches: Tensor) -> Tensor:
    """The gradient of the mean over all ranks of 0.5 |E_k|^2, with inactive units gently revived.

    The unit of rank r answers for every residual from r on: c = (1 / n_units) sum over k >= r of E_k.
    The clipping of R_k passes residuals through: patches lie in [0, 1), so a residual at a clipped
    pixel always points back into range.
    """
    code = model.encode(patches)
    residuals, last = _residuals(model, code, patches)
    n_units, ranks = model.config.n_units, residuals.shape[1]
    from_here_on = residuals.flip(1).cumsum(1).flip(1)
    answers_for = (from_here_on + (n_units - ranks) * last.unsqueeze(1)) / n_units
    slope = _slope(model, code, answers_for, last)
    p = code.pre_activations
    active = torch.where(p < 1, slope, slope.clamp(max=0))
    revived = REVIVAL * torch.minimum(-p, slope.clamp(min=0))
    delta = torch.where(p > 0, active, torch.where(p < 0, revived, torch.zeros_like(p)))
    return _combine(model, code, answers_for, delta, patches)


def _residuals(model: RankOrderedAutoencoder, code: Code, patches: Tensor) -> tuple[Tensor, Tensor]:
    """E_k up to the largest number of active units in the batch, and the last residual of each patch.

    Returns (batch, ranks, n_inputs) and (batch, n_inputs). Past a patch's own last active unit its
    residuals repeat, because an inactive unit adds nothing.
    """
    ranks = int((code.activations > 0).sum(1).max())
    residuals = patches.unsqueeze(1) - trelu(model.cumulative_sums(code, ranks))
    last = residuals[:, -1] if ranks else patches
    return residuals, last


def _slope(model: RankOrderedAutoencoder, code: Code, answers_for: Tensor, last: Tensor) -> Tensor:
    """W_i . c_i / n_inputs, (batch, n_units); an inactive unit answers for `last`."""
    order = code.rank_order[:, : answers_for.shape[1]]
    inactive = last @ model.weights.T
    active = inactive.scatter(1, order, (model.weights[order] * answers_for).sum(2))
    return torch.where(code.activations > 0, active, inactive) / model.config.n_inputs


def _combine(
    model: RankOrderedAutoencoder, code: Code, answers_for: Tensor, delta: Tensor, patches: Tensor
) -> Tensor:
    """The mean over the batch of a_i c_i + delta_i x, (n_units, n_inputs)."""
    order = code.rank_order[:, : answers_for.shape[1]]
    ranked = code.activations.gather(1, order).unsqueeze(2) * answers_for
    decoder = torch.zeros_like(model.weights)
    decoder.index_add_(0, order.flatten(), ranked.flatten(0, 1))
    return (decoder + delta.T @ patches) / len(patches)


_RULES: dict[Rule, Callable[[RankOrderedAutoencoder, Tensor], Tensor]] = {
    Rule.RANK_ORDER: rank_order,
    Rule.PROGRESSIVE: progressive,
    Rule.SATURATION_GATED: saturation_gated,
}
