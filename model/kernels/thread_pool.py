"""Loops that several threads share: how many of them, and how they are started and ended."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from numba import config

from model.kernels.barrier import leave, new_barrier

_allowed: ContextVar[int] = ContextVar("processors that the calling thread's loops may use")


def processors() -> int:
    """How many processors the calling thread's loops use: all, or fewer inside `using_processors`.

    The environment's NUMBA_NUM_THREADS says how many "all" are, else the processors of this process.
    """
    most: int = config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
    return min(most, _allowed.get(most))


@contextmanager
def using_processors(count: int) -> Iterator[None]:
    """Let the calling thread's loops use at most `count` processors, at least one, whatever it was before.

    What they compute does not depend on it.
    """
    token = _allowed.set(max(1, count))
    try:
        yield
    finally:
        _allowed.reset(token)


def share(loop: Callable[..., Any], *arguments: object) -> None:
    """Run a compiled loop in `processors()` threads at once, one of them the calling one.

    The others are started anew each time, which takes a twentieth of a millisecond: so they have the calling
    thread's priority, and two trainings do not wait for each other's.

    Args:
        loop: called as loop(thread, barrier, *arguments), with the thread's number and what `meet` takes.
        arguments: of the loop, the same for all threads.

    Raises:
        Exception: what the loop raised, in whichever thread.
    """
    barrier = new_barrier(processors())
    raised: list[BaseException] = []

    def run(thread: int) -> None:
        try:
            loop(thread, barrier, *arguments)
        except BaseException as error:
            raised.append(error)
        finally:
            leave(barrier, thread)

    others = [threading.Thread(target=run, args=(thread,), daemon=True) for thread in range(1, len(barrier))]
    for other in others:
        other.start()
    run(0)
    for other in others:
        other.join()
    if raised:
        raise raised[0]
