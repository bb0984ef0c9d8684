"""Contenders made of a matrix of filters: any model, or any rival's filters, with one of the coders."""

from functools import partial

from model.coding.coder import coded_errors
from model.comparison.contender import Contender, Cost, Flags, Floats, Protocol
from model.comparison.sums import sums_of_code, sums_of_search
from model.config import Coder
from model.rivals.omp import omp_errors

OMP = "omp"
CODERS = (*(coder.value for coder in Coder), OMP)
"""What may stand behind a plus sign."""
COSTED = 20
"""Components at which the work of a coder is told."""

_CHOICES = {
    Coder.RANK_ORDER.value: "All units answer to the patch at once; the k with the largest answers are added",
    Coder.PURSUIT.value: "Units are chosen one after another, each for what those before it left missing",
    OMP: "Orthogonal matching pursuit: units are chosen one after another, of either sign",
}


def coded_contender(
    name: str,
    label: str,
    weights: Floats,
    coder: str,
    fitted: str,
    data: str,
    cost: tuple[int | None, float | None],
    units: str = "units",
) -> Contender:
    """Filters and a coder.

    Args:
        name: as on the command line.
        label: for people.
        weights: (n_units, n_inputs) of square patches with three colours.
        coder: one of CODERS.
        fitted: what the filters were fitted on, in words.
        data: name of those pictures.
        cost: patches and seconds of learning, None where unknown.
        units: what its components are called.

    Returns:
        The contender; orthogonal matching pursuit measures up to the number asked for, the others all units.
    """
    measure = _by_search if coder == OMP else partial(_by_coder, Coder(coder))
    return Contender(
        name=name,
        label=label,
        protocol=Protocol(coder == OMP, coder == OMP, False, _CHOICES[coder], fitted),
        cost=Cost(*cost, _multiplications(coder, *weights.shape), min(COSTED, len(weights))),
        patch_size=round((weights.shape[1] / 3) ** 0.5),
        data=data,
        filters=weights,
        errors=partial(measure, weights),
        rebuild=partial(sums_of_search, weights)
        if coder == OMP
        else partial(sums_of_code, Coder(coder), weights),
        units=units,
    )


def _by_search(weights: Floats, patches: Floats, most: int) -> tuple[Floats, Flags]:
    return omp_errors(weights, patches, min(most, weights.shape[1]))


def _by_coder(coder: Coder, weights: Floats, patches: Floats, most: int) -> tuple[Floats, Flags]:
    errors, active = coded_errors(coder, weights, patches)
    return errors[:, :most], active


def _multiplications(coder: str, n_units: int, n_inputs: int) -> int:
    """To choose COSTED units: all products with the patch, and for a search those with each chosen unit."""
    chosen = min(COSTED, n_units)
    once = n_units * n_inputs
    if coder == Coder.RANK_ORDER:
        return once
    if coder == Coder.PURSUIT:
        return once + n_units * chosen
    return once + (n_units + 2 * n_inputs) * chosen * (chosen - 1) // 2 + n_inputs * chosen
