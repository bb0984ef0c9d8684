"""Queue and pacing: who trains when, and how fast."""

import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.training.pacer import Pacer, StoppedError
from app.training.queue import QueuePlace, TrainingQueue
from model.training.optimizer import StepSize


def until(true: Callable[[], bool]) -> None:
    """Wait for something that another thread does; fail after a minute."""
    for _ in range(6000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come about")


class Waiter(threading.Thread):
    """A job that waits for a slot."""

    def __init__(self, queue: TrainingQueue, owner: str = "") -> None:
        super().__init__(daemon=True)
        self.queue, self.place = queue, QueuePlace(owner)
        self.got: bool | None = None
        queue.enqueue(self.place)
        self.start()

    def run(self) -> None:
        self.got = self.queue.wait(self.place)


def test_turns_are_given_in_order_and_so_many_at_a_time() -> None:
    queue = TrainingQueue(2)
    waiters = {name: Waiter(queue) for name in "abcd"}
    until(lambda: waiters["a"].got is True and waiters["b"].got is True)
    assert [queue.position(waiters[name].place) for name in "abcd"] == [0, 0, 1, 2]
    assert queue.waiting() == 2
    queue.release(waiters["b"].place)
    until(lambda: waiters["c"].got is True)
    assert [queue.position(waiters[name].place) for name in "acd"] == [0, 0, 1]
    assert waiters["d"].got is None


def test_who_leaves_the_line_is_told_so_and_those_behind_move_up() -> None:
    queue = TrainingQueue(1)
    waiters = {name: Waiter(queue) for name in "abc"}
    until(lambda: waiters["a"].got is True)
    queue.cancel(waiters["b"].place)
    until(lambda: waiters["b"].got is False)
    assert queue.position(waiters["c"].place) == 1
    queue.release(waiters["a"].place)
    until(lambda: waiters["c"].got is True)


def test_who_was_first_before_goes_before_the_line() -> None:
    queue = TrainingQueue(1)
    waiters = {name: Waiter(queue) for name in "ab"}
    until(lambda: waiters["a"].got is True)
    z = QueuePlace("")
    queue.enqueue(z, first=True)
    assert (queue.position(z), queue.position(waiters["b"].place)) == (1, 2)


def test_visitors_take_turns_and_each_is_served_in_the_order_of_their_own() -> None:
    queue = TrainingQueue(1)
    running = Waiter(queue, "ann")
    until(lambda: running.got is True)
    waiters = [Waiter(queue, owner) for owner in ("ann", "ann", "ann", "bob", "bob", "cleo")]
    order = [3, 5, 6, 1, 4, 2]  # ann has just had a slot: bob, cleo, ann, then bob, ann, ann
    assert [queue.position(waiter.place) for waiter in waiters] == order
    assert (queue.waiting_of("ann"), queue.waiting_of("bob"), queue.waiting_of("dan")) == (3, 2, 0)
    for expected in (waiters[order.index(number)] for number in range(1, 7)):
        queue.release(running.place)
        until(lambda expected=expected: expected.got is True)
        assert queue.waiting() == sum(waiter.got is None for waiter in waiters)
        running = expected


@given(jobs=st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), min_size=1, max_size=12))
def test_nobody_waits_for_a_second_job_of_another_visitor_before_their_first(
    jobs: list[tuple[str, bool]],
) -> None:
    queue = TrainingQueue(1)
    places = [QueuePlace(owner) for owner, _ in jobs]
    for place, (_, first) in zip(places, jobs, strict=True):
        queue.enqueue(place, first=first)
    in_order = sorted(places, key=queue.position)
    assert [queue.position(place) for place in in_order] == list(range(1, len(places) + 1))
    served: list[QueuePlace] = []
    for place in in_order:
        assert queue.position(place) == 1
        assert queue.wait(place)
        queue.release(place)
        served.append(place)
        waiting = {other.owner for other in places if other not in served}
        counts = {owner: sum(s.owner == owner for s in served) for owner in waiting}
        assert max(counts.values(), default=0) - min(counts.values(), default=0) <= 1


def test_a_job_gives_back_only_its_own_slot_and_place() -> None:
    queue = TrainingQueue(1)
    first, second, third = Waiter(queue), Waiter(queue), QueuePlace("")
    until(lambda: first.got is True)
    queue.release(third)
    queue.cancel(third)
    assert queue.position(second.place) == 1
    queue.enqueue(third)
    assert queue.position(third) == 0  # cancelled for good
    queue.cancel(first.place)
    assert queue.position(second.place) == 1  # the slot is taken until the job has ended
    queue.release(first.place)
    until(lambda: second.got is True)


def test_a_closed_queue_gives_out_no_more_slots() -> None:
    queue = TrainingQueue(1)
    waiters = [Waiter(queue) for _ in range(3)]
    until(lambda: waiters[0].got is True)
    queue.close()
    until(lambda: [waiter.got for waiter in waiters] == [True, False, False])
    queue.release(waiters[0].place)
    assert not queue.wait(waiters[1].place)


def pacer() -> Pacer:
    return Pacer(on_hold=lambda: None, on_release=lambda: None)


def test_at_full_speed_a_request_is_for_many_updates_and_shown_now_and_then() -> None:
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
    requests = [paced.next_request() for _ in range(10)]
    assert time.perf_counter() - began >= 10 / 50 * 0.99
    assert {request.updates for request in requests} == {1}
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
