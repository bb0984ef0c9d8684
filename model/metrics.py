"""How well a model reconstructs patches: the error by rank, and figures computed from it."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.coding.coder import coded_errors
from model.config import Coder


@dataclass(frozen=True)
class Measurement:
    """A model measured on a set of patches (Bertens 2016).

    Attributes:
        error_by_rank: (n_units,) e_k averaged over the patches; e_k is the L2 norm of the residual
            with k units. The paper's main curve.
        objective: J = sum over k of k e_k, averaged over the patches; what the paper's author plots.
        l0_mean: active units per patch.
        dead_units: units that no patch makes active.
        patches: how many were measured.
    """

    error_by_rank: NDArray[np.float64]
    objective: float
    l0_mean: float
    dead_units: int
    patches: int

    @property
    def final_error(self) -> float:
        """The error with every active unit: the paper's 'reconstruction error'."""
        return float(self.error_by_rank[-1])

    @property
    def error_sum(self) -> float:
        """The error by rank summed over all ranks: one number for the whole curve."""
        return float(self.error_by_rank.sum())

    def as_json(self) -> dict[str, Any]:
        """Every figure under its own name, in types that JSON has."""
        return {
            "error_by_rank": self.error_by_rank.tolist(),
            "error_sum": self.error_sum,
            "final_error": self.final_error,
            "objective": self.objective,
            "l0_mean": self.l0_mean,
            "dead_units": self.dead_units,
            "patches": self.patches,
        }


def measure(
    weights: NDArray[np.float32], patches: NDArray[np.float32], coder: Coder = Coder.RANK_ORDER
) -> Measurement:
    """Measure a model.

    Args:
        weights: (n_units, n_inputs).
        patches: (batch, n_inputs) in [0, 1), batch >= 1.
        coder: how units are chosen.
    """
    return summarise(*coded_errors(coder, weights, patches))


def summarise(errors: NDArray[np.float32], active: NDArray[np.bool_]) -> Measurement:
    """Average what `coded_errors` returns.

    Args:
        errors: (batch, n_units), e_k of each patch, batch >= 1.
        active: (batch, n_units), which units each patch makes active.
    """
    mean = errors.mean(axis=0, dtype=np.float64)
    return Measurement(
        error_by_rank=mean,
        objective=float((np.arange(1, len(mean) + 1) * mean).sum()),
        l0_mean=float(active.sum() / len(active)),
        dead_units=int((~active.any(axis=0)).sum()),
        patches=len(errors),
    )


def psnr(mean_squared_error: float) -> float:
    """Peak signal-to-noise ratio in dB of a mean squared error, >= 0, of pixels in [0, 1]; infinite for 0."""
    return math.inf if mean_squared_error <= 0 else -10 * math.log10(mean_squared_error)
