"""How many processors share an update: as many as make it faster, which depends on what else runs.

Threads that share an update wait for each other six times. On a quiet machine two do up to twice the work of
one. Beside other busy programs, or another training, one of them is often not running and all wait for it:
one processor alone can then be several times as fast. Only trying tells which it is. The weights that a
training ends with do not depend on it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from model.kernels.thread_pool import processors, using_processors

SECONDS_BETWEEN_TRIALS = 0.5
SHARE_FOR_TRIALS = 0.05
"""Trials take at most this share of the time."""
REMEMBERED = 0.6
"""The weight of the earlier speed in the running mean; a new measurement has the rest."""


class ProcessorChoice:
    """Chooses between all processors and one for the one thread that uses it."""

    def __init__(self) -> None:
        """Start with all processors that the calling thread may use."""
        most = processors()
        self._speeds: dict[int, float | None] = dict.fromkeys((most, 1))
        self._next_trial = 0.0

    @property
    def best(self) -> int:
        """The number of processors with the highest recent speed; all until one alone has been tried."""
        known = {count: speed for count, speed in self._speeds.items() if speed is not None}
        return max(known, key=known.__getitem__, default=next(iter(self._speeds)))

    @contextmanager
    def sharing(self, work: int) -> Iterator[None]:
        """Run the body on the best number of processors, now and then on the other one, and take its time.

        Args:
            work: how much the body does, above 0, in a unit that is the same in every call.
        """
        is_trial = self._speeds[self.best] is not None and time.perf_counter() >= self._next_trial
        count = self._other() if is_trial else self.best
        with using_processors(count):
            began = time.perf_counter()
            yield
            seconds = max(time.perf_counter() - began, 1e-9)
        if is_trial:
            self._next_trial = began + max(SECONDS_BETWEEN_TRIALS, seconds / SHARE_FOR_TRIALS)
        known, speed = self._speeds[count], work / seconds
        self._speeds[count] = speed if known is None else REMEMBERED * known + (1 - REMEMBERED) * speed

    def _other(self) -> int:
        return next((count for count in self._speeds if count != self.best), self.best)
