"""What a model's units do over many patches: how often each fires, at which rank, with which others."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.coding.coder import by_unit, coded_errors, dictionary_for
from model.coding.decomposition import decompose
from model.config import Coder
from model.kernels.pursuit import Pursuer
from model.metrics import Measurement, summarise

Floats = NDArray[np.float32]
Figures = NDArray[np.float64]

BAND = (0.1, 0.9)
"""The quantiles of the error by rank between which four of five patches lie."""


@dataclass(frozen=True)
class Population:
    """What the units of a model do over a set of patches.

    Attributes:
        activations: (patches, n_units) float32, in [0, 1]; 0 for a unit that is not active.
        ranks: (patches, n_units) uint16, the rank of each active unit from 1; 0 where it is not active.
        error_band: (2, n_units) float32, the error by rank that a tenth and nine tenths of the
            patches stay under.
        measurement: the model's figures over the same patches.
    """

    activations: Floats
    ranks: NDArray[np.uint16]
    error_band: Floats
    measurement: Measurement

    @property
    def nbytes(self) -> int:
        """Bytes that it takes once all that is cached has been computed."""
        n_units = self.ranks.shape[1]
        occupancy: int = 8 * n_units**2
        return self.activations.nbytes + self.ranks.nbytes + occupancy

    @cached_property
    def mean_activation(self) -> Figures:
        """(n_units,) over all patches, silent ones included: what the author sorts filters by."""
        mean: Figures = self.activations.mean(axis=0, dtype=np.float64)
        return mean

    @cached_property
    def firing_rate(self) -> Figures:
        """(n_units,) the share of patches that make a unit active; 0 for a dead unit."""
        rate: Figures = (self.ranks > 0).mean(axis=0)
        return rate

    @cached_property
    def mean_rank(self) -> Figures:
        """(n_units,) over the patches that make a unit active; n_units + 1 for a dead unit."""
        fired = (self.ranks > 0).sum(axis=0)
        dead = len(fired) + 1.0
        mean: Figures = np.where(fired > 0, self.ranks.sum(axis=0) / np.maximum(fired, 1), dead)
        return mean

    @cached_property
    def active_units(self) -> NDArray[np.int64]:
        """(patches,) how many units each patch makes active."""
        count: NDArray[np.int64] = (self.ranks > 0).sum(axis=1)
        return count

    @cached_property
    def occupancy(self) -> NDArray[np.int64]:
        """(n_units, n_units): row i, column k - 1 counts the patches for which unit i has rank k."""
        n_units = self.ranks.shape[1]
        patch, unit = np.nonzero(self.ranks)
        cells = unit * n_units + self.ranks[patch, unit] - 1
        return np.bincount(cells, minlength=n_units**2).reshape(n_units, n_units)


class CorrelatedUnit(NamedTuple):
    """A unit that fires together with another, and the correlation of their activations, -1 to 1."""

    unit: int
    correlation: float


def measure_population(weights: Floats, patches: Floats, coder: Coder = Coder.RANK_ORDER) -> Population:
    """Decompose patches and collect what the units do.

    Args:
        weights: (n_units, n_inputs).
        patches: (count, n_inputs) in [0, 1), count >= 1.
        coder: how units are chosen.
    """
    if coder is Coder.RANK_ORDER:
        activations, ranks = _answers(weights, patches)
        errors, active = coded_errors(coder, weights, patches)
    else:
        pursuer = Pursuer(dictionary_for(coder, weights))
        chosen = pursuer.choose(patches)
        activations, ranks = by_unit(*chosen)
        errors, active = pursuer.errors_of(patches, *chosen)
    band = np.quantile(errors, BAND, axis=0).astype(np.float32)
    return Population(activations, ranks, band, summarise(errors, active))


def _answers(weights: Floats, patches: Floats) -> tuple[Floats, NDArray[np.uint16]]:
    """Activations and ranks where all units are ranked at once, (patches, n_units) each."""
    code = decompose(weights, patches)
    ranks = np.empty_like(code.rank_order, np.uint16)
    places = np.arange(1, len(weights) + 1, dtype=np.uint16)[None]
    np.put_along_axis(ranks, code.rank_order, places, axis=1)
    ranks[code.activations == 0] = 0
    return code.activations, ranks


def strongest(activations: Floats, count: int) -> NDArray[np.int64]:
    """The patches with the largest activations of one unit.

    Args:
        activations: (patches,) of the unit.
        count: at most so many.

    Returns:
        Indices of patches, the largest activation first; none where the unit is not active.
    """
    order = np.argsort(-activations, kind="stable")[:count]
    return order[activations[order] > 0]


def at_quantiles(activations: Floats, quantiles: Floats) -> NDArray[np.int64]:
    """The patches at some quantiles of one unit's activations above 0.

    Args:
        activations: (patches,) of one unit.
        quantiles: from 0, the smallest activation above 0, to 1, the largest.

    Returns:
        An index of a patch for each; none at all for a dead unit.
    """
    fired = np.flatnonzero(activations)
    ordered = fired[np.argsort(activations[fired], kind="stable")]
    if len(ordered) == 0:
        return ordered
    return ordered[np.round(np.asarray(quantiles) * (len(ordered) - 1)).astype(np.int64)]


def skewness(values: Floats) -> float:
    """The third standardised moment: 0 where the values lie evenly around their mean, or are all equal."""
    centred = values.astype(np.float64) - values.mean(dtype=np.float64)
    deviation = np.sqrt((centred**2).mean())
    return float((centred**3).mean() / deviation**3) if deviation > 1e-12 else 0.0


def correlated_units(population: Population, unit: int, count: int) -> list[CorrelatedUnit]:
    """The units whose activations have the largest positive correlation with those of one unit.

    Args:
        population: over at least one patch.
        unit: 0 to n_units - 1; one with constant activations correlates with none.
        count: at most so many.

    Returns:
        The largest correlation first.
    """
    centred = population.activations - population.activations.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    products = centred.T @ centred[:, unit]
    norms = length * length[unit]
    correlation = np.divide(products, norms, out=np.zeros_like(products), where=norms > 1e-9)
    correlation[unit] = -np.inf
    order = np.argsort(-correlation, kind="stable")[:count]
    return [CorrelatedUnit(int(u), float(correlation[u])) for u in order if correlation[u] > 0]


def order_by_likeness(weights: Floats) -> NDArray[np.int64]:
    """An order of the units in which neighbours look alike, (n_units,).

    A chain: from the unit with the longest filter always on to the one, of those that are left, whose
    filter has the largest cosine with the last one's. Ties go to the lower unit.
    """
    length = np.linalg.norm(weights, axis=1, keepdims=True)
    cosine = (weights / np.maximum(length, 1e-12)) @ (weights / np.maximum(length, 1e-12)).T
    order = [int(length.argmax())]
    free = np.ones(len(weights), bool)
    free[order[0]] = False
    while free.any():
        following = int(np.where(free, cosine[order[-1]], -np.inf).argmax())
        order.append(following)
        free[following] = False
    return np.array(order)
