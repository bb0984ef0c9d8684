"""Training as an iterator of snapshots. It never prints and never saves: whoever iterates does.

To stop a training, stop iterating; to pause it, wait before asking for the next snapshot. Where snapshots are
far apart, `breathe` can do both in between.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import Checkpoint
from model.config import ModelConfig, TrainingConfig
from model.data import Dataset, Pictures, random_corners, random_patches
from model.kernels import Learner
from model.metrics import Measurement, measure

MEASURED_PATCHES = 400
"""Patches of each split that a snapshot is measured on: the same ones throughout a training."""
BATCHES_PER_DRAW = 64
"""Patches are drawn for this many updates at a time."""
AVERAGING = 20
"""The weights that are kept are a running mean of the latest ones, over about 1 / AVERAGING of all
updates so far: polynomial-decay averaging (Shamir and Zhang 2013, arXiv 1212.1824, section 4). It takes
out the jitter of a step size that is still large, and so allows one."""
SNAPSHOTS = 80


@dataclass(frozen=True)
class TrainingState:
    """All that a training needs to go on exactly as if it had never stopped.

    The patches it will draw depend on the seed and on `patches_seen` alone.

    Attributes:
        patches_seen: a whole number of draws, or all patches.
        weights: (n_units, n_inputs) float32, as the last update left them.
        averaged: the running mean of the weights, the same shape.
        first_moment: Adam's, the same shape.
        second_moment: Adam's, the same shape.
    """

    patches_seen: int
    weights: NDArray[np.float32]
    averaged: NDArray[np.float32]
    first_moment: NDArray[np.float32]
    second_moment: NDArray[np.float32]


@dataclass(frozen=True)
class Snapshot:
    """The state of a training after some number of patches; it never changes afterwards.

    Attributes:
        train: measured on a fixed set of training patches.
        test: measured on a fixed set of test patches.
        state: what it takes to go on from here, a copy.
    """

    train: Measurement
    test: Measurement
    state: TrainingState

    @property
    def patches_seen(self) -> int:
        """0 for the starting weights."""
        return self.state.patches_seen

    @property
    def weights(self) -> NDArray[np.float32]:
        """The model: (n_units, n_inputs) float32, averaged over the latest updates."""
        return self.state.averaged


def train(
    config: TrainingConfig,
    dataset: Dataset,
    state: TrainingState | None = None,
    breathe: Callable[[], None] = lambda: None,
) -> Iterator[Snapshot]:
    """Train a model: mini-batches, Adam, an exponentially decaying step, averaged weights.

    Args:
        config: the settings.
        dataset: the pictures.
        state: where an earlier call with the same settings and pictures stood, to go on from there;
            None starts from noise. Either way ends in the very same weights.
        breathe: called some hundred times between two snapshots of a long training. It may wait, which
            pauses the training; what it raises ends it and is passed on.

    Yields:
        A snapshot at each point of `snapshot_schedule`, the first before any update and the last
        after `config.patches` patches; after `state`, only those that come later. The same arguments
        give the same snapshots.

    Raises:
        DataError: a picture is smaller than a patch.
        FloatingPointError: the weights ran off to infinity.
    """
    size = config.model.patch_size
    measured = [
        random_patches(dataset.split(split), size, MEASURED_PATCHES, _stream(config, place))
        for place, split in enumerate(("train", "test"))
    ]
    learner, averaged, begin = _learner(config, state)
    due = [point for point in snapshot_schedule(config) if point > begin]
    if state is None:
        yield _snapshot(learner, averaged, begin, measured)
    for seen in updates(config, dataset.train, learner, averaged, begin):
        breathe()
        if seen >= due[0]:
            yield _snapshot(learner, averaged, seen, measured)
            due = [point for point in due if point > seen]


def updates(
    config: TrainingConfig,
    pictures: Pictures,
    learner: Learner,
    averaged: NDArray[np.float32],
    begin: int = 0,
) -> Iterator[int]:
    """Everything between the snapshots: draw patches, update the weights, average them.

    Args:
        config: the settings.
        pictures: where the patches are cut from.
        learner: its weights are changed in place.
        averaged: (n_units, n_inputs), the running mean of its weights, changed in place.
        begin: patches seen before, a whole number of draws.

    Yields:
        Patches seen, after each draw; the last time `config.patches`.
    """
    size, per_draw = config.model.patch_size, config.batch_size * BATCHES_PER_DRAW
    for seen in range(begin, config.patches, per_draw):
        draw, count = seen // per_draw, min(per_draw, config.patches - seen)
        corners = random_corners(pictures, size, count, _stream(config, 2 + draw))
        starts = np.arange(seen, seen + count, config.batch_size)
        steps = config.step_size * config.step_decay ** (starts / config.patches)
        learner.learn(pictures, corners, size, config.batch_size, steps.astype(np.float32))
        averaged += (learner.weights - averaged) * np.float32((1 + AVERAGING) / (1 + AVERAGING + draw))
        yield seen + count


def _learner(config: TrainingConfig, state: TrainingState | None) -> tuple[Learner, NDArray[np.float32], int]:
    """The learner, the averaged weights and the patches seen, from noise or as `state` holds them."""
    if state is None:
        learner = Learner(config.rule, initial_weights(config.model, config.seed))
        return learner, learner.weights.copy(), 0
    learner = Learner(config.rule, state.weights)
    learner.first_moment[:] = state.first_moment
    learner.second_moment[:] = state.second_moment
    learner.updates = math.ceil(state.patches_seen / config.batch_size)
    return learner, state.averaged.copy(), state.patches_seen


def initial_weights(config: ModelConfig, seed: int) -> NDArray[np.float32]:
    """Starting weights, (n_units, n_inputs): normal, standard deviation sqrt(2 / (n_inputs + n_units)).

    NumPy keeps its generator's stream across versions, so a seed means the same weights everywhere.
    """
    scale = np.sqrt(2.0 / (config.n_inputs + config.n_units))
    draws = np.random.default_rng(seed).standard_normal((config.n_units, config.n_inputs))
    weights: NDArray[np.float32] = (draws * scale).astype(np.float32)
    return weights


def snapshot_schedule(config: TrainingConfig) -> list[int]:
    """Patches seen at which snapshots are due: close together at first, while most changes happen.

    Increasing, from 0 to `config.patches`; half the points evenly spaced, half by a power law. A
    snapshot is taken at the first draw of patches at or past its point.
    """
    even = [config.patches * i // SNAPSHOTS for i in range(SNAPSHOTS + 1)]
    early = [round(config.patches * (i / SNAPSHOTS) ** 4) for i in range(SNAPSHOTS)]
    return sorted({*even, *early})


def checkpoint_of(snapshot: Snapshot, config: TrainingConfig, dataset: Dataset) -> Checkpoint:
    """What to keep of a training that stands at `snapshot`."""
    return Checkpoint(
        weights=snapshot.weights,
        config=config.model,
        rule=config.rule,
        seed=config.seed,
        patches_seen=snapshot.patches_seen,
        data=dataset.name,
    )


def _stream(config: TrainingConfig, number: int) -> np.random.Generator:
    """Random numbers that depend on the seed and the stream's number alone."""
    return np.random.default_rng([config.seed, number])


def _snapshot(
    learner: Learner, averaged: NDArray[np.float32], seen: int, measured: list[NDArray[np.float32]]
) -> Snapshot:
    if not np.isfinite(averaged).all():
        raise FloatingPointError("The weights ran off to infinity; choose a smaller step size.")
    train_part, test_part = (measure(averaged, patches) for patches in measured)
    state = TrainingState(
        patches_seen=seen,
        weights=learner.weights.copy(),
        averaged=averaged.copy(),
        first_moment=learner.first_moment.copy(),
        second_moment=learner.second_moment.copy(),
    )
    return Snapshot(train_part, test_part, state)
