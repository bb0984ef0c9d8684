"""What a training takes for the coordinates of a filter, and what learns in them.

The weights of a model are pixels. A training may keep rows of another kind: coefficients in a decorrelated
basis, or, for pursuit, rows of norm 1.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from model.config import OptimizerKind, Rule, TrainingConfig
from model.data.pictures import Corners, Pictures
from model.kernels.compiled import Learner
from model.kernels.pursuit_learner import PursuitLearner, unit_rows
from model.training.decorrelation import basis, correlate, decorrelate
from model.training.phases import Phase, rank_weights

Floats = NDArray[np.float32]

SECOND_MOMENT_KEPT = 0.99
"""In the decorrelated basis, where Adam's usual 0.999 would remember scales that have long changed."""
FIRST_MOMENT_KEPT, FIRST_MOMENT_KEPT_LATER = 0.9, 0.95
"""In the first phase of `pursuit` and in the second, whose batches are smaller."""


class RowLearner(Protocol):
    """What changes the rows of a training."""

    @property
    def weights(self) -> Floats:
        """(n_units, n_inputs) float32, the rows; a copy."""
        ...

    @property
    def moments(self) -> tuple[Floats, Floats]:
        """The first and the second of its steps, the same shape; copies."""
        ...

    def resume(self, first_moment: Floats, second_moment: Floats, updates: int) -> None:
        """Go on from where another learner stood, whose rows this one started from.

        Args:
            first_moment: (n_units, n_inputs).
            second_moment: the same shape.
            updates: how many had been made.
        """
        ...

    def learn(
        self, pictures: Pictures, corners: Corners, patch_size: int, batch_size: int, steps: Floats
    ) -> None:
        """Make one update for each batch.

        Args:
            pictures: where the patches are cut from.
            corners: the patches, batch after batch; the last batch may be smaller.
            patch_size: height and width of a patch in pixels.
            batch_size: patches averaged into one update, at least 1.
            steps: (batches,) float32, the step size for each batch, above 0.
        """
        ...


def rows_of(config: TrainingConfig, weights: Floats) -> Floats:
    """A model's weights in the coordinates of a training.

    Args:
        config: the settings.
        weights: (n_units, n_inputs).

    Returns:
        A new array of the same shape.
    """
    if config.rule is Rule.PURSUIT:
        return unit_rows(weights)
    if config.optimizer is OptimizerKind.DECORRELATED:
        return decorrelate(weights, config.model.patch_size)
    return weights.copy()


def weights_of(config: TrainingConfig, rows: Floats) -> Floats:
    """The inverse of `rows_of`; for pursuit, rows of norm sqrt(n_inputs) as `dictionary_for` makes them.

    Args:
        config: the settings.
        rows: (n_units, n_inputs), in the training's coordinates.

    Returns:
        A new array of the same shape.
    """
    if config.rule is Rule.PURSUIT:
        dictionary: Floats = rows * np.float32(np.sqrt(config.model.n_inputs))
        return dictionary
    if config.optimizer is OptimizerKind.DECORRELATED:
        return correlate(rows, config.model.patch_size)
    return rows.copy()


def learner_for(config: TrainingConfig, phase: Phase, rows: Floats) -> RowLearner:
    """What learns in a phase, with fresh moments.

    Args:
        config: the settings.
        phase: of this training.
        rows: (n_units, n_inputs) to start from, in the training's coordinates; they are copied.
    """
    if config.rule is Rule.PURSUIT:
        kept = FIRST_MOMENT_KEPT if phase.is_first_of_two else FIRST_MOMENT_KEPT_LATER
        weights = rank_weights(config, phase)
        return PursuitLearner(rows, weights, kept, at_own_rank=phase.is_first_of_two)
    if config.optimizer is OptimizerKind.DECORRELATED:
        return Learner(config.rule, rows, basis(config.model.patch_size), SECOND_MOMENT_KEPT)
    return Learner(config.rule, rows)
