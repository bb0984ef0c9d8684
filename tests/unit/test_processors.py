"""Which number of processors is chosen, with times that the test makes up."""

import numba
import pytest

from model.kernels import processors, thread_pool
from model.kernels.processors import ProcessorChoice


class Machine:
    """Two processors and a clock that moves only while they work."""

    def __init__(self) -> None:
        self.now = 0.0
        self.allowed = 2
        self.seconds = {1: 1.0, 2: 0.6}

    def do(self, choice: ProcessorChoice) -> int:
        """One piece of work; how many processors it used."""
        with choice.sharing(work=100):
            used = self.allowed
            self.now += self.seconds[used] / 100
        return used


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    monkeypatch.setattr(processors.time, "perf_counter", lambda: made.now)
    monkeypatch.setattr(numba, "threading_layer", lambda: "omp")
    monkeypatch.setattr(numba, "get_num_threads", lambda: made.allowed)
    monkeypatch.setattr(numba, "set_num_threads", lambda count: setattr(made, "allowed", count))
    return made


def test_two_are_used_where_they_are_faster_and_one_is_tried_now_and_then(machine: Machine) -> None:
    choice = ProcessorChoice()
    used = [machine.do(choice) for _ in range(1000)]
    assert used[0] == 2
    assert 1 in used
    assert used.count(1) / len(used) < 0.05
    assert choice.best == 2
    assert machine.allowed == 2  # whatever it tried, the thread may use all again


def test_one_is_used_once_two_have_become_slower_and_two_again_when_that_is_over(machine: Machine) -> None:
    choice = ProcessorChoice()
    for _ in range(200):
        machine.do(choice)
    machine.seconds = {1: 2.0, 2: 40.0}  # something else is busy
    for _ in range(200):
        machine.do(choice)
    assert choice.best == 1
    before, tried = machine.now, 0.0
    for _ in range(2000):
        began = machine.now
        if machine.do(choice) == 2:
            tried += machine.now - began
    assert 0 < tried / (machine.now - before) < 0.06
    machine.seconds = {1: 1.0, 2: 0.6}
    for _ in range(3000):
        machine.do(choice)
    assert choice.best == 2


def test_a_machine_with_one_processor_uses_it(machine: Machine) -> None:
    machine.allowed = 1
    choice = ProcessorChoice()
    assert {machine.do(choice) for _ in range(200)} == {1}


def test_a_wait_for_other_trainings_does_not_count_as_work(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lock:
        """Another training leaves the pool of threads after a tenth of a second."""

        waits = 0

        def __enter__(self) -> None:
            machine.now += 0.1
            self.waits += 1

        def __exit__(self, *_: object) -> None:
            pass

    lock = Lock()
    monkeypatch.setattr(numba, "threading_layer", lambda: "workqueue")
    monkeypatch.setattr(thread_pool, "_pool_lock", lock)
    choice = ProcessorChoice()
    used = [machine.do(choice) for _ in range(100)]
    assert choice.best == 2
    assert used.count(2) > 70
    assert lock.waits == used.count(2)  # on one processor nothing is waited for
