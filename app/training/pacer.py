"""The speed of a training: full, so many updates a second, one update at a time, or paused."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from model.training.loop import StepRequest
from model.training.optimizer import StepSize

SECONDS_BETWEEN_SHOWN = 0.4
"""At full speed a snapshot is published at least this often, however far apart recorded ones are."""
SECONDS_BETWEEN_SHOWN_SLOWLY = 0.08
"""The same while the speed is limited."""
SHARE_FOR_SHOWING = 0.1
"""At full speed, measuring snapshots that are not recorded takes at most this share of the time."""


class StoppedError(Exception):
    """Ends a training from within."""


class Pacer:
    """Paces one training: its thread calls `next_request` and `shown`, any thread the rest.

    Attributes:
        held_seconds: how long the training has been paused or slowed down so far.
    """

    def __init__(self, on_hold: Callable[[], None], on_release: Callable[[], None]) -> None:
        """Start at full speed.

        Args:
            on_hold: called in the training's thread when a pause begins.
            on_release: called there when it ends; it may wait, but no longer than until `stop` is called.
        """
        self.held_seconds = 0.0
        self._on_hold = on_hold
        self._on_release = on_release
        self._changed = threading.Condition()
        self._paused = False
        self._holding = False
        self._stopping = False
        self._last_shown = False
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
        """Pause after the next update."""
        with self._changed:
            self._paused, self._last_shown, self._steps = True, False, 0
            self._changed.notify_all()

    def go_on(self) -> None:
        """End a pause."""
        with self._changed:
            self._paused = False
            self._changed.notify_all()

    def single_step(self) -> None:
        """Make one more update within a pause."""
        with self._changed:
            self._steps += 1
            self._changed.notify_all()

    def set_speed(self, updates_per_second: float | None) -> None:
        """Limit the speed to so many updates a second, above 0; None for full speed."""
        with self._changed:
            self._speed = updates_per_second
            self._changed.notify_all()

    def set_step(self, step: StepSize) -> None:
        """Use another step size from the next update on."""
        with self._changed:
            self._step = step

    def stop(self) -> None:
        """End the training after its next update."""
        with self._changed:
            self._stopping, self._last_shown = True, False
            self._changed.notify_all()

    def shown(self) -> None:
        """Called by the training's thread after it has published a snapshot."""
        self._shown_at = time.perf_counter()
        self._showing_takes = self._shown_at - self._began_request

    def next_request(self) -> StepRequest:
        """What the training does next; waits while it is paused, or until the next slow update is due.

        Raises:
            StoppedError: the training is to end now.
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
            return self._request_while_held()
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

    def _request_while_held(self) -> StepRequest | None:
        """A last update, so that the newest snapshot is where the training stands; then single steps.

        None after having waited for something to change.
        """
        if not self._last_shown:
            self._last_shown = True
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
        """Call something that may wait with the lock released, so that other threads can use the pacer."""
        self._changed.release()
        try:
            call()
        finally:
            self._changed.acquire()
