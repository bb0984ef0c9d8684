"""A training on disk, in a folder of its own, which any interruption leaves fit to be resumed.

    config.json               the settings and the pictures, written once
    initial.safetensors       the model it starts from, unless that is noise
    metrics.jsonl             one line a snapshot, appended
    snapshots/*.safetensors   the model at each snapshot, named by patches seen
    checkpoint.safetensors    the model at the newest kept state
    state.safetensors         what it takes to go on from there
    ending.json               why it ended before its time, if somebody was there to say so
    lock                      held by the process that trains

`state.safetensors` is replaced in one step and last of all: what was written after the newest one is
dropped when the run is resumed, and made again.
"""

import contextlib
import dataclasses
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from model.checkpoint import Checkpoint, CheckpointError, save_checkpoint, write_whole
from model.config import ModelConfig, Rule, TrainingConfig
from model.data.pictures import SPLITS, Dataset, check_size
from model.training.loop import Snapshot, checkpoint_of
from model.training.optimizer import OptimizerState, StepSize

_ARRAYS = ("weights", "averaged", "first_moment", "second_moment")


class RunError(Exception):
    """A run folder that can't be used; the message says why and what to do."""


@dataclass(frozen=True)
class Run:
    """A run folder and what it trains.

    Attributes:
        folder: where it lives.
        config: the settings.
        source: where its pictures come from, as `load_dataset` takes it.
        pictures: a checksum of the training pictures, so that others are not taken for them.
        initial_name: what people call the model it starts from; '' for noise.
    """

    folder: Path
    config: TrainingConfig
    source: str
    pictures: int
    initial_name: str = ""

    @property
    def checkpoint(self) -> Path:
        """The model as of the newest kept state."""
        return self.folder / "checkpoint.safetensors"

    @property
    def initial(self) -> Path:
        """The model it starts from, unless that is noise."""
        return self.folder / "initial.safetensors"


@dataclass(frozen=True)
class InitialModel:
    """A model to train on from, in place of noise.

    Attributes:
        name: what people call it.
        checkpoint: the model.
    """

    name: str
    checkpoint: Checkpoint


@dataclass(frozen=True)
class EndStatus:
    """Why a run ended before its time: 'stopped' by its owner, or 'failed' with a message for people."""

    state: str
    message: str = ""


def create_run(
    folder: Path, config: TrainingConfig, source: str, dataset: Dataset, start: InitialModel | None = None
) -> Run:
    """Make a run folder.

    Args:
        folder: where; made if it is not there.
        config: the settings.
        source: where the pictures come from, as `load_dataset` takes it.
        dataset: the pictures.
        start: a model of the shape that `config` says; None starts from noise.

    Raises:
        ValueError: `start` has another shape.
        RunError: the folder holds a run already, or can't be written.
        DataError: a picture is smaller than a patch.
    """
    for split in SPLITS:
        check_size(dataset.split(split), config.model.patch_size)
    if (folder / "config.json").exists():
        raise RunError(f"{folder} holds a run already; resume that one or choose another folder.")
    if start is not None and start.checkpoint.config != config.model:
        raise ValueError(f"{start.name} has other units or patches than the settings say.")
    run = Run(folder, config, source, checksum(dataset), start.name if start else "")
    try:
        (folder / "snapshots").mkdir(parents=True, exist_ok=True)
        if start is not None:
            save_checkpoint(start.checkpoint, run.initial)
        _write_config(run)
    except CheckpointError as error:
        raise RunError(str(error)) from error
    except OSError as error:
        raise RunError(f"{folder} can't be written: {error.strerror}.") from error
    return run


def _write_config(run: Run) -> None:
    content = {
        **dataclasses.asdict(run.config),
        "source": run.source,
        "pictures": run.pictures,
        "begun_from": run.initial_name,
    }
    write_whole(run.folder / "config.json", json.dumps(content, indent=1).encode())


def open_run(folder: Path) -> Run:
    """Open a run folder.

    Raises:
        RunError: there is none, or it is damaged.
    """
    try:
        content = json.loads((folder / "config.json").read_bytes())
        source, pictures = str(content.pop("source")), int(content.pop("pictures"))
        initial_name = str(content.pop("begun_from", ""))
        model, rule = ModelConfig(**content.pop("model")), Rule(content.pop("rule"))
        config = TrainingConfig(model=model, rule=rule, **content)
        return Run(folder, config, source, pictures, initial_name)
    except OSError as error:
        raise RunError(f"There is no run in {folder}.") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RunError(f"{folder}/config.json is damaged; start a new run.") from error


def write_end_status(run: Run, end_status: EndStatus) -> None:
    """Say why the run ended before its time; resuming it takes that back. A full disk leaves it unsaid."""
    with contextlib.suppress(OSError):
        write_whole(run.folder / "ending.json", json.dumps(dataclasses.asdict(end_status)).encode())


def read_end_status(run: Run) -> EndStatus | None:
    """Why the run ended before its time; None if nobody said so, or it can't be read."""
    try:
        return EndStatus(**json.loads((run.folder / "ending.json").read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def load_state(run: Run) -> OptimizerState | None:
    """The newest kept state, None before the first.

    Raises:
        RunError: it is damaged.
    """
    path = run.folder / "state.safetensors"
    shape = (run.config.model.n_units, run.config.model.n_inputs)
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in _ARRAYS}
            said = file.metadata() or {}
            patches_seen = int(said["patches_seen"])
            step = StepSize(
                float(said.get("step_size", run.config.step_size)),
                float(said.get("step_decay", run.config.step_decay)),
            )
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise RunError(f"{path} is damaged; start a new run.") from error
    fits = all(a.shape == shape and a.dtype == np.float32 for a in arrays.values())
    if not fits or not 0 <= patches_seen <= run.config.patches:
        raise RunError(f"{path} does not fit the run's settings; start a new run.")
    return OptimizerState(patches_seen=patches_seen, step=step, **arrays)


def read_metrics(run: Run) -> list[dict[str, Any]]:
    """The kept metrics, a dict a snapshot; a last line that was cut off is left out.

    Raises:
        RunError: they are damaged.
    """
    try:
        lines = (run.folder / "metrics.jsonl").read_text().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise RunError(f"{run.folder}/metrics.jsonl can't be read; start a new run.") from error
    try:
        rows = [json.loads(line) for line in lines if line.endswith("\n")]
    except ValueError as error:
        raise RunError(f"{run.folder}/metrics.jsonl is damaged; start a new run.") from error
    if not all(isinstance(row, dict) and "patches_seen" in row for row in rows):
        raise RunError(f"{run.folder}/metrics.jsonl is damaged; start a new run.")
    return rows


def checksum(dataset: Dataset) -> int:
    """Of the training pictures and their sizes."""
    return zlib.crc32(dataset.train.pixels.data, zlib.crc32(dataset.train.sizes.data))


def record(run: Run, snapshot: Snapshot, dataset: Dataset) -> None:
    """Append a snapshot to the run's history."""
    row = {
        "patches_seen": snapshot.patches_seen,
        "train": snapshot.train.as_json(),
        "test": snapshot.test.as_json(),
        "step_size": snapshot.state.step.start,
        "step_decay": snapshot.state.step.decay,
    }
    save_checkpoint(checkpoint_of(snapshot, run.config, dataset), snapshot_path(run, snapshot.patches_seen))
    with (run.folder / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(row) + "\n")


def keep_state(run: Run, snapshot: Snapshot, dataset: Dataset) -> None:
    """Make this the place from which the run goes on."""
    save_checkpoint(checkpoint_of(snapshot, run.config, dataset), run.checkpoint)
    arrays = {name: getattr(snapshot.state, name) for name in _ARRAYS}
    said = {
        "patches_seen": str(snapshot.patches_seen),
        "step_size": repr(snapshot.state.step.start),
        "step_decay": repr(snapshot.state.step.decay),
    }
    content = save(arrays, said)
    write_whole(run.folder / "state.safetensors", content)


def snapshot_path(run: Run, patches_seen: int) -> Path:
    """Where the model of a snapshot is kept."""
    return run.folder / "snapshots" / f"{patches_seen:09d}.safetensors"
