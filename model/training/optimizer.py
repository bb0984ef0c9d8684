"""The updates of a training, between its snapshots: draw patches, update the weights, average them.

After any update an optimizer's state can be saved and another optimizer resumed from it, in this process or
another one; the weights at the end are the same to the last bit.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.config import OptimizerKind, Rule, TrainingConfig
from model.data.pictures import Corners, Pictures, random_corners
from model.kernels.processors import ProcessorChoice
from model.training.coordinates import learner_for, rows_of, weights_of
from model.training.phases import Phase, phase_at, phases
from model.training.starts import signed_pairs, starting_weights

Floats = NDArray[np.float32]

BATCHES_PER_DRAW = 64
"""Patches are drawn for this many updates at a time."""
AVERAGING = 20
"""The model of a snapshot is a running mean of the latest weights, over about 1 / AVERAGING of all
updates so far: polynomial-decay averaging (Shamir and Zhang 2013, arXiv 1212.1824, section 4). It removes
the noise of a step size that is still large."""
AVERAGING_DECORRELATED = 5
"""The same for the decorrelated optimizer."""
WORK_AT_ONCE = 30_000_000
"""Patches times weights of one call to the kernel, some hundredths of a second, so that a pause or a stop
takes effect soon. A single update that is larger is one call."""


@dataclass(frozen=True)
class StepSize:
    """Adam's step size over a training: an exponential decay, as `TrainingConfig` has it.

    Attributes:
        start: the step at the start, above 0 and at most 1.
        decay: the step at the end as a share of it, above 0 and at most 1.
    """

    start: float
    decay: float

    def at(self, shares: NDArray[np.float64]) -> Floats:
        """The step sizes, float32, when these shares of the training, 0 to 1, are done."""
        steps: Floats = (self.start * self.decay**shares).astype(np.float32)
        return steps


@dataclass(frozen=True)
class OptimizerState:
    """All that a training needs to be resumed as if it had never stopped.

    The patches it will draw depend on the seed and on `patches_seen` alone.

    Attributes:
        patches_seen: a whole number of updates, or all patches.
        weights: (n_units, n_inputs) float32, as the last update left them, in the training's coordinates.
        averaged: the running mean of the model's weights as of the last complete draw, the same shape.
        first_moment: Adam's, the same shape, in the training's coordinates.
        second_moment: Adam's, the same shape.
        step: the step size in force.
    """

    patches_seen: int
    weights: Floats
    averaged: Floats
    first_moment: Floats
    second_moment: Floats
    step: StepSize


def initial_state(
    config: TrainingConfig, pictures: Pictures, weights: Floats | None = None
) -> OptimizerState:
    """The state before the first update.

    Args:
        config: the settings.
        pictures: the training pictures, of which some starts take the looks.
        weights: to start from, (n_units, n_inputs) float32; None starts from what `config` says.

    Raises:
        DataError: a picture is smaller than a patch, and the start looks at them.
    """
    start = starting_weights(config, pictures) if weights is None else weights
    zeros = np.zeros_like(start)
    step = StepSize(config.step_size, config.step_decay)
    return OptimizerState(0, rows_of(config, start), start, zeros, zeros, step)


class Optimizer:
    """Adam along a learning rule, on random patches of some pictures, with averaged weights.

    Attributes:
        patches_seen: patches learned from so far.
        step: the step size; a new value takes effect with the next update.
    """

    def __init__(self, config: TrainingConfig, pictures: Pictures, state: OptimizerState) -> None:
        """Resume a training.

        Args:
            config: the settings.
            pictures: where patches are drawn from.
            state: where the training stands; it is copied.

        Raises:
            DataError: a picture is smaller than a patch.
        """
        self.patches_seen = state.patches_seen
        self.step = state.step
        self._config = config
        self._pictures = pictures
        self._averaged = state.averaged.copy()
        self._processors = ProcessorChoice()
        self._enter(phase_at(config, state.patches_seen), state.weights)
        updates = self._phase.updates_until(state.patches_seen)
        self._learner.resume(state.first_moment, state.second_moment, updates)
        self._corners = self._draw()

    @property
    def between_draws(self) -> bool:
        """Whether every patch that was drawn has been learned from."""
        return self._drawn_before % self._per_draw == 0 or self.patches_seen == self._phase.end

    @property
    def weights(self) -> Floats:
        """The model as it stands, (n_units, n_inputs): the averaged weights, a copy."""
        return self._averaged.copy() if self.between_draws else self._averaged_so_far()

    def state(self) -> OptimizerState:
        """What another optimizer needs to resume from here, a copy."""
        first_moment, second_moment = self._learner.moments
        return OptimizerState(
            patches_seen=self.patches_seen,
            weights=self._learner.weights,
            averaged=self._averaged.copy(),
            first_moment=first_moment,
            second_moment=second_moment,
            step=self.step,
        )

    def advance(self, updates: int) -> None:
        """Make at most `updates` updates, at least one; fewer if the draw ends first or they take long."""
        begin = self._drawn_before % self._per_draw
        if begin == 0 and self.patches_seen > 0:
            self._corners = self._draw()
        batch = self._phase.batch_size
        end = min(begin + min(updates, self._updates_at_once) * batch, len(self._corners.first))
        starts = np.arange(self._drawn_before, self._drawn_before + end - begin, batch)
        corners = Corners(self._corners.first[begin:end], self._corners.widths[begin:end])
        steps = self.step.at(starts / (self._phase.end - self._phase.begin))
        with self._processors.sharing(work=end - begin):
            self._learner.learn(self._pictures, corners, self._config.model.patch_size, batch, steps)
        self.patches_seen += end - begin
        if self.between_draws:
            self._averaged = self._averaged_so_far()
        if self.patches_seen == self._config.patches:
            if self._config.has_signed_pairs:
                self._averaged = signed_pairs(self._averaged)
        elif self.patches_seen == self._phase.end:
            self._enter(phase_at(self._config, self.patches_seen), rows_of(self._config, self._averaged))

    @property
    def _drawn_before(self) -> int:
        """Patches of this phase that have been learned from."""
        return self.patches_seen - self._phase.begin

    def _enter(self, phase: Phase, rows: Floats) -> None:
        """Go on in a phase, from rows in the training's coordinates."""
        self._phase = phase
        self._learner = learner_for(self._config, phase, rows)
        self._per_draw = phase.batch_size * BATCHES_PER_DRAW
        work_of_a_batch = phase.batch_size * self._config.model.n_units * self._config.model.n_inputs
        self._updates_at_once = max(1, WORK_AT_ONCE // work_of_a_batch)

    def _draw(self) -> Corners:
        """The patches of the draw that `patches_seen` lies in."""
        earlier = [phase for phase in phases(self._config) if phase.end <= self._phase.begin]
        draws_before = sum(math.ceil((p.end - p.begin) / (p.batch_size * BATCHES_PER_DRAW)) for p in earlier)
        number = self._drawn_before // self._per_draw
        left = self._phase.end - self._phase.begin - number * self._per_draw
        rng = np.random.default_rng([self._config.seed, 2 + draws_before + number])  # 0 and 1 are measured on
        patch_size = self._config.model.patch_size
        return random_corners(self._pictures, patch_size, min(self._per_draw, left), rng)

    def _averaged_so_far(self) -> Floats:
        """The running mean as it would be if the current draw ended here."""
        looks_back = averaging(self._config)
        number = (self._drawn_before - 1) // self._per_draw
        share = np.float32((1 + looks_back) / (1 + looks_back + number))
        weights = weights_of(self._config, self._learner.weights)
        averaged: Floats = self._averaged + (weights - self._averaged) * share
        return averaged


def averaging(config: TrainingConfig) -> int:
    """Over about the reciprocal of this share of all updates so far the weights are averaged.

    The decorrelated optimizer's last steps are smaller, so that older weights do no harm.
    """
    is_decorrelated = config.optimizer is OptimizerKind.DECORRELATED and config.rule is not Rule.PURSUIT
    return AVERAGING_DECORRELATED if is_decorrelated else AVERAGING
