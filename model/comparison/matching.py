"""Filters of two dictionaries in pairs: which of one is most like which of the other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.comparison.contender import Floats


@dataclass(frozen=True)
class Pairs:
    """Filters in pairs, the likest first; each filter is in one pair at most.

    Attributes:
        first: (pairs,) rows of the first dictionary.
        second: (pairs,) rows of the second.
        likeness: (pairs,) the cosine of the angle between them; its sign is that of the second, where signs
            are free, and 1 is the same filter.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    likeness: NDArray[np.float64]


def best_pairs(first: Floats, second: Floats, *, signed: bool) -> Pairs:
    """Pair filters so that the sum of all likenesses is as large as it can be.

    Args:
        first: (n, n_inputs) filters.
        second: (m, n_inputs) filters.
        signed: whether a filter and its negative count as alike.

    Returns:
        min(n, m) pairs.
    """
    # Imported here: it brings in SciPy, which nothing else that a page needs at its start does.
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415

    cosines = _directions(first) @ _directions(second).T
    alike = np.abs(cosines) if signed else cosines
    rows, cols = linear_sum_assignment(alike, maximize=True)
    by_likeness = np.argsort(-alike[rows, cols], kind="stable")
    rows, cols = rows[by_likeness], cols[by_likeness]
    return Pairs(rows, cols, cosines[rows, cols])


def _directions(filters: Floats) -> NDArray[np.float64]:
    exact = filters.astype(np.float64)
    norms = np.linalg.norm(exact, axis=1, keepdims=True)
    directions: NDArray[np.float64] = np.divide(exact, norms, out=np.zeros_like(exact), where=norms > 0)
    return directions
