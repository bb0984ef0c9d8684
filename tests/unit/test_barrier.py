"""Threads that share a compiled loop: they wait for each other, see what others wrote, and end together."""

import threading

import numpy as np
import pytest

from model.kernels.barrier import leave, meet, new_barrier
from model.kernels.compiler import compiled
from model.kernels.thread_pool import processors, share, using_processors

TIMES = 300


@compiled()
def take_turns(thread, barrier, written, wrong):  # type: ignore[no-untyped-def]
    """Write, wait, read what the others wrote, wait; counts what is not there yet or gone already."""
    for number in range(TIMES):
        written[thread] = number
        meet(barrier, thread)
        for other in range(len(barrier)):
            wrong[thread] += written[other] != number
        meet(barrier, thread)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_after_a_meeting_every_thread_sees_what_the_others_wrote(threads: int) -> None:
    written, wrong = np.zeros(threads, np.int64), np.zeros(threads, np.int64)
    barrier = new_barrier(threads)
    workers = [
        threading.Thread(target=take_turns, args=(thread, barrier, written, wrong))
        for thread in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong.any()
    assert barrier[:, 0].tolist() == [2 * TIMES] * threads


def test_without_the_wait_the_test_above_would_find_it() -> None:
    written, wrong = np.zeros(2, np.int64), np.zeros(2, np.int64)
    barrier = new_barrier(2)
    leave(barrier, 1)  # nobody waits for the other one, which does nothing
    take_turns(0, barrier, written, wrong)
    assert wrong[0] == TIMES - 1  # its number stays at 0


def test_a_loop_is_run_by_as_many_threads_as_may_be_used() -> None:
    seen: list[tuple[int, int, str]] = []
    together = threading.Barrier(2)

    def loop(thread: int, barrier: np.ndarray, word: str) -> None:
        together.wait(30)  # both are in here at once, or this raises
        seen.append((thread, len(barrier), word))

    with using_processors(2):
        share(loop, "word")
    assert sorted(seen) == [(0, 2, "word"), (1, 2, "word")]
    together = threading.Barrier(1)
    with using_processors(1):
        share(loop, "alone")
    assert seen[2:] == [(0, 1, "alone")]


@pytest.mark.parametrize("fails", [0, 1])
def test_a_thread_that_fails_keeps_nobody_waiting_and_its_error_is_raised(fails: int) -> None:
    written, wrong = np.zeros(2, np.int64), np.zeros(2, np.int64)

    def loop(thread: int, barrier: np.ndarray) -> None:
        if thread == fails:
            raise MemoryError("no room")
        take_turns(thread, barrier, written, wrong)

    with using_processors(2), pytest.raises(MemoryError, match="no room"):
        share(loop)


def test_a_thread_uses_all_processors_unless_it_is_told_otherwise() -> None:
    counts: list[int] = []
    thread = threading.Thread(target=lambda: counts.append(processors()))
    with using_processors(1):
        assert processors() == 1
        thread.start()
        thread.join()
    assert counts[0] >= 1
    with using_processors(0):
        assert processors() == 1
