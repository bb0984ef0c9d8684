"""A training on disk, in a folder of its own, which any interruption leaves fit to be resumed.

    config.json               the settings and the pictures, written once
    metrics.jsonl             one line a snapshot, appended
    snapshots/*.safetensors   the model at each snapshot, named by patches seen
    checkpoint.safetensors    the model at the newest kept state
    state.safetensors         what it takes to go on from there
    lock                      held by the process that trains

`state.safetensors` is replaced in one step and last of all: what was written after the newest one is
dropped when the run is resumed, and made again.
"""

import contextlib
import dataclasses
import fcntl
import json
import os
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from model.checkpoint import CheckpointError, save_checkpoint, write_whole
from model.config import ModelConfig, Rule, TrainingConfig
from model.data import SPLITS, Dataset, check_size
from model.training import Snapshot, TrainingState, checkpoint_of, train

SECONDS_BETWEEN_STATES = 1.0
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
    """

    folder: Path
    config: TrainingConfig
    source: str
    pictures: int

    @property
    def checkpoint(self) -> Path:
        """The model as of the newest kept state."""
        return self.folder / "checkpoint.safetensors"


def create_run(folder: Path, config: TrainingConfig, source: str, dataset: Dataset) -> Run:
    """Make a run folder.

    Raises:
        RunError: the folder holds a run already, or can't be written.
        DataError: a picture is smaller than a patch.
    """
    for split in SPLITS:
        check_size(dataset.split(split), config.model.patch_size)
    if (folder / "config.json").exists():
        raise RunError(f"{folder} holds a run already; resume that one or choose another folder.")
    run = Run(folder, config, source, checksum(dataset))
    try:
        (folder / "snapshots").mkdir(parents=True, exist_ok=True)
        content = {**dataclasses.asdict(config), "source": source, "pictures": run.pictures}
        write_whole(folder / "config.json", json.dumps(content, indent=1).encode())
    except OSError as error:
        raise RunError(f"{folder} can't be written: {error.strerror}.") from error
    return run


def open_run(folder: Path) -> Run:
    """Open a run folder.

    Raises:
        RunError: there is none, or it is damaged.
    """
    try:
        content = json.loads((folder / "config.json").read_bytes())
        source, pictures = str(content.pop("source")), int(content.pop("pictures"))
        model, rule = ModelConfig(**content.pop("model")), Rule(content.pop("rule"))
        return Run(folder, TrainingConfig(model=model, rule=rule, **content), source, pictures)
    except OSError as error:
        raise RunError(f"There is no run in {folder}.") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RunError(f"{folder}/config.json is damaged; start a new run.") from error


def run_training(
    run: Run, dataset: Dataset, breathe: Callable[[], None] = lambda: None
) -> Iterator[Snapshot]:
    """Train, or go on, and keep everything on the way: the snapshots of `train`, once they are kept.

    Args:
        run: what to train.
        dataset: the pictures it began with.
        breathe: as `train` calls it.

    Yields:
        The snapshots after the newest kept state; none if the run is finished.

    Raises:
        RunError: another process trains in this folder, the pictures are not those the run began with,
            the disk is full, or the kept state is damaged.
        DataError, FloatingPointError: as `train` does.
    """
    if checksum(dataset) != run.pictures:
        raise RunError(f"The pictures of {run.source} are not those this run began with; start a new run.")
    with _locked(run.folder):
        state = load_state(run)
        _drop_after(run, state.patches_seen if state else -1)
        kept_at = time.monotonic()
        not_kept = None
        try:
            for snapshot in train(run.config, dataset, state, breathe):
                with _told_in_words(run):
                    _record(run, snapshot, dataset)
                    not_kept = snapshot
                    finished = snapshot.patches_seen == run.config.patches
                    if finished or time.monotonic() - kept_at >= SECONDS_BETWEEN_STATES:
                        _keep_state(run, snapshot, dataset)
                        kept_at, not_kept = time.monotonic(), None
                yield snapshot
        finally:  # stopped on the way: keep the newest snapshot too, if the disk lets us
            if not_kept is not None:
                with contextlib.suppress(OSError, CheckpointError):
                    _keep_state(run, not_kept, dataset)


@contextmanager
def _told_in_words(run: Run) -> Iterator[None]:
    try:
        yield
    except (OSError, CheckpointError) as error:
        raise RunError(
            f"{run.folder} can't be written; what was kept so far is safe, so make room and resume."
        ) from error


def load_state(run: Run) -> TrainingState | None:
    """The newest kept state, None before the first.

    Raises:
        RunError: it is damaged.
    """
    path = run.folder / "state.safetensors"
    shape = (run.config.model.n_units, run.config.model.n_inputs)
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in _ARRAYS}
            patches_seen = int((file.metadata() or {})["patches_seen"])
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise RunError(f"{path} is damaged; start a new run.") from error
    fits = all(a.shape == shape and a.dtype == np.float32 for a in arrays.values())
    if not fits or not 0 <= patches_seen <= run.config.patches:
        raise RunError(f"{path} does not fit the run's settings; start a new run.")
    return TrainingState(patches_seen=patches_seen, **arrays)


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


def _record(run: Run, snapshot: Snapshot, dataset: Dataset) -> None:
    """Append a snapshot to the run's history."""
    row = {
        "patches_seen": snapshot.patches_seen,
        "train": snapshot.train.as_json(),
        "test": snapshot.test.as_json(),
    }
    save_checkpoint(checkpoint_of(snapshot, run.config, dataset), snapshot_path(run, snapshot.patches_seen))
    with (run.folder / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(row) + "\n")


def _keep_state(run: Run, snapshot: Snapshot, dataset: Dataset) -> None:
    """Make this the place from which the run goes on."""
    save_checkpoint(checkpoint_of(snapshot, run.config, dataset), run.checkpoint)
    arrays = {name: getattr(snapshot.state, name) for name in _ARRAYS}
    content = save(arrays, {"patches_seen": str(snapshot.patches_seen)})
    write_whole(run.folder / "state.safetensors", content)


def _drop_after(run: Run, patches_seen: int) -> None:
    """Forget what was recorded after a state: it will be recorded again."""
    rows = [row for row in read_metrics(run) if row["patches_seen"] <= patches_seen]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    try:
        write_whole(run.folder / "metrics.jsonl", lines.encode())
        for path in (run.folder / "snapshots").iterdir():
            if path.suffix != ".safetensors" or int(path.stem) > patches_seen:
                path.unlink()
    except (OSError, ValueError) as error:
        raise RunError(f"{run.folder} can't be tidied up: {error}.") from error


def snapshot_path(run: Run, patches_seen: int) -> Path:
    """Where the model of a snapshot is kept."""
    return run.folder / "snapshots" / f"{patches_seen:09d}.safetensors"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the run's lock; the system lets go of it whenever and however the process ends."""
    try:
        file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise RunError(f"{folder} can't be written: {error.strerror}.") from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RunError(f"Another process is training in {folder}; wait for it or end it.") from error
        yield
    finally:
        os.close(file)
