"""Training as an iterator of snapshots. It neither prints nor saves: its caller does.

To stop a training, stop iterating; to pause it, wait before asking for the next snapshot. Between snapshots,
a `Pace` is called: it can wait, ask for single updates, and change the step size.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import Checkpoint
from model.config import Coder, TrainingConfig
from model.data.pictures import Dataset, random_patches
from model.metrics import Measurement, measure
from model.training.optimizer import Optimizer, OptimizerState, StepSize, initial_state

MEASURED_PATCHES = 400
"""Patches of each split that a snapshot is measured on: the same ones throughout a training."""
SNAPSHOTS = 80
"""Half of them at most."""
FEWEST_SNAPSHOTS = 20
PATCHES_A_SNAPSHOT = 12_000
"""A training has one evenly spaced snapshot, and an early one, for so many patches: measuring 800 patches for
each and keeping them then takes about a twentieth of its time. Short ones have `FEWEST_SNAPSHOTS` of either
kind."""
LARGEST_RECORD = 64_000_000
"""Bytes that the weights of all recorded snapshots may take: large models are recorded less often."""


@dataclass(frozen=True)
class StepRequest:
    """How a training continues until the pace is called again.

    Attributes:
        updates: at most this many, at least one; the end of a draw of patches ends them too.
        show: whether a snapshot follows even if none is due.
        record: whether that snapshot belongs to the record of the training.
        step: a new step size; None leaves it.
    """

    updates: int = 1_000_000
    show: bool = False
    record: bool = False
    step: StepSize | None = None


Pace = Callable[[], StepRequest]
"""Called for every StepRequest, some hundred times between two snapshots of a long training. It may wait,
which pauses the training; an exception it raises ends the training and reaches the caller of `train`."""


@dataclass(frozen=True)
class Snapshot:
    """The state of a training after some number of patches; it never changes afterwards.

    Attributes:
        weights: the model, (n_units, n_inputs) float32, averaged over the latest updates.
        train: measured on a fixed set of training patches.
        test: measured on a fixed set of test patches.
        state: what another training needs to resume from here, a copy.
        recorded: whether it belongs to the record of the training; False if only a StepRequest asked for it.
    """

    weights: NDArray[np.float32]
    train: Measurement
    test: Measurement
    state: OptimizerState
    recorded: bool = True

    @property
    def patches_seen(self) -> int:
        """0 for the starting weights."""
        return self.state.patches_seen


# Long because what the snapshots promise is written out.
def train(
    config: TrainingConfig,
    dataset: Dataset,
    state: OptimizerState | None = None,
    pace: Pace = StepRequest,
    initial: NDArray[np.float32] | None = None,
) -> Iterator[Snapshot]:
    """Train a model: mini-batches, Adam, an exponentially decaying step, averaged weights.

    Args:
        config: the settings.
        dataset: the pictures.
        state: where an earlier call with the same settings and pictures stood, to resume from there;
            None starts anew. Both end in the very same weights.
        pace: decides how the training continues; the default is full speed.
        initial: the weights to start from, (n_units, n_inputs); None starts from noise.

    Yields:
        A snapshot at each point of `snapshot_schedule`, the first before any update and the last
        after `config.patches` patches; after `state`, only those that come later. The same arguments
        give the same snapshots, whatever number of updates the pace asks for at a time. In addition those
        that the pace asks for.

    Raises:
        DataError: a picture is smaller than a patch.
        FloatingPointError: the weights diverged to infinity.
    """
    coder = config.rule.coder
    measured = _measured_patches(config, dataset)
    optimizer = Optimizer(config, dataset.train, state or initial_state(config, dataset.train, initial))
    due = [point for point in snapshot_schedule(config) if point > optimizer.patches_seen]
    if state is None:
        yield _snapshot(optimizer, measured, coder, recorded=True)
    while optimizer.patches_seen < config.patches:
        request = pace()
        optimizer.step = request.step or optimizer.step
        optimizer.advance(request.updates)
        is_due = optimizer.between_draws and optimizer.patches_seen >= due[0]
        if is_due or request.show:
            yield _snapshot(optimizer, measured, coder, recorded=is_due or request.record)
        if is_due:
            due = [point for point in due if point > optimizer.patches_seen]


def snapshot_schedule(config: TrainingConfig) -> list[int]:
    """Numbers of patches seen at which snapshots are due: close together at first, when most changes.

    Increasing, from 0 to `config.patches`; half the points evenly spaced, half by a power law. A
    snapshot is taken at the end of the first draw of patches that reaches its point.
    """
    size = 4 * config.model.n_units * config.model.n_inputs
    wanted = min(SNAPSHOTS, max(FEWEST_SNAPSHOTS, config.patches // PATCHES_A_SNAPSHOT))
    count = min(wanted, max(10, LARGEST_RECORD // (2 * size)))
    even = [config.patches * i // count for i in range(count + 1)]
    early = [round(config.patches * (i / count) ** 4) for i in range(count)]
    return sorted({*even, *early})


def checkpoint_of(snapshot: Snapshot, config: TrainingConfig, dataset: Dataset) -> Checkpoint:
    """The model at a snapshot, with where it comes from.

    Args:
        snapshot: of a training with the settings `config`.
        config: the settings.
        dataset: the pictures.
    """
    return Checkpoint(
        weights=snapshot.weights,
        config=config.model,
        rule=config.rule,
        seed=config.seed,
        patches_seen=snapshot.patches_seen,
        data=dataset.name,
    )


def _measured_patches(config: TrainingConfig, dataset: Dataset) -> list[NDArray[np.float32]]:
    """The patches of the training and of the test pictures that every snapshot is measured on."""
    size = config.model.patch_size
    return [
        random_patches(
            dataset.split(split), size, MEASURED_PATCHES, np.random.default_rng([config.seed, place])
        )
        for place, split in enumerate(("train", "test"))
    ]


def _snapshot(
    optimizer: Optimizer, measured: list[NDArray[np.float32]], coder: Coder, *, recorded: bool
) -> Snapshot:
    weights = optimizer.weights
    if not np.isfinite(weights).all():
        raise FloatingPointError("The weights ran off to infinity; choose a smaller step size.")
    train_part, test_part = (measure(weights, patches, coder) for patches in measured)
    return Snapshot(weights, train_part, test_part, optimizer.state(), recorded)
