"""How many processors share an update: as many as make it faster, which changes with what else runs.

Threads that share an update wait for each other twice. On a quiet machine two do up to twice the work of one;
beside other busy programs one of them is often not running, and all wait for it: then one alone is several
times as fast. Which it is can only be found out by trying. The weights do not depend on it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numba

SECONDS_BETWEEN_TRIALS = 0.5
SHARE_FOR_TRIALS = 0.05
"""Of the time, at most so much goes into trials."""
REMEMBERED = 0.6
"""How much of an older speed counts beside a new one."""


class ProcessorChoice:
    """Chooses between all processors and one, for the thread that uses it."""

    def __init__(self) -> None:
        """Begin with all that the calling thread may use."""
        self._most = numba.get_num_threads()
        self._speeds: dict[int, float | None] = dict.fromkeys((self._most, 1))
        self._next_trial = 0.0

    @property
    def best(self) -> int:
        """How many processors have been faster of late; all until one alone has been tried."""
        known = {count: speed for count, speed in self._speeds.items() if speed is not None}
        return max(known, key=known.__getitem__, default=next(iter(self._speeds)))

    @contextmanager
    def sharing(self, work: int) -> Iterator[None]:
        """Do some `work`, in any unit, with as many processors as seem best; now and then with the others."""
        began = time.perf_counter()
        is_trial = self._speeds[self.best] is not None and began >= self._next_trial
        count = self._other() if is_trial else self.best
        numba.set_num_threads(count)
        try:
            yield
        finally:
            numba.set_num_threads(self._most)
        took = max(time.perf_counter() - began, 1e-9)
        if is_trial:
            self._next_trial = began + max(SECONDS_BETWEEN_TRIALS, took / SHARE_FOR_TRIALS)
        known = self._speeds[count]
        speed = work / took
        self._speeds[count] = speed if known is None else REMEMBERED * known + (1 - REMEMBERED) * speed

    def _other(self) -> int:
        return next((count for count in self._speeds if count != self.best), self.best)
