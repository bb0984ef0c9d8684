"""The updates of a training, between its snapshots: draw patches, update the weights, average them.

After any update an optimizer's state can be saved and another optimizer resumed from it, in this process or
another one; the weights at the end are the same to the last bit.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.config import ModelConfig, TrainingConfig
from model.data.pictures import Corners, Pictures, random_corners
from model.kernels.compiled import Learner
from model.kernels.processors import ProcessorChoice

Floats = NDArray[np.float32]

BATCHES_PER_DRAW = 64
"""Patches are drawn for this many updates at a time."""
AVERAGING = 20
"""The model of a snapshot is a running mean of the latest weights, over about 1 / AVERAGING of all
updates so far: polynomial-decay averaging (Shamir and Zhang 2013, arXiv 1212.1824, section 4). It removes
the noise of a step size that is still large."""
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
        weights: (n_units, n_inputs) float32, as the last update left them.
        averaged: the running mean of the weights as of the last draw that is complete, the same shape.
        first_moment: Adam's, the same shape.
        second_moment: Adam's, the same shape.
        step: the step size in force.
    """

    patches_seen: int
    weights: Floats
    averaged: Floats
    first_moment: Floats
    second_moment: Floats
    step: StepSize


def initial_weights(config: ModelConfig, seed: int) -> Floats:
    """Starting weights: normal with standard deviation sqrt(2 / (n_inputs + n_units)) (Bertens 2016).

    NumPy keeps its generator's stream across versions, so a seed gives the same weights everywhere.

    Args:
        config: the shape.
        seed: at least 0.

    Returns:
        (n_units, n_inputs) float32.
    """
    scale = np.sqrt(2.0 / (config.n_inputs + config.n_units))
    draws = np.random.default_rng(seed).standard_normal((config.n_units, config.n_inputs))
    weights: Floats = (draws * scale).astype(np.float32)
    return weights


def initial_state(config: TrainingConfig, weights: Floats | None = None) -> OptimizerState:
    """The state before the first update.

    Args:
        config: the settings.
        weights: to start from, (n_units, n_inputs) float32; None starts from noise.
    """
    start = initial_weights(config.model, config.seed) if weights is None else weights
    zeros = np.zeros_like(start)
    step = StepSize(config.step_size, config.step_decay)
    return OptimizerState(0, start, start, zeros, zeros, step)


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
        self._learner = Learner(config.rule, state.weights)
        self._learner.first_moment[:] = state.first_moment
        self._learner.second_moment[:] = state.second_moment
        self._learner.updates = math.ceil(state.patches_seen / config.batch_size)
        self._processors = ProcessorChoice()
        self._per_draw = config.batch_size * BATCHES_PER_DRAW
        work_of_a_batch = config.batch_size * config.model.n_units * config.model.n_inputs
        self._updates_at_once = max(1, WORK_AT_ONCE // work_of_a_batch)
        self._corners = self._draw()

    @property
    def between_draws(self) -> bool:
        """Whether every patch that was drawn has been learned from."""
        return self.patches_seen % self._per_draw == 0 or self.patches_seen == self._config.patches

    @property
    def weights(self) -> Floats:
        """The model as it stands, (n_units, n_inputs): the averaged weights, a copy."""
        return self._averaged.copy() if self.between_draws else self._averaged_so_far()

    def state(self) -> OptimizerState:
        """What another optimizer needs to resume from here, a copy."""
        return OptimizerState(
            patches_seen=self.patches_seen,
            weights=self._learner.weights.copy(),
            averaged=self._averaged.copy(),
            first_moment=self._learner.first_moment.copy(),
            second_moment=self._learner.second_moment.copy(),
            step=self.step,
        )

    def advance(self, updates: int) -> None:
        """Make at most `updates` updates, at least one; fewer if the draw ends first or they take long."""
        begin = self.patches_seen % self._per_draw
        if begin == 0 and self.patches_seen > 0:
            self._corners = self._draw()
        batch = self._config.batch_size
        end = min(begin + min(updates, self._updates_at_once) * batch, len(self._corners.first))
        starts = np.arange(self.patches_seen, self.patches_seen + end - begin, batch)
        corners = Corners(self._corners.first[begin:end], self._corners.widths[begin:end])
        steps = self.step.at(starts / self._config.patches)
        with self._processors.sharing(work=end - begin):
            self._learner.learn(self._pictures, corners, self._config.model.patch_size, batch, steps)
        self.patches_seen += end - begin
        if self.between_draws:
            self._averaged = self._averaged_so_far()

    def _draw(self) -> Corners:
        """The patches of the draw that `patches_seen` lies in."""
        number = self.patches_seen // self._per_draw
        count = min(self._per_draw, self._config.patches - number * self._per_draw)
        rng = np.random.default_rng([self._config.seed, 2 + number])  # 0 and 1 draw what is measured on
        return random_corners(self._pictures, self._config.model.patch_size, count, rng)

    def _averaged_so_far(self) -> Floats:
        """The running mean as it would be if the current draw ended here."""
        number = (self.patches_seen - 1) // self._per_draw
        share = np.float32((1 + AVERAGING) / (1 + AVERAGING + number))
        averaged: Floats = self._averaged + (self._learner.weights - self._averaged) * share
        return averaged
