"""One training at a time, in a thread of its own, watched through immutable reports.

The thread never touches the page. It takes snapshots from `model.runs.run_training`, which keeps them on disk
as they come, and hands out the latest; between draws of patches it looks whether it should pause or stop.
"""

import contextlib
import os
import threading
import time
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from model.checkpoint import Checkpoint, CheckpointError
from model.config import TrainingConfig
from model.data import DataError, Dataset
from model.history import check_name
from model.kernels import share_processors
from model.runs import Run, RunError, create_run, load_state, open_run, read_metrics, run_training
from model.sources import load_dataset
from model.training import Snapshot, checkpoint_of

NICENESS = 10
"""The training gives way to whoever uses the pages."""


class State(StrEnum):
    """Where a training stands."""

    IDLE = "idle"
    LOADING = "loading"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


BUSY = {State.LOADING, State.RUNNING, State.PAUSED}


@dataclass(frozen=True)
class Point:
    """What the curves need of one snapshot."""

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
        source: where its pictures come from.
        points: of every snapshot so far, those before a resumption too.
        latest: the newest snapshot, None before the first one.
        begun_with: patches seen before this stretch of it.
        seconds: of training in this stretch, pauses left out.
        loaded: how much of a download is done, in bytes, and of how many; None without one.
        message: what went wrong, for people; '' if nothing did.
        checkpoint: the model, once the training has ended with one.
    """

    state: State = State.IDLE
    run: str = ""
    config: TrainingConfig | None = None
    source: str = "sample"
    points: tuple[Point, ...] = ()
    latest: Snapshot | None = None
    begun_with: int = 0
    seconds: float = 0.0
    loaded: tuple[int, int] | None = None
    message: str = ""
    checkpoint: Checkpoint | None = None

    @property
    def patches_seen(self) -> int:
        """By the newest snapshot."""
        return self.latest.patches_seen if self.latest else self.begun_with

    @property
    def patches_per_second(self) -> float:
        """Mean speed of this stretch; 0 before anything was learned."""
        return (self.patches_seen - self.begun_with) / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Estimated, or None before there is a speed."""
        if not (self.config and self.patches_per_second):
            return None
        return (self.config.patches - self.patches_seen) / self.patches_per_second


class _StopError(Exception):
    """Ends the training from within."""


class Trainer:
    """Runs trainings one after another and keeps what the last one came to.

    Safe to use from any thread.
    """

    def __init__(self, runs_folder: Path) -> None:
        """`runs_folder` is made when the first training begins; every run has a folder below it."""
        self._runs_folder = runs_folder
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._go_on = threading.Event()
        self._thread: threading.Thread | None = None
        self._report = Report()
        self._paused_seconds = 0.0

    def report(self) -> Report:
        """The training as it stands now."""
        with self._lock:
            return self._report

    def start(self, config: TrainingConfig, source: str) -> str:
        """Start a training and return its name.

        Args:
            config: its settings.
            source: where its pictures come from, as `load_dataset` takes it.

        Raises:
            RuntimeError: another training is still running.
        """
        run = self._free_name(f"{datetime.now():%Y%m%d-%H%M%S}-{config.rule.value}")
        self._begin(Report(State.LOADING, run, config, source), is_new=True)
        return run

    def resume(self, name: str) -> None:
        """Go on with a run that was stopped or interrupted.

        Raises:
            RuntimeError: another training is still running.
            RunError: there is no such run, or it is damaged.
        """
        check_name(name)
        run = open_run(self._runs_folder / name)
        state = load_state(run)
        begun_with = state.patches_seen if state else 0
        points = tuple(_point(row) for row in read_metrics(run) if row["patches_seen"] <= begun_with)
        report = Report(State.LOADING, name, run.config, run.source, points, begun_with=begun_with)
        self._begin(report, is_new=False)

    def pause(self) -> None:
        """Hold the training where it is, within a moment; `go_on` lets it continue."""
        with self._lock:
            if self._report.state is State.RUNNING:
                self._go_on.clear()
                self._report = replace(self._report, state=State.PAUSED)

    def go_on(self) -> None:
        """End a pause."""
        with self._lock:
            if self._report.state is State.PAUSED:
                self._report = replace(self._report, state=State.RUNNING)
                self._go_on.set()

    def stop(self, wait_seconds: float = 10.0) -> None:
        """Stop the training, keep what it has learned, and wait until its thread is gone."""
        self._stop.set()
        self._go_on.set()
        if self._thread is not None:
            self._thread.join(wait_seconds)

    def _free_name(self, wanted: str) -> str:
        names = [wanted, *(f"{wanted}-{number}" for number in range(2, 1000))]
        return next(name for name in names if not (self._runs_folder / name).exists())

    def _begin(self, report: Report, *, is_new: bool) -> None:
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                raise RuntimeError("Another training is still running; stop it first.")
            self._report = report
            self._paused_seconds = 0.0
            self._stop.clear()
            self._go_on.set()
            self._thread = threading.Thread(
                target=self._run, args=(report, is_new), name="rankscope-training", daemon=True
            )
            self._thread.start()

    def _run(self, report: Report, is_new: bool) -> None:
        _give_way()
        share_processors((os.cpu_count() or 2) - 1)
        dataset = None
        try:
            dataset = load_dataset(report.source, self._show_download)
            run = self._open(report, dataset, is_new)
            self._train(run, dataset)
        except _StopError:
            self._finish(State.STOPPED, dataset)
        except (DataError, RunError, CheckpointError, FloatingPointError) as error:
            self._finish(State.FAILED, dataset, str(error))
        except Exception as error:  # whatever happens here must reach the visitor, not only a log
            self._finish(State.FAILED, dataset, f"The training broke off: {error!r}.")
        else:
            self._finish(State.FINISHED, dataset)

    def _open(self, report: Report, dataset: Dataset, is_new: bool) -> Run:
        folder = self._runs_folder / report.run
        assert report.config is not None
        run = create_run(folder, report.config, report.source, dataset) if is_new else open_run(folder)
        self._update(state=State.RUNNING, loaded=None)
        return run

    def _train(self, run: Run, dataset: Dataset) -> None:
        began = time.perf_counter()
        for snapshot in run_training(run, dataset, self._breathe):
            points = [p for p in self.report().points if p.patches_seen < snapshot.patches_seen]
            self._update(
                latest=snapshot,
                points=(*points, _point_of(snapshot)),
                seconds=time.perf_counter() - began - self._paused_seconds,
            )

    def _breathe(self) -> None:
        if not self._go_on.is_set():
            began = time.perf_counter()
            self._go_on.wait()
            self._paused_seconds += time.perf_counter() - began
        if self._stop.is_set():
            raise _StopError

    def _show_download(self, done: int, total: int) -> None:
        self._update(loaded=(done, total))
        if self._stop.is_set():
            raise _StopError

    def _finish(self, state: State, dataset: Dataset | None, message: str = "") -> None:
        report = self.report()
        checkpoint = None
        if dataset is not None and report.config is not None and report.latest is not None:
            checkpoint = checkpoint_of(report.latest, report.config, dataset)
        self._update(state=state, message=message, loaded=None, checkpoint=checkpoint)

    def _update(self, **changes: object) -> None:
        with self._lock:
            self._report = replace(self._report, **changes)  # type: ignore[arg-type]


def checkpoint_path(runs_folder: Path, run: str) -> Path:
    """Where the model of a run is kept."""
    return runs_folder / run / "checkpoint.safetensors"


def _point_of(snapshot: Snapshot) -> Point:
    return Point(
        snapshot.patches_seen,
        snapshot.train.final_error,
        snapshot.test.final_error,
        snapshot.train.objective,
        snapshot.test.objective,
    )


def _point(row: dict[str, Any]) -> Point:
    """The same from a kept line of metrics."""
    try:
        train, test = row["train"], row["test"]
        errors, objectives = [[part[name] for part in (train, test)] for name in ("final_error", "objective")]
    except (KeyError, TypeError) as error:
        raise RunError("The metrics of this run are damaged; start a new run.") from error
    return Point(row["patches_seen"], *errors, *objectives)


def _give_way() -> None:
    """Lower this thread's priority, where the system has one for threads (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
