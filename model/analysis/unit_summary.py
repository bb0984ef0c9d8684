"""One unit over many patches: which drive it, how strongly it responds, which units fire with it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.analysis.population import (
    CorrelatedUnit,
    Population,
    at_quantiles,
    correlated_units,
    skewness,
    strongest,
)

STRONGEST = 8
"""Patches with the largest activations."""
QUANTILES = (0.95, 0.75, 0.5, 0.25, 0.0)
"""Of the activations of patches that make the unit active."""
COMPANIONS = 8
"""Correlated units."""
BARS = 40
"""Of the histogram of activations."""


@dataclass(frozen=True)
class UnitSummary:
    """One unit over the patches of a population.

    Attributes:
        unit: its number.
        strongest: up to STRONGEST indices of patches, the largest activation first.
        at_quantiles: indices of patches at QUANTILES; none for a dead unit.
        activations: of the patches in `strongest`, then of those in `at_quantiles`.
        histogram: (BARS,) counts of all activations from 0 to the largest.
        largest: the largest activation, 0 to 1.
        skewness: of all activations.
        correlated: up to COMPANIONS units, the largest correlation first.
    """

    unit: int
    strongest: NDArray[np.int64]
    at_quantiles: NDArray[np.int64]
    activations: NDArray[np.float32]
    histogram: NDArray[np.int64]
    largest: float
    skewness: float
    correlated: tuple[CorrelatedUnit, ...]


def summarise_unit(population: Population, unit: int) -> UnitSummary:
    """Summarise one unit; takes time in proportion to patches times units, for the correlations.

    Args:
        population: over at least one patch.
        unit: 0 to n_units - 1.
    """
    activations = population.activations[:, unit]
    top = strongest(activations, STRONGEST)
    spread = at_quantiles(activations, np.array(QUANTILES, np.float32))
    largest = float(activations.max())
    return UnitSummary(
        unit=unit,
        strongest=top,
        at_quantiles=spread,
        activations=activations[np.concatenate([top, spread])],
        histogram=np.histogram(activations, BARS, (0, largest or 1))[0],
        largest=largest,
        skewness=skewness(activations),
        correlated=tuple(correlated_units(population, unit, COMPANIONS)),
    )
