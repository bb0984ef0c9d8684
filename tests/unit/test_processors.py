"""Which number of processors is chosen, with times that the test makes up."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from model.kernels import processors
from model.kernels.processors import ProcessorChoice


class Machine:
    """Two processors and a clock that moves only while they work."""

    def __init__(self) -> None:
        self.now = 0.0
        self.allowed = 2
        self.seconds = {1: 1.0, 2: 0.6}

    @contextmanager
    def allowing(self, count: int) -> Iterator[None]:
        """In place of `using_processors`."""
        before, self.allowed = self.allowed, count
        yield
        self.allowed = before

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
    monkeypatch.setattr(processors, "processors", lambda: made.allowed)
    monkeypatch.setattr(processors, "using_processors", made.allowing)
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
