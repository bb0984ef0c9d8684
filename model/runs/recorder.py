"""A training that keeps itself in a run folder on its way, and goes on from there after any interruption.

What was recorded after the newest kept state is dropped when the run is resumed, and made again.
"""

import contextlib
import json
import os
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import CheckpointError, load_checkpoint
from model.data.pictures import Dataset
from model.files import write_whole
from model.runs.folder import Run, checksum, snapshot_of_name
from model.runs.history import recorded_rows
from model.runs.lock import locked
from model.runs.reading import RunError
from model.runs.state import keep_state, load_state, record_snapshot
from model.training.loop import Pace, Snapshot, StepRequest, train

SECONDS_BETWEEN_STATES = 1.0


def run_training(run: Run, dataset: Dataset, pace: Pace = StepRequest) -> Iterator[Snapshot]:
    """Train, or go on, and keep everything on the way: the snapshots of `train`, recorded ones kept first.

    Args:
        run: what to train.
        dataset: the pictures it began with.
        pace: as `train` takes it.

    Yields:
        The snapshots after the newest kept state; none if the run is finished.

    Raises:
        RunError: another process trains in this folder, the pictures are not those the run began with,
            the disk is full, or the kept state or the model it starts from is damaged.
        DataError, FloatingPointError: as `train` does.
    """
    if checksum(dataset) != run.pictures:
        raise RunError(f"The pictures of {run.source} are not those this run began with; start a new run.")
    with locked(run.folder):
        state = load_state(run)
        _drop_after(run, state.patches_seen if state else -1)
        keeper = _Keeper(run, dataset)
        try:
            for snapshot in train(run.config, dataset, state, pace, _initial_weights(run)):
                keeper.keep(snapshot)
                yield snapshot
        finally:
            keeper.close()


class _Keeper:
    """Records snapshots, and every second or so the newest as the place from which the run goes on."""

    def __init__(self, run: Run, dataset: Dataset) -> None:
        self._run = run
        self._dataset = dataset
        self._kept_at = time.monotonic()
        self._kept_size = run.metrics.stat().st_size
        self._not_kept: Snapshot | None = None
        self._recorded: list[int] = []  # patches seen at the snapshots since the last state

    def keep(self, snapshot: Snapshot) -> None:
        """Take in a snapshot.

        Raises:
            RunError: the disk does not take it, or the folder is gone.
        """
        if self._is_gone():
            raise self._gone()
        try:
            if snapshot.recorded:
                record_snapshot(self._run, snapshot, self._dataset)
                self._recorded.append(snapshot.patches_seen)
            self._not_kept = snapshot
            finished = snapshot.patches_seen == self._run.config.patches
            if finished or time.monotonic() - self._kept_at >= SECONDS_BETWEEN_STATES:
                self._keep_state(snapshot)
        except OSError as error:
            if self._is_gone():  # since it was looked at
                raise self._gone() from error
            raise RunError(
                f"{self._run.folder} can't be written; what was kept so far is safe, so make room and resume."
            ) from error

    def close(self) -> None:
        """Keep the newest snapshot too if the disk lets us; if not, the record must not run ahead."""
        if self._not_kept is None or self._is_gone():
            return
        try:
            self._keep_state(self._not_kept)
        except OSError:
            with contextlib.suppress(OSError):
                os.truncate(self._run.metrics, self._kept_size)

    def _is_gone(self) -> bool:
        """Whether somebody took the folder away: it must not come back with only a part of the run."""
        return not (self._run.folder / "config.json").exists()

    def _gone(self) -> RunError:
        return RunError(f"{self._run.folder} is gone, so nothing more can be kept; start a new run.")

    def _keep_state(self, snapshot: Snapshot) -> None:
        keep_state(self._run, snapshot, self._dataset, self._recorded)
        self._recorded.clear()
        self._kept_at, self._not_kept = time.monotonic(), None
        self._kept_size = self._run.metrics.stat().st_size


def _initial_weights(run: Run) -> NDArray[np.float32] | None:
    if not run.initial_name:
        return None
    try:
        start = load_checkpoint(run.initial)
    except CheckpointError as error:
        raise RunError(f"The model this run starts from is lost: {error}") from error
    if start.config != run.config.model:
        raise RunError(f"{run.initial} does not fit the run's settings; start a new run.")
    return start.weights


def _drop_after(run: Run, patches_seen: int) -> None:
    """Drop what was recorded after a state, and why the run had ended: it will be recorded again.

    Args:
        run: which is to go on.
        patches_seen: of the state; -1 drops everything.

    Raises:
        RunError: what was recorded before the state is damaged, or the folder can't be written.
    """
    rows = recorded_rows(run, until=patches_seen)
    lines = [json.dumps(row).encode() + b"\n" for row in rows]
    snapshots = run.folder / "snapshots"
    try:
        write_whole(run.metrics, b"".join(lines))
        (run.folder / "ending.json").unlink(missing_ok=True)
        snapshots.mkdir(exist_ok=True)
        for path in snapshots.iterdir():
            recorded_at = snapshot_of_name(path.name.removesuffix(".unfinished"))
            if recorded_at is not None and (recorded_at > patches_seen or path.suffix == ".unfinished"):
                path.unlink()
    except OSError as error:
        raise RunError(f"{run.folder} can't be written: {error.strerror}.") from error
