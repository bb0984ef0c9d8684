"""The filter grid: every unit's filter as a button, the units of one patch lit and numbered by rank."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.components import declare
from app.components.coding import Coding
from app.components.payload import pack
from app.components.triggers import read_trigger
from model.analysis.population import Population, order_by_likeness

_mount = declare("filter_grid")


def following_filter_grid(weights: NDArray[np.float32], patch_size: int, *, key: str) -> None:
    """Show the filters of the moment that the page's time scrubber stands at, in order of unit, none lit.

    Args:
        weights: (n_units, n_inputs), shown until there is such a moment; none at all stays with the last.
        patch_size: height and width of a filter in pixels.
        key: of the component on the page.
    """
    _mount(data=pack({"patchSize": patch_size, "linked": False}, weights=weights), key=key)


def linked_filter_grid(
    weights: NDArray[np.float32],
    patch_size: int,
    population: Population,
    coding: Coding,
    *,
    unit: int,
    on_pick: Callable[[int], None],
    key: str,
) -> None:
    """Show the filters, sortable, with the units lit that are active for the patch the page's player shows.

    It publishes the weights to the page's other components.

    Args:
        weights: (n_units, n_inputs).
        patch_size: height and width of a filter in pixels.
        population: what the units do over test patches.
        coding: how units are chosen.
        unit: the one that is looked at closely, 0 to n_units - 1.
        on_pick: called with a unit before the next script run, when the visitor picks one.
        key: of the component on the page.
    """

    def picked() -> None:
        unit = read_trigger(key, "unit", int)
        if unit is not None and 0 <= unit < len(weights):
            on_pick(unit)

    data = pack(
        {"patchSize": patch_size, **coding.header(), "linked": True, "unit": unit},
        weights=weights,
        meanActivation=population.mean_activation.astype(np.float32),
        firingRate=population.firing_rate.astype(np.float32),
        meanRank=population.mean_rank.astype(np.float32),
        likeness=order_by_likeness(weights).astype(np.uint16),
    )
    _mount(data=data, key=key, on_unit_change=picked)
