"""Contenders measured on the same patches, and the figures of a comparison."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from model.comparison.contender import Contender, Floats
from model.comparison.verdict import counts, duel, verdict

Curve = NDArray[np.float64]
Kind = TypeVar("Kind", bound=NDArray[Any])

BAND = (0.1, 0.9)
"""Quantiles over the patches between which the band of a curve lies."""
ASKED_ERRORS = (1.0, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
"""Mean errors that 'units needed' is told for."""


@dataclass(frozen=True)
class Measured:
    """A contender measured on some patches.

    Attributes:
        contender: who.
        errors: (batch, ranks) the error of each patch by number of components.
        mean: (ranks,) its mean over the patches.
        low, high: (ranks,) the BAND of each rank over the patches.
        fvu: (ranks,) the fraction of variance unexplained: the summed squared error over the summed squared
            distance of the patches from their mean patch.
        active_mean: (ranks,) components that a patch really uses of the first k, in the mean: fewer than k
            once some patches have no component left that adds anything.
        complete: whether it was measured with all components that it has.
        l0_mean: components that a patch uses, up to the last rank measured.
        used: how many components any patch uses.
    """

    contender: Contender
    errors: Floats
    mean: Curve
    low: Curve
    high: Curve
    fvu: Curve
    active_mean: Curve
    complete: bool
    l0_mean: float
    used: int

    @property
    def nbytes(self) -> int:
        """Bytes that it takes in memory."""
        return self.errors.nbytes + 4 * self.mean.nbytes + self.contender.filters.nbytes


def measure_contender(contender: Contender, patches: Floats, most: int) -> Measured:
    """Measure a contender.

    Args:
        contender: who.
        patches: (batch, n_inputs) test patches in [0, 1), of its size; batch >= 2.
        most: components up to which it is measured, from 1. Who has fewer is measured up to its own.
    """
    errors, active = contender.errors(patches, most)
    low, high = np.quantile(errors, BAND, axis=0)
    counts = np.minimum(active.sum(axis=1)[:, None], np.arange(1, errors.shape[1] + 1))
    away = patches - patches.mean(axis=0, dtype=np.float64)
    return Measured(
        contender=contender,
        errors=errors,
        mean=errors.mean(axis=0, dtype=np.float64),
        low=low,
        high=high,
        fvu=np.square(errors, dtype=np.float64).sum(axis=0) / max(float(np.square(away).sum()), 1e-300),
        active_mean=counts.mean(axis=0, dtype=np.float64),
        complete=errors.shape[1] < most,
        l0_mean=float(active.sum() / len(active)),
        used=int(active.any(axis=0).sum()),
    )


def to_length(values: Kind, ranks: int) -> Kind:
    """Curves up to a number of components: cut, or with the last value going on.

    Args:
        values: (..., measured ranks).
        ranks: how many are wanted, from 1.

    Returns:
        (..., ranks): with no component left to add, an error stays what it is.
    """
    kept = values[..., :ranks]
    missing = ranks - kept.shape[-1]
    longer = np.concatenate([kept, np.repeat(kept[..., -1:], missing, axis=-1)], axis=-1)
    return cast(Kind, longer)


def common_ranks(sides: Sequence[Measured]) -> int:
    """Components up to which sides are compared.

    They are as many as the side with the most was measured with. But where a side was not measured with all
    that it has, its error further on is not known, and nobody is compared there.

    Args:
        sides: two or more.
    """
    known = [len(each.mean) for each in sides if not each.complete]
    return min(known) if known else max(len(each.mean) for each in sides)


def components_needed(mean: Curve, error: float) -> int | None:
    """The smallest k at which a mean error is at most `error`; None if there is none.

    Args:
        mean: (ranks,) mean error by number of components.
        error: the error asked for.
    """
    enough = np.flatnonzero(mean <= error)
    return int(enough[0]) + 1 if len(enough) else None


def warnings(sides: Sequence[Measured]) -> list[str]:
    """What makes a comparison unfair or impossible, a sentence each.

    Args:
        sides: two or more.
    """
    found = []
    sizes = {each.contender.patch_size for each in sides}
    if len(sizes) > 1:
        listed = " and ".join(f"{size} x {size}" for size in sorted(sizes))
        found.append(
            f"Patch sizes differ ({listed} pixels): an error is summed over all values of a patch, so the "
            "curves can't be compared."
        )
    data = {each.contender.data for each in sides} - {""}
    if len(data) > 1:
        listed = "; ".join(f"{each.contender.label}: {each.contender.data or 'none'}" for each in sides)
        found.append(f"They learned from different pictures ({listed}): part of a difference is theirs.")
    return found


def verdict_of(sides: Sequence[Measured]) -> str:
    """The comparison in words: of two, who is better where; of more, each against the first.

    Args:
        sides: two or more, measured on the same patches unless their sizes differ.
    """
    if len({each.contender.patch_size for each in sides}) > 1:
        return "No verdict: patches of different sizes can't be compared."
    ranks = common_ranks(sides)
    errors = [to_length(each.errors, ranks) for each in sides]
    labels = [each.contender.label for each in sides]
    if len(sides) == 2:
        return verdict(duel((labels[0], labels[1]), errors[0], errors[1]))
    pairs = [
        f"{labels[0]} and {labels[i]}: {verdict(duel((labels[0], labels[i]), errors[0], errors[i]))}"
        for i in range(1, len(sides))
    ]
    return "\n".join([_best_of_all(labels, errors), *pairs])


def _best_of_all(labels: Sequence[str], errors: Sequence[Floats]) -> str:
    """Who has the smallest mean error where."""
    means = np.array([each.mean(axis=0, dtype=np.float64) for each in errors])
    ranks = means.shape[1]
    names = [*labels, "no one clearly"]  # the last is what -1 looks up
    best = _clearly_best(errors)
    ends = [*(np.flatnonzero(np.diff(best)) + 1), ranks]
    begins = [0, *ends[:-1]]
    parts = [
        f"{names[best[begin]]} at k = {begin + 1}" + (f" to {end}" if end - begin > 1 else "")
        for begin, end in zip(begins, ends, strict=True)
    ]
    sums = means.sum(axis=1)
    smallest = int(sums.argmin())
    in_all = f"Summed over k = 1 to {ranks}, {labels[smallest]} has the smallest error, {sums[smallest]:.1f}."
    if len(parts) > 8:
        told = [f"{each} at {int((best == i).sum())}" for i, each in enumerate(labels)]
        return f"The smallest mean error, of {ranks} numbers of components: {', '.join(told)}. {in_all}"
    return f"The smallest mean error: {', '.join(parts)}. {in_all}"


def _clearly_best(errors: Sequence[Floats]) -> NDArray[np.int64]:
    """(ranks,) the side with the smallest mean error, -1 where a difference to another one does not count."""
    means = np.array([each.mean(axis=0, dtype=np.float64) for each in errors])
    best = means.argmin(axis=0)
    smallest = np.take_along_axis(np.stack(errors), best[None, None], axis=0)[0]
    clear = np.ones(len(best), np.bool_)
    for place, each in enumerate(errors):
        found = duel(("", ""), smallest, each)
        clear &= counts(found) | (best == place)
    return np.where(clear, best, -1)


def figures(side: Measured, ranks: int) -> dict[str, object]:
    """The figures of one side, in types that JSON has.

    Args:
        side: who.
        ranks: components up to which all sides are told.
    """
    mean = to_length(side.mean, ranks)
    contender = side.contender
    return {
        "label": contender.label,
        "protocol": contender.protocol.in_words(),
        "patch_size": contender.patch_size,
        "data": contender.data,
        "components": len(contender.filters),
        "error_by_rank": mean.tolist(),
        "error_sum": float(mean.sum()),
        "final_error": float(mean[-1]),
        "fvu_by_rank": to_length(side.fvu, ranks).tolist(),
        "l0_mean": side.l0_mean,
        "components_used": side.used,
        "units_needed": {str(error): components_needed(mean, error) for error in ASKED_ERRORS},
        "cost": contender.cost.as_json(),
    }
