"""All trainings of this server: those under way, those that wait, those that have lately ended."""

import os
import threading
import time
from datetime import datetime
from pathlib import Path

from app.training.job import Training, TrainingRequest
from app.training.limits import LimitError, check_waiting
from app.training.queue import TrainingQueue
from model.runs.folder import Run, open_run
from model.runs.metadata import check_name, free_name
from model.runs.quota import check_quota, expected_size
from model.runs.reading import RunError

ENDED_KEPT = 8
"""Ended trainings whose reports stay in memory."""
PROCESSORS_FOR_ONE = 2
"""A training gets this many processors before a second one runs beside it."""
SECONDS_TO_STOP = 10.0


class Trainings:
    """Starts trainings and finds them by name. Safe to use from any thread."""

    def __init__(self, runs_folder: Path) -> None:
        """Start with no trainings.

        Args:
            runs_folder: holds a folder for each run; made when the first training begins.
        """
        self._runs_folder = runs_folder
        self._queue = TrainingQueue(max(1, (os.cpu_count() or 1) // PROCESSORS_FOR_ONE))
        self._lock = threading.Lock()
        self._trainings: dict[str, Training] = {}
        self._closed = False

    def start(self, request: TrainingRequest, speed: float | None = None) -> str:
        """Enqueue a new training.

        Args:
            request: what to train.
            speed: the limit in updates a second, above 0; None for full speed.

        Returns:
            Its name, which is that of its run folder too.

        Raises:
            LimitError: too many trainings wait, or its owner has as many runs or as much on disk as one may.
            RuntimeError: the server is stopping.
        """
        with self._lock:
            self._check_quota(request)
            self._prepare(request.owner)
            wanted = f"{datetime.now():%Y%m%d-%H%M%S}-{request.config.rule.value}"
            taken = [n for n in self._trainings if n.startswith(wanted)]
            name = free_name(self._runs_folder, f"{wanted}-{len(taken) + 1}" if taken else wanted)
            training = Training(name, request, self._runs_folder, self._queue, None)
            training.set_speed(speed)
            self._trainings[name] = training
            return name

    def resume(self, run: Run, request: TrainingRequest) -> None:
        """Enqueue a run that was stopped or interrupted, to go on where it stands.

        Args:
            run: which one.
            request: with the run's own settings and pictures.

        Raises:
            LimitError: too many trainings wait.
            RuntimeError: it is under way already, or the server is stopping.
            RunError: it is damaged.
        """
        name = run.folder.name
        with self._lock:
            if self.is_under_way(name):
                raise RuntimeError("This training is under way already.")
            self._prepare(request.owner)
            training = Training(name, request, self._runs_folder, self._queue, run)
            self._trainings.pop(name, None)  # so that it is the last one in `all`
            self._trainings[name] = training

    def find(self, name: str | None) -> Training | None:
        """The training of that name; None if this server has not had it, or not lately."""
        return self._trainings.get(name or "")

    def is_under_way(self, name: str) -> bool:
        """Whether a training of that name waits or runs."""
        training = self.find(name)
        return training is not None and training.under_way

    def all(self) -> list[Training]:
        """All trainings in the order in which they were started or resumed."""
        return list(self._trainings.values())

    def forget(self, name: str) -> None:
        """Remove a training that has ended; no-op if it is under way or unknown."""
        with self._lock:
            if not self.is_under_way(name):
                self._trainings.pop(name, None)

    def stop_all(self, wait_seconds: float = SECONDS_TO_STOP) -> None:
        """Stop all trainings for good, with what they have learned kept.

        No training that waits begins meanwhile. All are told to stop before the first is waited for.

        Args:
            wait_seconds: the longest wait for all of them together.
        """
        deadline = time.monotonic() + wait_seconds
        with self._lock:
            self._closed = True
            self._queue.close()
            trainings = self.all()
        for training in trainings:
            training.request_stop()
        for training in trainings:
            training.join(max(0.0, deadline - time.monotonic()))

    def open(self, name: str) -> Run:
        """The run of that name.

        Raises:
            RunError: there is none, or it is damaged.
        """
        check_name(name)
        return open_run(self._runs_folder / name)

    def _prepare(self, owner: str | None) -> None:
        """Check that one more training of `owner` may wait, and drop old ones from memory."""
        if self._closed:
            raise RuntimeError("The server is stopping; start the training when it is back.")
        check_waiting(owner, self._queue.waiting_of(owner), self._queue.waiting())
        ended = [name for name, training in self._trainings.items() if not training.under_way]
        for name in ended[: max(0, len(ended) - ENDED_KEPT)]:
            del self._trainings[name]

    def _check_quota(self, request: TrainingRequest) -> None:
        """Check that the owner may have one more run beside those that their waiting trainings will make."""
        waiting = [
            expected_size(training.request.config)
            for training in self.all()
            if training.under_way
            and training.request.owner == request.owner
            and not (self._runs_folder / training.name).exists()
        ]
        try:
            check_quota(self._runs_folder, request.owner, expected_size(request.config), *waiting)
        except RunError as error:
            raise LimitError(str(error)) from error
