"""Who is better where, by how much, and where nobody can tell: a comparison in words, computed from numbers.

Both sides are measured on the same patches, so what counts is the difference of their errors patch by patch:
its mean, and the standard error of that mean, which is the noise of drawing these patches and not others. At
one k a difference counts if it is more than NOISE standard errors and more than NEGLIGIBLE.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]

NOISE = 2.0
"""Standard errors of the mean difference that pass for noise."""
NEGLIGIBLE = 0.001
"""Of the error, an L2 norm: rounding the pixels of a 7 x 7 patch to bytes makes one of 0.014."""
MOST_STRETCHES = 6
"""More are counted instead of told one by one."""


@dataclass(frozen=True)
class Duel:
    """Two sides on the same patches.

    Attributes:
        labels: of both, for people.
        means: the mean error by rank of both, (ranks,) each, for the same ranks.
        standard_errors: (ranks,) of the mean difference.
        patches: how many were drawn.
    """

    labels: tuple[str, str]
    means: tuple[Curve, Curve]
    standard_errors: Curve
    patches: int


@dataclass(frozen=True)
class Stretch:
    """Neighbouring numbers of components at which the comparison ends alike.

    Attributes:
        first, last: the numbers of components, both included, from 1.
        winner: 0 or 1, the better side; None where no difference counts.
    """

    first: int
    last: int
    winner: int | None


def duel(labels: tuple[str, str], first: NDArray[np.float32], second: NDArray[np.float32]) -> Duel:
    """Put two measured sides against each other.

    Args:
        labels: of both, for people.
        first: (batch, ranks) errors of one side, batch >= 2.
        second: those of the other, of the same patches and ranks.
    """
    differences = first.astype(np.float64) - second
    return Duel(
        labels=labels,
        means=(first.mean(axis=0, dtype=np.float64), second.mean(axis=0, dtype=np.float64)),
        standard_errors=differences.std(axis=0, ddof=1) / np.sqrt(len(first)),
        patches=len(first),
    )


def counts(of: Duel) -> NDArray[np.bool_]:
    """(ranks,) at which numbers of components a difference counts: more than noise, and not negligible.

    Args:
        of: the two sides.
    """
    difference = np.abs(of.means[0] - of.means[1])
    return difference > np.maximum(NOISE * of.standard_errors, NEGLIGIBLE)


def stretches(of: Duel) -> list[Stretch]:
    """Every k once, from 1 to the last: who is better there.

    Args:
        of: the two sides.
    """
    outcome = np.where(counts(of), np.where(of.means[0] < of.means[1], 0, 1), -1)
    ends = [*(np.flatnonzero(np.diff(outcome)) + 1), len(outcome)]
    return [
        Stretch(int(begin) + 1, int(end), None if outcome[begin] < 0 else int(outcome[begin]))
        for begin, end in pairwise([0, *ends])
    ]


def verdict(of: Duel) -> str:
    """The comparison in a few sentences.

    Args:
        of: the two sides.
    """
    found = stretches(of)
    if len(found) == 1 and found[0].winner is None:
        return f"A tie: {_why_a_tie(of, found[0])} at every k."
    told = _one_by_one(of, found) if len(found) <= MOST_STRETCHES else _counted(of, found)
    return f"{told} {_in_all(of)}"


def _one_by_one(of: Duel, found: list[Stretch]) -> str:
    last = len(of.means[0])
    sentences = []
    for each in found:
        where = _place(each, last)
        if each.winner is None:
            sentences.append(f"{where[0].upper()}{where[1:]}, {_why_a_tie(of, each)}.")
        else:
            sentences.append(f"{of.labels[each.winner]} is better {where}, {_by_how_much(of, each)}.")
    return " ".join(sentences)


def _counted(of: Duel, found: list[Stretch]) -> str:
    """For curves that cross again and again."""
    ranks = [sum(each.last - each.first + 1 for each in found if each.winner == side) for side in (0, 1)]
    undecided = len(of.means[0]) - sum(ranks)
    return (
        f"The curves cross often: {of.labels[0]} is better at {ranks[0]} of {len(of.means[0])} numbers of "
        f"components, {of.labels[1]} at {ranks[1]}, and at {undecided} no difference counts."
    )


def _place(where: Stretch, last: int) -> str:
    if where.first == 1 and where.last == last:
        return "at every k"
    if where.first == where.last:
        return f"at k = {where.first}"
    if where.last == last:
        return f"from k = {where.first} on"
    return f"from k = {where.first} to {where.last}"


def _by_how_much(of: Duel, where: Stretch) -> str:
    """On average over a stretch, and where the share is largest."""
    assert where.winner is not None
    ranks = slice(where.first - 1, where.last)
    better, worse = of.means[where.winner][ranks], of.means[1 - where.winner][ranks]
    average = _percent(1 - better.sum() / worse.sum())
    if where.first == where.last:
        return f"by {average} ({better[0]:.3f} against {worse[0]:.3f})"
    at = int(np.argmax(worse - better))
    return (
        f"by {average} on average, most at k = {where.first + at} ({better[at]:.3f} against {worse[at]:.3f})"
    )


def _why_a_tie(of: Duel, where: Stretch) -> str:
    ranks = slice(where.first - 1, where.last)
    difference = np.abs(of.means[0][ranks] - of.means[1][ranks])
    if (difference <= NOISE * of.standard_errors[ranks]).all():
        return f"the difference is within the noise of the draw of {of.patches:,} patches"
    return f"the difference is within the noise of the draw of {of.patches:,} patches, or under {NEGLIGIBLE}"


def _in_all(of: Duel) -> str:
    sums = [float(mean.sum()) for mean in of.means]
    better = int(sums[1] < sums[0])
    share = 1 - sums[better] / sums[1 - better] if sums[1 - better] > 0 else 0.0
    last = len(of.means[0])
    if share < 0.0005:
        return f"Summed over k = 1 to {last} both have {sums[better]:.1f}."
    return (
        f"Summed over k = 1 to {last}, {of.labels[better]} has the smaller error, {sums[better]:.1f} against "
        f"{sums[1 - better]:.1f} ({_percent(share)} less)."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share < 0.0995 else f"{100 * share:.0f} %"
