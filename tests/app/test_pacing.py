"""TrainingQueue and pacing: who trains when, and how fast."""

import threading
import time
from collections.abc import Callable

import pytest

from app.training.pacer import Pacer, StoppedError
from app.training.queue import TrainingQueue
from model.training.optimizer import StepSize


def until(true: Callable[[], bool]) -> None:
    """Wait for something that another thread does; fail after a minute."""
    for _ in range(6000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come about")


class Waiter(threading.Thread):
    """One who waits for a turn."""

    def __init__(self, queue: TrainingQueue, name: str) -> None:
        super().__init__(daemon=True)
        self.queue, self.who, self.got = queue, name, None
        queue.enqueue(name)
        self.start()

    def run(self) -> None:
        self.got = self.queue.wait(self.who)


def test_turns_are_given_in_order_and_so_many_at_a_time() -> None:
    queue = TrainingQueue(2)
    waiters = {name: Waiter(queue, name) for name in "abcd"}
    until(lambda: waiters["a"].got is True and waiters["b"].got is True)
    assert [queue.place(name) for name in "abcd"] == [0, 0, 1, 2]
    assert queue.waiting() == 2
    queue.release("b")
    until(lambda: waiters["c"].got is True)
    assert [queue.place(name) for name in "acd"] == [0, 0, 1]
    assert waiters["d"].got is None


def test_who_leaves_the_line_is_told_so_and_those_behind_move_up() -> None:
    queue = TrainingQueue(1)
    waiters = {name: Waiter(queue, name) for name in "abc"}
    until(lambda: waiters["a"].got is True)
    queue.release("b")
    until(lambda: waiters["b"].got is False)
    assert queue.place("c") == 1
    queue.release("a")
    until(lambda: waiters["c"].got is True)


def test_who_was_first_before_goes_before_the_line() -> None:
    queue = TrainingQueue(1)
    waiters = {name: Waiter(queue, name) for name in "ab"}
    until(lambda: waiters["a"].got is True)
    queue.enqueue("z", first=True)
    assert (queue.place("z"), queue.place("b")) == (1, 2)


def pacer() -> Pacer:
    return Pacer(on_hold=lambda: None, on_release=lambda: None)


def test_at_full_speed_a_stretch_is_long_and_shown_now_and_then() -> None:
    paced = pacer()
    assert paced.next_request().show
    paced.shown()
    request = paced.next_request()
    assert request.updates > 1000
    assert not request.show


def test_a_changed_step_size_is_handed_on_once() -> None:
    paced = pacer()
    paced.set_step(StepSize(0.2, 0.5))
    assert paced.next_request().step == StepSize(0.2, 0.5)
    assert paced.next_request().step is None


def test_slow_motion_makes_single_updates_that_far_apart() -> None:
    paced = pacer()
    paced.set_speed(50)
    paced.next_request()
    began = time.perf_counter()
    stretches = [paced.next_request() for _ in range(10)]
    assert time.perf_counter() - began >= 10 / 50 * 0.99
    assert {s.updates for s in stretches} == {1}
    assert paced.held_seconds >= 10 / 50 * 0.9


def test_the_end_comes_after_one_update_more_that_is_kept() -> None:
    paced = pacer()
    paced.stop()
    last = paced.next_request()
    assert (last.updates, last.show, last.record) == (1, True, True)
    with pytest.raises(StoppedError):
        paced.next_request()


class Trainee(threading.Thread):
    """What a training's thread does, for a pacer."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.said: list[str] = []
        self.updates = 0
        self.paced = Pacer(
            on_hold=lambda: self.said.append("held"), on_release=lambda: self.said.append("on")
        )

    def run(self) -> None:
        try:
            while True:
                self.updates += self.paced.next_request().updates
                time.sleep(0.001)
        except StoppedError:
            self.said.append("stopped")


def test_a_pause_holds_and_steps_are_made_one_by_one_within_it() -> None:
    trainee = Trainee()
    trainee.paced.pause()
    trainee.start()
    until(lambda: trainee.said == ["held"])
    assert trainee.updates == 1  # the one that shows where it halts
    for made in (2, 3):
        trainee.paced.single_step()
        until(lambda made=made: trainee.updates == made)
    trainee.paced.go_on()
    until(lambda: trainee.updates > 1000)
    assert trainee.said == ["held", "on"]
    trainee.paced.stop()
    trainee.join(10)
    assert trainee.said == ["held", "on", "stopped"]


def test_a_training_that_is_held_can_be_stopped() -> None:
    trainee = Trainee()
    trainee.paced.pause()
    trainee.start()
    until(lambda: trainee.said == ["held"])
    trainee.paced.stop()
    trainee.join(10)
    assert trainee.said == ["held", "stopped"]
    assert trainee.updates == 2
