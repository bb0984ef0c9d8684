"""One unit in detail: its filter, what drives it, how often it fires, at which rank, with which others."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.components import declare
from app.components.payload import pack
from app.components.triggers import read_trigger
from model.analysis.population import Population
from model.analysis.unit_summary import QUANTILES, UnitSummary
from model.config import PIXEL_SCALE

_mount = declare("unit_view")


def unit_view(
    summary: UnitSummary,
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
        summary: of the unit.
        weights: (n_units, n_inputs).
        population: of the model over `patches`.
        patches: (count, n_inputs) in [0, 1).
        on_example: called with an index of `patches` before the next script run, when the visitor picks it.
        on_unit: the same with a unit that fires together with this one.
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

    data = _payload(summary, weights, population, patches)
    _mount(data=data, key=key, on_example_change=picked_example, on_unit_change=picked_unit)


def _payload(
    summary: UnitSummary,
    weights: NDArray[np.float32],
    population: Population,
    patches: NDArray[np.float32],
) -> bytes:
    unit, skew = summary.unit, summary.skewness
    examples = np.concatenate([summary.strongest, summary.at_quantiles])
    correlated = np.array([other.unit for other in summary.correlated], np.int32)
    header = {
        "unit": unit,
        "patchSize": round((weights.shape[1] / 3) ** 0.5),
        "patches": len(patches),
        "top": len(summary.strongest),
        "quantiles": QUANTILES if len(summary.at_quantiles) else (),
        "most": summary.largest,
        "mean": float(population.mean_activation[unit]),
        "rate": float(population.firing_rate[unit]),
        "meanRank": float(population.mean_rank[unit]),
        "skew": skew,
        "skewWords": skew_in_words(skew) if summary.largest > 0 else "",
        "correlations": [other.correlation for other in summary.correlated],
    }
    return pack(
        header,
        filter=weights[unit],
        counts=summary.histogram.astype(np.int32),
        rankCounts=population.occupancy[unit].astype(np.int32),
        places=examples.astype(np.int32),
        examples=(patches[examples] * PIXEL_SCALE).astype(np.uint8),
        answers=summary.activations,
        friends=correlated,
        friendFilters=weights[correlated],
    )


def skew_in_words(skew: float) -> str:
    """What the skewness of a unit's activations says about how it responds."""
    if skew > 3:
        return "almost always silent or faint, now and then very strong: a sparse code"
    if skew > 1:
        return "mostly faint, sometimes strong"
    if skew > -1:
        return "weak about as often as it is strong: hardly sparse"
    return "mostly strong, sometimes faint"
