"""How fast a training goes: at full speed, a few updates a second, one at a time, or not at all."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from model.training.loop import StepRequest
from model.training.optimizer import StepSize

SECONDS_BETWEEN_SHOWN = 0.4
"""At full speed the newest weights are handed out this often, however far apart snapshots are due."""
SECONDS_BETWEEN_SHOWN_SLOWLY = 0.08
SHARE_FOR_SHOWING = 0.1
"""Of a training's time, measuring what is handed out in passing may take so much."""


class StoppedError(Exception):
    """Ends a training from within."""


class Pacer:
    """Paces one training: its thread calls `next_request`, anyone else the rest.

    Attributes:
        held_seconds: how long the training has been held or slowed down so far.
    """

    def __init__(self, on_hold: Callable[[], None], on_release: Callable[[], None]) -> None:
        """Both are called in the training's thread: when it is held, and when it may go on.

        `on_release` may wait until `stop` is called.
        """
        self.held_seconds = 0.0
        self._on_hold = on_hold
        self._on_release = on_release
        self._changed = threading.Condition()
        self._paused = False
        self._holding = False
        self._stopping = False
        self._halt_shown = False
        self._steps = 0
        self._speed: float | None = None
        self._step: StepSize | None = None
        self._began_request = 0.0
        self._shown_at = 0.0
        self._showing_takes = 0.0

    @property
    def stopping(self) -> bool:
        """Whether the training is to end."""
        return self._stopping

    def pause(self) -> None:
        """Hold the training."""
        with self._changed:
            self._paused, self._halt_shown, self._steps = True, False, 0
            self._changed.notify_all()

    def go_on(self) -> None:
        """End a pause."""
        with self._changed:
            self._paused = False
            self._changed.notify_all()

    def single_step(self) -> None:
        """One update more while it is paused."""
        with self._changed:
            self._steps += 1
            self._changed.notify_all()

    def set_speed(self, updates_per_second: float | None) -> None:
        """So many updates a second; None for full speed."""
        with self._changed:
            self._speed = updates_per_second
            self._changed.notify_all()

    def set_step(self, step: StepSize) -> None:
        """Another step size from the next update on."""
        with self._changed:
            self._step = step

    def stop(self) -> None:
        """End the training at its next update."""
        with self._changed:
            self._stopping, self._halt_shown = True, False
            self._changed.notify_all()

    def shown(self) -> None:
        """The training's thread says that it has handed out a snapshot."""
        self._shown_at = time.perf_counter()
        self._showing_takes = self._shown_at - self._began_request

    def next_request(self) -> StepRequest:
        """What the training does next; waits while it is held, or until the next slow update is due.

        Raises:
            StoppedError: it is to end.
        """
        with self._changed:
            began = time.perf_counter()
            while (request := self._request_if_due()) is None:
                pass
            step, self._step = self._step, None
            self._began_request = time.perf_counter()
            self.held_seconds += self._began_request - began
            return replace(request, step=step)

    def _request_if_due(self) -> StepRequest | None:
        """A request, or None after having waited for something to change."""
        if self._stopping or self._paused:
            return self._halting()
        if self._holding:
            self._holding = False
            self._outside(self._on_release)
            return None
        now = time.perf_counter()
        if self._speed is None:
            rest = max(SECONDS_BETWEEN_SHOWN, self._showing_takes / SHARE_FOR_SHOWING)
            return StepRequest(show=now - self._shown_at >= rest)
        wait = self._began_request + 1 / self._speed - now
        if wait > 0:
            self._changed.wait(wait)
            return None
        return StepRequest(updates=1, show=now - self._shown_at >= SECONDS_BETWEEN_SHOWN_SLOWLY)

    def _halting(self) -> StepRequest | None:
        """Before a pause or the end one update more, so that what is shown, and kept, is where it halts."""
        if not self._halt_shown:
            self._halt_shown = True
            return StepRequest(updates=1, show=True, record=self._stopping)
        if self._stopping:
            raise StoppedError
        if self._steps > 0:
            self._steps -= 1
            return StepRequest(updates=1, show=True)
        if not self._holding:
            self._holding = True
            self._outside(self._on_hold)
            return None
        self._changed.wait()
        return None

    def _outside(self, call: Callable[[], None]) -> None:
        """Call something that may wait, without holding others up meanwhile."""
        self._changed.release()
        try:
            call()
        finally:
            self._changed.acquire()
