"""Training as an iterator of snapshots. It never prints and never saves: whoever iterates does.

To stop a training, stop iterating; to pause it, wait before asking for the next snapshot.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import Checkpoint
from model.config import ModelConfig, TrainingConfig
from model.data import Dataset, random_corners, random_patches
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
class Snapshot:
    """The state of a training after some number of patches; it never changes afterwards.

    Attributes:
        patches_seen: 0 for the starting weights.
        weights: (n_units, n_inputs) float32, averaged over the latest updates.
        train: measured on a fixed set of training patches.
        test: measured on a fixed set of test patches.
    """

    patches_seen: int
    weights: NDArray[np.float32]
    train: Measurement
    test: Measurement


def train(config: TrainingConfig, dataset: Dataset) -> Iterator[Snapshot]:
    """Train a model from noise: mini-batches, Adam, an exponentially decaying step, averaged weights.

    Yields:
        A snapshot at each point of `snapshot_schedule`, the first before any update and the last
        after `config.patches` patches. The same arguments give the same snapshots.

    Raises:
        DataError: a picture is smaller than a patch.
        FloatingPointError: the weights ran off to infinity.
    """
    size = config.model.patch_size
    measured = [
        random_patches(dataset.split(split), size, MEASURED_PATCHES, _stream(config, place))
        for place, split in enumerate(("train", "test"))
    ]
    learner = Learner(config.rule, initial_weights(config.model, config.seed))
    averaged = learner.weights.copy()
    per_draw = config.batch_size * BATCHES_PER_DRAW
    due = snapshot_schedule(config)
    for draw, seen in enumerate(range(0, config.patches, per_draw)):
        if seen >= due[0]:
            yield _snapshot(averaged, seen, measured)
            due = [point for point in due if point > seen]
        count = min(per_draw, config.patches - seen)
        corners = random_corners(dataset.train, size, count, _stream(config, 2 + draw))
        starts = np.arange(seen, seen + count, config.batch_size)
        steps = config.step_size * config.step_decay ** (starts / config.patches)
        learner.learn(dataset.train, corners, size, config.batch_size, steps.astype(np.float32))
        averaged += (learner.weights - averaged) * np.float32((1 + AVERAGING) / (1 + AVERAGING + draw))
    yield _snapshot(averaged, config.patches, measured)


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


def _snapshot(weights: NDArray[np.float32], seen: int, measured: list[NDArray[np.float32]]) -> Snapshot:
    if not np.isfinite(weights).all():
        raise FloatingPointError("The weights ran off to infinity; choose a smaller step size.")
    train_part, test_part = (measure(weights, patches) for patches in measured)
    return Snapshot(seen, weights.copy(), train_part, test_part)
