"""One training in a thread of its own.

The thread calls nothing of a page. It iterates over the snapshots of `model.runs.recorder.run_training`,
which writes them to the run folder, and publishes a `Report` after each. Between updates its pacer pauses it,
slows it down or stops it.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from app.training.pacer import Pacer, StoppedError
from app.training.queue import QueuePlace, TrainingQueue
from app.training.report import UNDER_WAY, Report, State
from model.checkpoint import CheckpointError
from model.config import TrainingConfig
from model.data.pictures import DataError, Dataset, Progress
from model.runs.folder import InitialModel, Run, create_run, write_end_status
from model.runs.history import Point, recorded_points
from model.runs.lock import RunBusyError
from model.runs.metadata import RunMetadata
from model.runs.reading import EndStatus, RunError
from model.runs.recorder import run_training
from model.runs.state import load_state
from model.training.loop import checkpoint_of
from model.training.optimizer import StepSize

NICENESS = 10
"""Added to the priority of a training's thread, so that pages stay responsive; 0 (normal) to 19 (lowest)."""


@dataclass(frozen=True)
class TrainingRequest:
    """What to train.

    Attributes:
        config: the settings.
        source: where the pictures come from, in words or as `load_dataset` takes it.
        load: returns the pictures; reports a download's progress through its argument.
        start: a model to train on from; None starts from noise.
        owner: the visitor whose training it is; '' for everybody's, None where it is not known.
    """

    config: TrainingConfig
    source: str
    load: Callable[[Progress], Dataset]
    start: InitialModel | None = None
    owner: str | None = ""


class Training:
    """A training from its request to its end. Safe to use from any thread.

    Attributes:
        name: of the run and its folder.
        request: what it trains.
        attempt: tells it from an earlier training of the same run.
    """

    def __init__(
        self, name: str, request: TrainingRequest, runs_folder: Path, queue: TrainingQueue, run: Run | None
    ) -> None:
        """Enqueue the training and start its thread, which trains as soon as it gets a slot.

        Args:
            name: of the run and its folder.
            request: what to train.
            runs_folder: where the run's folder is, or will be.
            queue: gives out the slots in which trainings run.
            run: the run to resume; None makes a new one.

        Raises:
            RunError: the run to resume is damaged.
        """
        self.name = name
        self.request = request
        self.attempt = str(time.time_ns())
        self._runs_folder = runs_folder
        self._queue = queue
        self._place = QueuePlace(request.owner)
        self._lock = threading.Lock()
        state = load_state(run) if run else None
        begun_with = state.patches_seen if state else 0
        points = recorded_points(run) if run else []
        self._report = Report(
            State.WAITING,
            state.step if state else StepSize(request.config.step_size, request.config.step_decay),
            points=tuple(p for p in points if p.patches_seen <= begun_with),
            begun_with=begun_with,
        )
        self._pacer = Pacer(on_hold=self._hold, on_release=self._release)
        queue.enqueue(self._place)
        self._thread = threading.Thread(target=self._run, args=(run,), name="rankscope-training", daemon=True)
        self._thread.start()

    @property
    def under_way(self) -> bool:
        """Whether it has not ended yet."""
        return self.report().state in UNDER_WAY

    def report(self) -> Report:
        """The training as it stands now."""
        with self._lock:
            return self._report

    def queue_position(self) -> int:
        """Its position among the trainings that wait, from 1; 0 if it does not wait."""
        return self._queue.position(self._place)

    def pause(self) -> None:
        """Pause after the next update; another training may use the slot meanwhile."""
        self._pacer.pause()

    def go_on(self) -> None:
        """End a pause, as soon as there is a slot."""
        self._pacer.go_on()

    def single_step(self) -> None:
        """Make one update while it is paused."""
        self._pacer.single_step()

    def set_speed(self, updates_per_second: float | None) -> None:
        """Limit the speed to so many updates a second, above 0; None for full speed."""
        self._pacer.set_speed(updates_per_second)
        self._update(speed=updates_per_second)

    def set_step(self, step: StepSize) -> None:
        """Use another step size from the next update on."""
        self._pacer.set_step(step)
        self._update(step=step)

    def stop(self, wait_seconds: float = 10.0) -> None:
        """Stop it with what it has learned kept, and wait for its thread to end, at most so many seconds."""
        self.request_stop()
        self.join(wait_seconds)

    def request_stop(self) -> None:
        """Stop it after the next update, with what it has learned kept; returns at once."""
        self._pacer.stop()
        self._queue.cancel(self._place)

    def join(self, wait_seconds: float) -> None:
        """Wait for its thread to end, at most so many seconds; no-op in that thread itself."""
        if self._thread is not threading.current_thread():
            self._thread.join(wait_seconds)

    def _run(self, run: Run | None) -> None:
        _lower_priority()
        dataset = None
        try:
            if not self._queue.wait(self._place):
                raise StoppedError
            self._update(state=State.LOADING)
            dataset = self.request.load(self._show_download)
            run = run or self._new_run(dataset)
            self._update(state=State.RUNNING, loaded=None, left_out=dataset.left_out)
            self._train(run, dataset)
        except StoppedError:
            self._finish(State.STOPPED, run, dataset)
        except RunBusyError as error:  # its end is not ours to write
            self._finish(State.FAILED, None, dataset, self._without_places(str(error)))
        except (DataError, RunError, CheckpointError, FloatingPointError, ValueError) as error:
            self._finish(State.FAILED, run, dataset, self._without_places(str(error)))
        except Exception as error:  # whatever happens here must reach the visitor, not only a log
            told = self._without_places(f"The training broke off: {error!r}.")
            self._finish(State.FAILED, run, dataset, told)
        else:
            self._finish(State.FINISHED, run, dataset)
        finally:
            self._queue.release(self._place)

    def _without_places(self, message: str) -> str:
        """A message without the place of the runs on the server's disk, which is no visitor's business."""
        return message.replace(f"{self._runs_folder}{os.sep}", "")

    def _new_run(self, dataset: Dataset) -> Run:
        request, folder = self.request, self._runs_folder / self.name
        metadata = RunMetadata(owner=request.owner) if request.owner else None
        return create_run(folder, request.config, request.source, dataset, request.start, metadata)

    def _train(self, run: Run, dataset: Dataset) -> None:
        began = time.perf_counter()
        for snapshot in run_training(run, dataset, self._pacer.next_request):
            report = self.report()
            points = report.points
            if snapshot.recorded:
                points = (*points, Point(snapshot.patches_seen, snapshot.train, snapshot.test))
            seconds = time.perf_counter() - began - self._pacer.held_seconds
            self._update(latest=snapshot, points=points, seconds=seconds)
            self._pacer.shown()

    def _hold(self) -> None:
        """Called by the pacer when a pause begins: another training may use the slot."""
        self._update(state=State.PAUSED)
        self._queue.release(self._place)

    def _release(self) -> None:
        """Called by the pacer when a pause ends: wait for a slot, as the first of the owner's trainings."""
        self._update(state=State.WAITING)
        self._queue.enqueue(self._place, first=True)
        if self._queue.wait(self._place):
            self._update(state=State.RUNNING)

    def _show_download(self, done: int, total: int) -> None:
        self._update(loaded=(done, total))
        if self._pacer.stopping:
            raise StoppedError

    def _finish(self, state: State, run: Run | None, dataset: Dataset | None, message: str = "") -> None:
        report = self.report()
        checkpoint = None
        if dataset is not None and report.latest is not None:
            checkpoint = checkpoint_of(report.latest, self.request.config, dataset)
        if run is not None and state is not State.FINISHED:
            write_end_status(run, EndStatus(state.value, message))
        self._update(state=state, message=message, loaded=None, checkpoint=checkpoint)

    def _update(self, **changes: object) -> None:
        with self._lock:
            self._report = replace(self._report, **changes)  # type: ignore[arg-type]


def _lower_priority() -> None:
    """Lower the calling thread's priority, where the system has one for threads (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
