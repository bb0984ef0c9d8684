"""Pursuit: units chosen one after another, each for what the ones before it left missing.

A rank-ordered code ranks all units at once, by their answers to the patch. Pursuit asks again after every
unit: non-negative matching pursuit (Mallat and Zhang 1993) in which a unit is chosen at most once and earlier
activations are never changed, so that S_k stays a cumulative sum. With rows W_i of norm sqrt(n_inputs):

    r_0 = x,  p = W r_0 / n_inputs
    for k = 1, 2, ...:
        i_k = the unit, not chosen before, of largest p; ties go to the lower index
        a_k = p_i_k; stop if that is not above STOP / sqrt(n_inputs)
        r_k = r_{k-1} - a_k W_i_k,  p = W r_k / n_inputs

    S_k = sum over j <= k of a_j W_i_j = x - r_k,   R_k = TReLU(S_k),   e_k = |x - R_k|

Because |x| < sqrt(n_inputs), every activation lies in [0, 1) and p is the pre-activation of
`autoencoder.py`: the two coders differ in the choice of the units alone. The choice follows the unclipped
sum; what is shown and measured is clipped to [0, 1], as everywhere, which never raises an error.

This is the readable version. `kernels/pursuit.py` computes the same several hundred times faster, from the
products of the rows among each other.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.kernels.pursuit import STOP


class PursuitCode(NamedTuple):
    """The units that pursuit chooses for a batch of patches.

    Attributes:
        units: (batch, ranks) int64; column k - 1 is the unit of rank k, 0 where there is none.
        activations: (batch, ranks) float64 in [0, 1), theirs; 0 where there is none.
    """

    units: NDArray[np.int64]
    activations: NDArray[np.float64]


def pursue(
    dictionary: NDArray[np.floating], patches: NDArray[np.floating], ranks: int | None = None
) -> PursuitCode:
    """Choose the units of patches one after another.

    Args:
        dictionary: (n_units, n_inputs), each row zero or of norm sqrt(n_inputs): `dictionary_for`.
        patches: (batch, n_inputs) in [0, 1).
        ranks: at most so many units a patch, from 1; all by default.
    """
    n_units, n_inputs = dictionary.shape
    ranks = n_units if ranks is None else min(ranks, n_units)
    rows = dictionary.astype(np.float64)
    residual = patches.astype(np.float64)
    patch = np.arange(len(patches))
    free = np.ones((len(patches), n_units), bool)
    units = np.zeros((len(patches), ranks), np.int64)
    activations = np.zeros((len(patches), ranks))
    for rank in range(ranks):
        # Unlike a product of matrices, this sums alike for equal filters, which then tie exactly.
        answers = np.einsum("bi,ui->bu", residual, rows) / n_inputs
        p = np.where(free, answers, -np.inf)
        best = p.argmax(axis=1)
        a = p[patch, best]
        goes_on = a > STOP / np.sqrt(n_inputs)
        units[goes_on, rank] = best[goes_on]
        activations[goes_on, rank] = a[goes_on]
        residual -= activations[:, rank, None] * rows[best]
        free[patch, best] = False
    return PursuitCode(units, activations)


def pursuit_errors(
    dictionary: NDArray[np.floating], patches: NDArray[np.floating], code: PursuitCode
) -> NDArray[np.float64]:
    """e_k = |x - R_k| for k = 1 ... ranks, (batch, ranks).

    Args:
        dictionary: (n_units, n_inputs) that the code was made with.
        patches: (batch, n_inputs) in [0, 1).
        code: of these patches.
    """
    parts = code.activations[:, :, None] * dictionary[code.units]
    residuals = patches[:, None, :] - np.clip(np.cumsum(parts, axis=1), 0, 1)
    errors: NDArray[np.float64] = np.linalg.norm(residuals, axis=2)
    return errors
