"""What a run folder keeps while it is trained: snapshots, and the state from which the run goes on."""

import contextlib
import errno
import json
from collections.abc import Iterable

import numpy as np
from safetensors.numpy import save

from model.checkpoint import checkpoint_as_file
from model.config import TrainingConfig
from model.data.pictures import Dataset
from model.files import sync, write_whole
from model.runs.folder import Run, snapshot_path
from model.runs.reading import RunError, unreadable
from model.tensor_files import LARGEST_HEADER, TensorFileError, read_tensors
from model.training.loop import Snapshot, checkpoint_of
from model.training.optimizer import OptimizerState, StepSize
from model.training.phases import phases

_STATE_TENSORS = ("weights", "averaged", "first_moment", "second_moment")


def load_state(run: Run) -> OptimizerState | None:
    """The newest kept state, None before the first.

    Raises:
        RunError: it is damaged, or does not fit the run's settings.
    """
    path, config = run.folder / "state.safetensors", run.config
    shape = (config.model.n_units, config.model.n_inputs)
    limit = len(_STATE_TENSORS) * 4 * shape[0] * shape[1] + LARGEST_HEADER + 8
    try:
        arrays, said = read_tensors(path, dict.fromkeys(_STATE_TENSORS, "F32"), limit)
        patches_seen = int(said["patches_seen"])
        step = StepSize(
            float(said.get("step_size", config.step_size)), float(said.get("step_decay", config.step_decay))
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise RunError(f"{path} does not fit the run's settings; start a new run.") from error
        raise unreadable(path, error) from error
    except TensorFileError as error:
        raise RunError(f"{path} is damaged: {error}; start a new run.") from error
    except (KeyError, ValueError) as error:
        raise RunError(f"{path} is damaged; start a new run.") from error
    if any(array.shape != shape for array in arrays.values()) or not _is_reached(patches_seen, config):
        raise RunError(f"{path} does not fit the run's settings; start a new run.")
    is_step = 0 < step.start <= 1 and 0 < step.decay <= 1
    if not is_step or not all(np.isfinite(array).all() for array in arrays.values()):
        raise RunError(f"{path} is damaged: it holds numbers that no training has; start a new run.")
    return OptimizerState(patches_seen=patches_seen, step=step, **arrays)


def _is_reached(patches_seen: int, config: TrainingConfig) -> bool:
    """Whether a training with these settings stands there after some update."""
    return any(phase.stops_at(patches_seen) for phase in phases(config))


def record_snapshot(run: Run, snapshot: Snapshot, dataset: Dataset) -> None:
    """Append a snapshot to the run's history; `keep_state` makes sure that it is on the disk.

    Args:
        run: what is trained.
        snapshot: of it.
        dataset: the pictures, whose name is kept with the model.

    Raises:
        OSError: the disk does not take it, or the folder is gone.
    """
    row = {
        "patches_seen": snapshot.patches_seen,
        "train": snapshot.train.as_json(),
        "test": snapshot.test.as_json(),
        "step_size": snapshot.state.step.start,
        "step_decay": snapshot.state.step.decay,
    }
    content = checkpoint_as_file(checkpoint_of(snapshot, run.config, dataset))
    write_whole(snapshot_path(run, snapshot.patches_seen), content, synced=False)
    with run.metrics.open("ab") as file:
        file.write(json.dumps(row).encode() + b"\n")


def keep_state(run: Run, snapshot: Snapshot, dataset: Dataset, recorded: Iterable[int] = ()) -> None:
    """Make this the place from which the run goes on.

    What was recorded after the last such place is dropped when the run goes on, so it need not be on the disk
    before this one is: waiting for the disk once a second costs less than at every snapshot.

    Args:
        run: what is trained.
        snapshot: of it.
        dataset: the pictures, whose name is kept with the model.
        recorded: patches seen at the snapshots that were recorded since the last such place.

    Raises:
        OSError: the disk does not take it, or the folder is gone.
    """
    for patches_seen in recorded:
        with contextlib.suppress(FileNotFoundError):  # somebody took it away
            sync(snapshot_path(run, patches_seen))
    sync(run.metrics)
    write_whole(run.checkpoint, checkpoint_as_file(checkpoint_of(snapshot, run.config, dataset)))
    arrays = {name: getattr(snapshot.state, name) for name in _STATE_TENSORS}
    said = {
        "patches_seen": str(snapshot.patches_seen),
        "step_size": repr(snapshot.state.step.start),
        "step_decay": repr(snapshot.state.step.decay),
    }
    content = save(arrays, said)
    write_whole(run.folder / "state.safetensors", content)
