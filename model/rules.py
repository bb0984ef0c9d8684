"""The learning rules in plain torch: the reference that the compiled rules are tested against.

A rule turns weights (n_units, n_inputs) and a batch of patches (batch, n_inputs) into the mean direction of
ascent for the weights, (n_units, n_inputs), along which the optimizer steps. The direction of unit i is the
sum of two parts, because the tied weights are both decoder and encoder (Bertens 2016):

    a_i c_i       decoder part: pulls the filter towards c_i, the residual that the unit is to reduce
    delta_i x     encoder part: changes the pre-activation p_i along the patch x

The rules differ in c_i and delta_i. Symbols are those of `autoencoder.py`; r(i) is the rank of unit i, and
E_last the residual after all active units.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from model.autoencoder import Code, RankOrderedAutoencoder, trelu
from model.config import REVIVAL, Rule


def ascent_direction(
    rule: Rule, model: RankOrderedAutoencoder, patches: Tensor, *, clipped: bool = True
) -> Tensor:
    """The mean direction of ascent of `rule` over a batch.

    Args:
        rule: which learning rule; for `pursuit` see `pursuit_rule.py`.
        model: its weights are read, not changed.
        patches: (batch, n_inputs) in [0, 1), batch >= 1; in another basis if not `clipped`.
        clipped: whether residuals are those of R_k = TReLU(S_k), as shown, or of S_k itself. The latter are
            the same vectors in every orthonormal basis, so that learning may take place in any.

    Returns:
        (n_units, n_inputs), in the units of the weights; add a small multiple of it to learn.
    """
    with torch.no_grad():
        return _RULES[rule](model, patches, clipped)


def rank_order(model: RankOrderedAutoencoder, patches: Tensor, clipped: bool = True) -> Tensor:
    """The paper's rule (Bertens 2016): a unit learns from the residual at its own rank, not from later ones.

        c_i = E_r(i) for an active unit, E_last for an inactive one
        s_i = W_i . c_i / n_inputs
        delta_i = max(-p_i, min(0, s_i)) for p_i > 0, min(-p_i, max(0, s_i)) for p_i < 0, else 0

    delta_i is the paper's truncated derivative: the encoder part may only lower an active unit and only raise
    an inactive one, each at most to p_i = 0.

    Args:
        model: its weights are read, not changed.
        patches: (batch, n_inputs) in [0, 1), batch >= 1.
        clipped: as in `ascent_direction`.

    Returns:
        The mean over the batch, (n_units, n_inputs).
    """
    return _at_own_rank(model, patches, clipped, gate=0.0)


def saturation_gated(model: RankOrderedAutoencoder, patches: Tensor, clipped: bool = True) -> Tensor:
    """`rank_order` with the TReLU's derivative as a common summary of the paper has it; learns a worse code.

    delta_i = 0 for 0 <= p_i <= 1, so that of the active units only saturated ones (p_i > 1) are lowered.

    Args:
        model: its weights are read, not changed.
        patches: (batch, n_inputs) in [0, 1), batch >= 1.
        clipped: as in `ascent_direction`.

    Returns:
        The mean over the batch, (n_units, n_inputs).
    """
    return _at_own_rank(model, patches, clipped, gate=1.0)


def _at_own_rank(model: RankOrderedAutoencoder, patches: Tensor, clipped: bool, gate: float) -> Tensor:
    """The two rules with the residual at a unit's own rank; the encoder part lowers units with p > gate."""
    code = model.encode(patches)
    residuals, last = _residuals(model, code, patches, clipped)
    slope = _slope(model, code, residuals, last)
    p = code.pre_activations
    down = torch.maximum(-p, slope.clamp(max=0))
    up = torch.minimum(-p, slope.clamp(min=0))
    delta = torch.where(p > gate, down, torch.where(p < 0, up, torch.zeros_like(p)))
    return _combine(model, code, residuals, delta, patches)


def progressive(model: RankOrderedAutoencoder, patches: Tensor, clipped: bool = True) -> Tensor:
    """The gradient of the mean over all ranks of 0.5 |E_k|^2, with inactive units gently raised.

        c_i = (1 / n_units) sum over k >= r(i) of E_k for an active unit, E_last for an inactive one
        s_i = W_i . c_i / n_inputs
        delta_i = s_i for 0 < p_i < 1, min(0, s_i) for p_i >= 1, REVIVAL min(-p_i, max(0, s_i)) for p_i < 0

    A rule of this project, not the paper's: a unit learns from every residual that it takes part in. The
    derivative of the clipping in R_k is taken as 1: patches lie in [0, 1), so the residual at a clipped pixel
    always points back into range.

    Args:
        model: its weights are read, not changed.
        patches: (batch, n_inputs) in [0, 1), batch >= 1.
        clipped: as in `ascent_direction`.

    Returns:
        The mean over the batch, (n_units, n_inputs).
    """
    code = model.encode(patches)
    residuals, last = _residuals(model, code, patches, clipped)
    n_units, ranks = model.config.n_units, residuals.shape[1]
    from_own_rank = residuals.flip(1).cumsum(1).flip(1)
    targets = (from_own_rank + (n_units - ranks) * last.unsqueeze(1)) / n_units
    slope = _slope(model, code, targets, last)
    p = code.pre_activations
    active = torch.where(p < 1, slope, slope.clamp(max=0))
    revived = REVIVAL * torch.minimum(-p, slope.clamp(min=0))
    delta = torch.where(p > 0, active, torch.where(p < 0, revived, torch.zeros_like(p)))
    return _combine(model, code, targets, delta, patches)


def _residuals(
    model: RankOrderedAutoencoder, code: Code, patches: Tensor, clipped: bool
) -> tuple[Tensor, Tensor]:
    """E_k for k = 1 up to the largest number of active units in the batch, and E_last of each patch.

    Returns (batch, ranks, n_inputs) and (batch, n_inputs). Past a patch's own last active unit its
    residuals repeat, because an inactive unit adds nothing.
    """
    ranks = int((code.activations > 0).sum(1).max())
    sums = model.cumulative_sums(code, ranks)
    residuals = patches.unsqueeze(1) - (trelu(sums) if clipped else sums)
    last = residuals[:, -1] if ranks else patches
    return residuals, last


def _slope(model: RankOrderedAutoencoder, code: Code, targets: Tensor, last: Tensor) -> Tensor:
    """s_i = W_i . c_i / n_inputs, (batch, n_units), with c_i = `last` for inactive units."""
    order = code.rank_order[:, : targets.shape[1]]
    inactive = last @ model.weights.T
    active = inactive.scatter(1, order, (model.weights[order] * targets).sum(2))
    return torch.where(code.activations > 0, active, inactive) / model.config.n_inputs


def _combine(
    model: RankOrderedAutoencoder, code: Code, targets: Tensor, delta: Tensor, patches: Tensor
) -> Tensor:
    """The mean over the batch of a_i c_i + delta_i x, (n_units, n_inputs)."""
    order = code.rank_order[:, : targets.shape[1]]
    ranked = code.activations.gather(1, order).unsqueeze(2) * targets
    decoder = torch.zeros_like(model.weights)
    decoder.index_add_(0, order.flatten(), ranked.flatten(0, 1))
    return (decoder + delta.T @ patches) / len(patches)


_RULES: dict[Rule, Callable[[RankOrderedAutoencoder, Tensor, bool], Tensor]] = {
    Rule.RANK_ORDER: rank_order,
    Rule.PROGRESSIVE: progressive,
    Rule.SATURATION_GATED: saturation_gated,
}
