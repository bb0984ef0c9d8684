"""All trainings of this server: those under way, those that wait, those that have lately ended."""

import os
import threading
from datetime import datetime
from pathlib import Path

from app.training.job import Training, TrainingRequest
from app.training.queue import TrainingQueue
from model.runs.folder import Run, open_run
from model.runs.metadata import check_name, free_name

MOST_WAITING = 12
ENDED_KEPT = 8
PROCESSORS_FOR_ONE = 2
"""A training gets this many processors of its own before a second one may run beside it."""


class Trainings:
    """Starts trainings and knows them by name. Safe to use from any thread."""

    def __init__(self, runs_folder: Path) -> None:
        """`runs_folder` is made when the first training begins; every run has a folder below it."""
        self._runs_folder = runs_folder
        self._queue = TrainingQueue(max(1, (os.cpu_count() or 1) // PROCESSORS_FOR_ONE))
        self._lock = threading.Lock()
        self._trainings: dict[str, Training] = {}

    def start(self, request: TrainingRequest, speed: float | None = None) -> str:
        """Let a new training line up, held down to some updates a second or at full speed; return its name.

        Raises:
            RuntimeError: too many wait already.
        """
        with self._lock:
            self._make_room()
            wanted = f"{datetime.now():%Y%m%d-%H%M%S}-{request.config.rule.value}"
            taken = [n for n in self._trainings if n.startswith(wanted)]
            name = free_name(self._runs_folder, f"{wanted}-{len(taken) + 1}" if taken else wanted)
            training = Training(name, request, self._runs_folder, self._queue, None)
            training.set_speed(speed)
            self._trainings[name] = training
            return name

    def resume(self, run: Run, request: TrainingRequest) -> None:
        """Let a run go on that was stopped or interrupted.

        Raises:
            RuntimeError: too many wait already, or this one is under way.
            RunError: it is damaged.
        """
        name = run.folder.name
        with self._lock:
            if self.is_under_way(name):
                raise RuntimeError("This training is under way already.")
            self._make_room()
            self._trainings.pop(name, None)
            self._trainings[name] = Training(name, request, self._runs_folder, self._queue, run)

    def find(self, name: str | None) -> Training | None:
        """A training by name, if this server has had it lately."""
        return self._trainings.get(name or "")

    def is_under_way(self, name: str) -> bool:
        """Whether a training of that name has begun or waits, and has not ended."""
        training = self.find(name)
        return training is not None and training.under_way

    def all(self) -> list[Training]:
        """Every one, in the order in which they began."""
        return list(self._trainings.values())

    def forget(self, name: str) -> None:
        """Let go of one that has ended: its run is gone."""
        with self._lock:
            if not self.is_under_way(name):
                self._trainings.pop(name, None)

    def stop_all(self) -> None:
        """End every one, with what it has learned kept."""
        for training in self.all():
            training.stop()

    def open(self, name: str) -> Run:
        """The run of that name.

        Raises:
            RunError: there is none, or it is damaged.
        """
        check_name(name)
        return open_run(self._runs_folder / name)

    def _make_room(self) -> None:
        if self._queue.waiting() >= MOST_WAITING:
            raise RuntimeError(f"{MOST_WAITING} trainings are waiting already; try again when one has begun.")
        ended = [name for name, training in self._trainings.items() if not training.under_way]
        for name in ended[: max(0, len(ended) - ENDED_KEPT)]:
            del self._trainings[name]
