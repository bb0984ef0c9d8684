"""One training at a time, in a thread of its own, watched through immutable reports.

The thread never touches the page. It takes snapshots from `model.training.train`, keeps the latest, and
saves the model at the end; between two snapshots it looks whether it should stop.
"""

import contextlib
import os
import threading
import time
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from model.checkpoint import Checkpoint, CheckpointError, save_checkpoint
from model.config import TrainingConfig
from model.data import DataError, Dataset
from model.kernels import share_processors
from model.training import Snapshot, checkpoint_of, train

NICENESS = 10
"""The training gives way to whoever uses the pages."""


class State(StrEnum):
    """Where a training stands."""

    IDLE = "idle"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True)
class Point:
    """What a loss curve needs of one snapshot."""

    patches_seen: int
    train_error: float
    test_error: float
    train_objective: float
    test_objective: float


@dataclass(frozen=True)
class Report:
    """A training as it stands; a later one is a new object.

    Attributes:
        state: where it stands.
        run: its name, also that of its model; '' before the first training.
        config: its settings, None before the first training.
        points: of every snapshot so far.
        latest: the newest snapshot, None before the first one.
        seconds: of training so far.
        message: what went wrong, for people; '' if nothing did.
        checkpoint: the model, once the training has ended with one.
    """

    state: State = State.IDLE
    run: str = ""
    config: TrainingConfig | None = None
    points: tuple[Point, ...] = ()
    latest: Snapshot | None = None
    seconds: float = 0.0
    message: str = ""
    checkpoint: Checkpoint | None = None

    @property
    def patches_per_second(self) -> float:
        """Mean speed so far; 0 before anything was learned."""
        return self.latest.patches_seen / self.seconds if self.latest and self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Estimated, or None before there is a speed."""
        if not (self.config and self.latest and self.patches_per_second):
            return None
        return (self.config.patches - self.latest.patches_seen) / self.patches_per_second


class Trainer:
    """Runs trainings one after another and keeps what the last one came to.

    Safe to use from any thread.
    """

    def __init__(self, runs_folder: Path) -> None:
        """`runs_folder` is made when the first training ends; models are saved below it."""
        self._runs_folder = runs_folder
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._report = Report()

    def report(self) -> Report:
        """The training as it stands now."""
        with self._lock:
            return self._report

    def start(self, config: TrainingConfig, dataset: Dataset) -> str:
        """Start a training and return its name.

        Raises:
            RuntimeError: another training is still running.
        """
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                raise RuntimeError("Another training is still running; stop it first.")
            run = f"{datetime.now():%Y%m%d-%H%M%S}-{config.rule.value}"
            self._report = Report(State.RUNNING, run, config)
            self._stop.clear()
            self._thread = threading.Thread(
                target=self._run, args=(config, dataset), name="rankscope-training", daemon=True
            )
            self._thread.start()
        return run

    def stop(self, wait_seconds: float = 10.0) -> None:
        """Stop the training, keep what it has learned, and wait until its thread is gone."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(wait_seconds)

    def _run(self, config: TrainingConfig, dataset: Dataset) -> None:
        _give_way()
        share_processors((os.cpu_count() or 2) - 1)
        began = time.perf_counter()
        try:
            for snapshot in train(config, dataset):
                self._add(snapshot, time.perf_counter() - began)
                if self._stop.is_set():
                    break
        except (DataError, FloatingPointError) as error:
            self._update(state=State.FAILED, message=str(error))
        except Exception as error:  # whatever happens here must reach the visitor, not only a log
            self._update(state=State.FAILED, message=f"The training broke off: {error!r}.")
        else:
            self._finish(snapshot, config, dataset)

    def _add(self, snapshot: Snapshot, seconds: float) -> None:
        point = Point(
            snapshot.patches_seen,
            snapshot.train.final_error,
            snapshot.test.final_error,
            snapshot.train.objective,
            snapshot.test.objective,
        )
        self._update(latest=snapshot, points=(*self.report().points, point), seconds=seconds)

    def _finish(self, snapshot: Snapshot, config: TrainingConfig, dataset: Dataset) -> None:
        checkpoint = checkpoint_of(snapshot, config, dataset)
        message = ""
        try:
            save_checkpoint(checkpoint, checkpoint_path(self._runs_folder, self.report().run))
        except CheckpointError as error:
            message = f"The model can be used until the server stops, but was not saved: {error}"
        done = snapshot.patches_seen >= config.patches
        self._update(state=State.FINISHED if done else State.STOPPED, checkpoint=checkpoint, message=message)

    def _update(self, **changes: object) -> None:
        with self._lock:
            self._report = replace(self._report, **changes)  # type: ignore[arg-type]


def checkpoint_path(runs_folder: Path, run: str) -> Path:
    """Where the model of a run is kept."""
    return runs_folder / run / "checkpoint.safetensors"


def _give_way() -> None:
    """Lower this thread's priority, where the system has one for threads (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
