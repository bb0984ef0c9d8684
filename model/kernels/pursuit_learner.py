"""Dictionaries on their way to serve pursuit, compiled: the fast counterpart of `pursuit_rule.py`."""

import numpy as np
from numpy.typing import NDArray

from model.data.pictures import Corners, Pictures, cut_patches
from model.kernels import pursuit_learning_loops as loops
from model.kernels.loops import aligned, padded
from model.kernels.thread_pool import share

Floats = NDArray[np.float32]


class PursuitLearner:
    """The rows of a dictionary in training and the moments of its steps.

    Attributes:
        updates: how many updates have been made.
        at_own_rank: whether units learn from the residual at their own rank alone.
    """

    def __init__(self, weights: Floats, rank_weights: Floats, beta1: float, *, at_own_rank: bool) -> None:
        """Start from rows of norm 1, which are copied, with both moments zero.

        Args:
            weights: (n_units, n_inputs).
            rank_weights: (ranks,) how much the residual of each rank counts; as many units are chosen for a
                patch, at most.
            beta1: how much of the first moment stays at each update, 0 to 1.
            at_own_rank: learn from the residual at a unit's own rank alone; weights do not count then.
        """
        self._n_inputs = weights.shape[1]
        self._rows = padded(weights)
        self._moments = aligned(self._rows.shape), aligned(self._rows.shape)
        self.updates = 0
        self._rank_weights = np.ascontiguousarray(rank_weights[: len(weights)], np.float32)
        self._beta1 = beta1
        self.at_own_rank = at_own_rank

    @property
    def weights(self) -> Floats:
        """(n_units, n_inputs) float32, rows of norm 1; a copy."""
        return self._rows[:, : self._n_inputs].copy()

    @property
    def moments(self) -> tuple[Floats, Floats]:
        """The first, (n_units, n_inputs), and the second, one number all along a row; copies."""
        first, second = (moment[:, : self._n_inputs].copy() for moment in self._moments)
        return first, second

    def resume(self, first_moment: Floats, second_moment: Floats, updates: int) -> None:
        """Go on from where another learner stood, as `compiled.Learner.resume` does.

        Args:
            first_moment: (n_units, n_inputs).
            second_moment: the same shape.
            updates: how many had been made.
        """
        self._moments = padded(first_moment), padded(second_moment)
        self.updates = updates

    def learn(
        self, pictures: Pictures, corners: Corners, patch_size: int, batch_size: int, steps: Floats
    ) -> None:
        """Make one update for each batch, as `compiled.Learner.learn` does.

        Args:
            pictures: where the patches are cut from.
            corners: the patches, batch after batch; the last batch may be smaller.
            patch_size: height and width of a patch in pixels.
            batch_size: patches averaged into one update, at least 1.
            steps: (batches,) float32, the step size for each batch, above 0.
        """
        patches = padded(cut_patches(pictures, corners, patch_size))
        share(
            loops.learn, self._rows, *self._moments, self.updates, self._n_inputs, patches, batch_size,
            self._rank_weights, self.at_own_rank, self._beta1, steps,
            aligned((len(self._rows), len(self._rows))), aligned((loops.LANES, *self._rows.shape)),
        )  # fmt: skip
        self.updates += len(steps)


def unit_rows(rows: Floats) -> Floats:
    """(n_units, n_inputs) with every row at norm 1, the same to the last bit each time; zero rows stay."""
    scaled = padded(rows)
    loops.normalise(scaled)
    return scaled[:, : rows.shape[1]].copy()


def pursuit_direction(rows: Floats, patches: Floats, rank_weights: Floats, *, at_own_rank: bool) -> Floats:
    """The mean direction over a batch, as `pursuit_rule.py` gives it.

    Args:
        rows: (n_units, n_inputs) of norm 1.
        patches: (batch, n_inputs), batch >= 1.
        rank_weights: (ranks,) how much the residual of each rank counts.
        at_own_rank: `direction_at_own_rank` if true, else `direction_through_recursion`.

    Returns:
        (n_units, n_inputs) float32.
    """
    direction = padded(np.zeros_like(rows))
    loops.add_directions(
        padded(rows), rows @ rows.T, padded(patches), 0, len(patches), rank_weights[: len(rows)], at_own_rank,
        direction,
    )  # fmt: skip
    return direction[:, : rows.shape[1]] / np.float32(len(patches))
