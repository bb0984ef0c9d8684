"""How a dictionary learns for pursuit, in plain torch: the readable truth behind the compiled loops.

`coding/pursuit.py` says how units are chosen. Here rows W_i have norm 1 and products are not divided by
n_inputs, so that with r_0 = x

    a_k = W_i_k . r_{k-1},   r_k = r_{k-1} - a_k W_i_k,   r_k orthogonal to W_i_k

Two directions of ascent, one for each phase of a training:

- *At its own rank.* The paper's rule: the unit of rank k learns from the residual at its own rank,
  D_i += a_k r_k. Because r_k is orthogonal to the row, that is the exact gradient of -|r_k|^2 / 2 in W_i with
  r_{k-1} held.
- *Through the recursion.* The gradient of the weighted sum of |r_k| over the ranks, with the choice of units
  held. A change of one row changes every residual after it: c collects, from the last rank n backwards, what
  r_k answers for.

      c = (sum of w_k past rank n) r_n / |r_n|
      for k = n ... 1:  i = i_k;  c += w_k r_k / |r_k|;  t = W_i . c;  c -= t W_i;  D_i += a_k c + t r_k

  Norms in a denominator are larger by SMALLEST_NORM. What points along W_i itself is left out: it would only
  change the norm.

The step is Adam's with one second moment a row, after which rows return to norm 1.
"""

import torch
from torch import Tensor

from model.kernels.pursuit import STOP
from model.kernels.pursuit_learning_loops import SMALLEST_NORM


def direction_at_own_rank(rows: Tensor, patches: Tensor, ranks: int) -> Tensor:
    """The mean over a batch of a_k r_k, for the unit of each rank k.

    Args:
        rows: (n_units, n_inputs) of norm 1.
        patches: (batch, n_inputs).
        ranks: units chosen for a patch, at most.

    Returns:
        (n_units, n_inputs).
    """
    direction = torch.zeros_like(rows)
    for patch in patches:
        for unit, activation, residual in _pursue(rows, patch, ranks):
            direction[unit] += activation * residual
    return direction / len(patches)


def direction_through_recursion(rows: Tensor, patches: Tensor, rank_weights: Tensor) -> Tensor:
    """The mean over a batch of the gradient of -sum over k of w_k |r_k|, tangential to each row.

    Args:
        rows: (n_units, n_inputs) of norm 1.
        patches: (batch, n_inputs).
        rank_weights: (ranks,) w_k; as many units are chosen for a patch, at most. Those past n_units do not
            count.

    Returns:
        (n_units, n_inputs).
    """
    direction = torch.zeros_like(rows)
    rank_weights = rank_weights[: len(rows)]
    for patch in patches:
        chosen = _pursue(rows, patch, len(rank_weights))
        if not chosen:
            continue
        answers_for = rank_weights[len(chosen) :].sum() * _towards(chosen[-1][2])
        for weight, (unit, activation, residual) in reversed(list(zip(rank_weights, chosen, strict=False))):
            answers_for = answers_for + weight * _towards(residual)
            along = rows[unit] @ answers_for
            answers_for = answers_for - along * rows[unit]
            direction[unit] += activation * answers_for + along * residual
    return direction / len(patches)


def _pursue(rows: Tensor, patch: Tensor, ranks: int) -> list[tuple[int, Tensor, Tensor]]:
    """(unit, activation, residual after it) by rank."""
    residual, chosen = patch, []
    free = torch.ones(len(rows), dtype=torch.bool)
    for _ in range(min(ranks, len(rows))):
        products = torch.where(free, rows @ residual, -torch.inf)
        unit = int(products.argmax())
        if products[unit] <= STOP:
            break
        residual = residual - products[unit] * rows[unit]
        free[unit] = False
        chosen.append((unit, products[unit], residual))
    return chosen


def _towards(residual: Tensor) -> Tensor:
    """The residual at a length of nearly 1; of nearly 0 where there is no residual left."""
    towards: Tensor = residual / (residual.norm() + SMALLEST_NORM)
    return towards
