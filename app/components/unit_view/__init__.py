"""One unit looked at closely: its filter, what drives it, how often it fires, at which rank, with whom."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.components import declare
from app.components.payload import pack
from app.components.triggers import read_trigger
from model.analysis.population import Population, at_quantiles, correlated_units, skewness, strongest
from model.config import PIXEL_SCALE

STRONGEST = 8
QUANTILES = (0.95, 0.75, 0.5, 0.25, 0.0)
COMPANIONS = 8
BARS = 40

_mount = declare("unit_view")


def unit_view(
    unit: int,
    weights: NDArray[np.float32],
    population: Population,
    patches: NDArray[np.float32],
    *,
    on_example: Callable[[int], None],
    on_unit: Callable[[int], None],
    key: str,
) -> None:
    """Show the unit.

    Args:
        unit: 0 to n_units - 1.
        weights: (n_units, n_inputs).
        population: what the units do over `patches`.
        patches: (count, n_inputs) in [0, 1).
        on_example: called with a place in `patches` before the next script run, when the visitor picks it.
        on_unit: called with a unit in the same way, when the visitor picks one that fires together with this
            one.
        key: of the component on the page.
    """

    def picked_example() -> None:
        place = read_trigger(key, "example", int)
        if place is not None and 0 <= place < len(patches):
            on_example(place)

    def picked_unit() -> None:
        other = read_trigger(key, "unit", int)
        if other is not None and 0 <= other < len(weights):
            on_unit(other)

    data = _payload(unit, weights, population, patches)
    _mount(data=data, key=key, on_example_change=picked_example, on_unit_change=picked_unit)


def _payload(
    unit: int, weights: NDArray[np.float32], population: Population, patches: NDArray[np.float32]
) -> bytes:
    activations = population.activations[:, unit]
    top = strongest(activations, STRONGEST)
    spread = at_quantiles(activations, np.array(QUANTILES, np.float32))
    examples = np.concatenate([top, spread])
    friends = correlated_units(population, unit, COMPANIONS)
    most, skew = float(activations.max()), skewness(activations)
    header = {
        "unit": unit,
        "patchSize": round((weights.shape[1] / 3) ** 0.5),
        "patches": len(patches),
        "top": len(top),
        "quantiles": QUANTILES if len(spread) else (),
        "most": most,
        "mean": float(population.mean_activation[unit]),
        "rate": float(population.firing_rate[unit]),
        "meanRank": float(population.mean_rank[unit]),
        "skew": skew,
        "skewWords": skew_in_words(skew) if most > 0 else "",
        "correlations": [friend.correlation for friend in friends],
    }
    return pack(
        header,
        filter=weights[unit],
        counts=np.histogram(activations, BARS, (0, most or 1))[0].astype(np.int32),
        rankCounts=population.occupancy[unit].astype(np.int32),
        places=examples.astype(np.int32),
        examples=(patches[examples] * PIXEL_SCALE).astype(np.uint8),
        answers=activations[examples],
        friends=np.array([friend.unit for friend in friends], np.int32),
        friendFilters=weights[[friend.unit for friend in friends]],
    )


def skew_in_words(skew: float) -> str:
    """What the skewness of a unit's activations says about how it answers."""
    if skew > 3:
        return "almost always silent or faint, now and then very strong: a sparse code"
    if skew > 1:
        return "mostly faint, sometimes strong"
    if skew > -1:
        return "weak about as often as it is strong: hardly sparse"
    return "mostly strong, sometimes faint"
