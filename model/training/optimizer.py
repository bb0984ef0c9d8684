"""The updates of a training, between its snapshots: draw patches, move the weights, average them.

A optimizer can halt after any update and be taken up again from the state it then has, in this process or
another, and ends in the same weights.
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
"""The weights that are kept are a running mean of the latest ones, over about 1 / AVERAGING of all
updates so far: polynomial-decay averaging (Shamir and Zhang 2013, arXiv 1212.1824, section 4). It takes
out the jitter of a step size that is still large, and so allows one."""
WORK_AT_ONCE = 30_000_000
"""Patches times weights that are learned without a break, some hundredths of a second: whoever waits for
the training to look up waits no longer, but for a single update that is larger."""


@dataclass(frozen=True)
class StepSize:
    """Adam's step over a training, as the same two numbers of `TrainingConfig`: an exponential decay.

    Attributes:
        start: the step at the start, above 0 and at most 1.
        decay: the step at the end as a share of it, above 0 and at most 1.
    """

    start: float
    decay: float

    def at(self, shares: NDArray[np.float64]) -> Floats:
        """The step when these shares of the training, 0 to 1, are done."""
        steps: Floats = (self.start * self.decay**shares).astype(np.float32)
        return steps


@dataclass(frozen=True)
class OptimizerState:
    """All that a training needs to go on exactly as if it had never stopped.

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
    """Starting weights, (n_units, n_inputs): normal, standard deviation sqrt(2 / (n_inputs + n_units)).

    NumPy keeps its generator's stream across versions, so a seed means the same weights everywhere.
    """
    scale = np.sqrt(2.0 / (config.n_inputs + config.n_units))
    draws = np.random.default_rng(seed).standard_normal((config.n_units, config.n_inputs))
    weights: Floats = (draws * scale).astype(np.float32)
    return weights


def initial_state(config: TrainingConfig, weights: Floats | None = None) -> OptimizerState:
    """The state before the first update: from noise, or from `weights` (n_units, n_inputs)."""
    start = initial_weights(config.model, config.seed) if weights is None else weights
    nothing = np.zeros_like(start)
    step = StepSize(config.step_size, config.step_decay)
    return OptimizerState(0, start, start, nothing, nothing, step)


class Optimizer:
    """A training under way.

    Attributes:
        patches_seen: so far.
        step: the step size; another one counts from the next update.
    """

    def __init__(self, config: TrainingConfig, pictures: Pictures, state: OptimizerState) -> None:
        """Take a training up where `state`, which is copied, stands.

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
        """The model as of now, (n_units, n_inputs): the averaged weights, a copy."""
        return self._averaged.copy() if self.between_draws else self._averaged_so_far()

    def state(self) -> OptimizerState:
        """What it takes to go on from here, a copy."""
        return OptimizerState(
            patches_seen=self.patches_seen,
            weights=self._learner.weights.copy(),
            averaged=self._averaged.copy(),
            first_moment=self._learner.first_moment.copy(),
            second_moment=self._learner.second_moment.copy(),
            step=self.step,
        )

    def advance(self, updates: int) -> None:
        """Make at most `updates` updates, at least one; fewer if a draw ends first or they take long."""
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
        rng = np.random.default_rng([self._config.seed, 2 + number])  # 0 and 1 are what it is measured on
        return random_corners(self._pictures, self._config.model.patch_size, count, rng)

    def _averaged_so_far(self) -> Floats:
        """The running mean with the current draw in it, as if that ended here."""
        number = (self.patches_seen - 1) // self._per_draw
        share = np.float32((1 + AVERAGING) / (1 + AVERAGING + number))
        averaged: Floats = self._averaged + (self._learner.weights - self._averaged) * share
        return averaged
