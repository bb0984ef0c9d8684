"""Several trainings: who waits, who is refused, who is stopped."""

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.training import limits
from app.training import manager as trainings_module
from app.training.job import Training, TrainingRequest
from app.training.limits import FOR_ONE_USER, LimitError, Limits
from app.training.manager import Trainings
from app.training.report import State
from model.data.sources import bundled_sample
from model.runs import quota
from model.runs.quota import expected_size
from model.runs.reading import RunError
from model.training.loop import train
from tests.app.training_helpers import (
    ENDLESS,
    SMALL,
    begin,
    request_for,
    resume,
    training_threads,
    wait_for,
    wait_until_learning,
)


def test_a_second_training_waits_in_line_until_the_first_has_ended(trainings: Trainings) -> None:
    first, second, third = begin(trainings, ENDLESS), begin(trainings, SMALL), begin(trainings, SMALL)
    wait_until_learning(first)
    assert [t.queue_position() for t in (first, second, third)] == [0, 1, 2]
    assert second.report().state is State.WAITING
    first.stop()
    wait_for(third, State.FINISHED)
    assert second.report().state is State.FINISHED


def test_a_training_that_waits_can_be_stopped_and_leaves_nothing(
    trainings: Trainings, tmp_path: Path
) -> None:
    first, second = begin(trainings, ENDLESS), begin(trainings, SMALL)
    wait_until_learning(first)
    second.stop()
    assert second.report().state is State.STOPPED
    assert not (tmp_path / second.name).exists()


def test_a_training_that_is_held_lets_others_have_their_turn_and_then_goes_before_them(
    trainings: Trainings,
) -> None:
    first, second, third = begin(trainings, ENDLESS), begin(trainings, ENDLESS), begin(trainings, ENDLESS)
    wait_until_learning(first)
    first.pause()
    wait_for(second, State.RUNNING)
    wait_for(first, State.PAUSED)
    first.go_on()
    wait_for(first, State.WAITING)
    while first.queue_position() != 1:
        time.sleep(0.01)
    assert third.queue_position() == 2
    second.stop()
    wait_for(first, State.RUNNING)


def test_a_training_can_be_stopped_while_it_waits_for_its_turn_to_go_on(trainings: Trainings) -> None:
    first = begin(trainings, ENDLESS)
    wait_until_learning(first)
    first.pause()
    wait_for(first, State.PAUSED)
    second = begin(trainings, ENDLESS)
    wait_for(second, State.RUNNING)
    first.go_on()
    wait_for(first, State.WAITING)
    first.stop()
    assert first.report().state is State.STOPPED
    assert second.report().state is State.RUNNING


def test_the_line_has_an_end(trainings: Trainings) -> None:
    wait_until_learning(begin(trainings, ENDLESS))
    for _ in range(FOR_ONE_USER.of_visitor):
        begin(trainings, SMALL)
    with pytest.raises(RuntimeError, match="waiting already"):
        begin(trainings, SMALL)


def test_a_visitor_can_take_only_so_many_places_and_leaves_the_others_to_the_rest(
    trainings: Trainings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "FOR_EACH_VISITOR", Limits(of_visitor=2, in_all=4))
    wait_until_learning(begin(trainings, ENDLESS, owner="ann"))
    mine = [begin(trainings, ENDLESS, owner="ann") for _ in range(2)]
    with pytest.raises(LimitError, match=r"^2 of your trainings are waiting already; try again .*\.$"):
        begin(trainings, ENDLESS, owner="ann")
    theirs = [begin(trainings, ENDLESS, owner=owner) for owner in ("bob", "cleo")]
    assert [t.queue_position() for t in (*theirs, *mine)] == [1, 2, 3, 4]
    with pytest.raises(LimitError, match=r"^4 trainings are waiting already on this server; .*\.$"):
        begin(trainings, ENDLESS, owner="dan")
    begin(trainings, ENDLESS, owner="")  # the one user of a server for one


def test_a_run_that_a_waiting_training_will_make_counts_as_one(
    trainings: Trainings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "MOST_RUNS", 2)
    wait_for(begin(trainings, SMALL, owner="ann"), State.FINISHED)
    wait_until_learning(begin(trainings, ENDLESS, owner="bob"))
    waiting = begin(trainings, SMALL, owner="ann")
    with pytest.raises(LimitError, match=r"^You have 2 runs, .* delete one first\.$"):
        begin(trainings, SMALL, owner="ann")
    begin(trainings, SMALL, owner="bob")
    waiting.stop()
    begin(trainings, SMALL, owner="ann")


def test_the_size_of_a_run_that_a_waiting_training_will_make_counts(
    trainings: Trainings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "LARGEST_SHARE", expected_size(SMALL) * 5 // 2)
    wait_until_learning(begin(trainings, ENDLESS))  # of one user, who may fill the disk
    for _ in range(2):
        begin(trainings, SMALL, owner="ann")
    with pytest.raises(LimitError, match="delete one first"):
        begin(trainings, SMALL, owner="ann")


def test_a_training_resumed_in_the_moment_in_which_it_ends_goes_on(
    trainings: Trainings, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(SMALL, patches=200_000)
    finish = Training._finish
    resumed: list[Training] = []

    def finish_and_resume(self: Training, *arguments: Any) -> None:
        finish(self, *arguments)
        if not resumed:  # the old thread has said that it has ended and has not ended yet
            resumed.append(resume(trainings, self.name))

    monkeypatch.setattr(Training, "_finish", finish_and_resume)
    first = begin(trainings, config)
    wait_until_learning(first)
    other = begin(trainings, ENDLESS)
    first.stop()
    assert first.report().state is State.STOPPED
    wait_for(other, State.RUNNING)
    assert resumed[0].report().state is State.WAITING
    assert resumed[0].queue_position() == 1
    other.stop()
    wait_for(resumed[0], State.FINISHED)
    *_, last = train(config, bundled_sample())
    assert np.array_equal(resumed[0].report().checkpoint.weights, last.weights)  # type: ignore[union-attr]


def test_a_run_that_turns_out_damaged_when_it_is_resumed_is_still_known(
    trainings: Trainings, tmp_path: Path
) -> None:
    training = begin(trainings, ENDLESS)
    wait_until_learning(training)
    training.stop()
    run = trainings.open(training.name)
    (tmp_path / training.name / "state.safetensors").write_bytes(b"damaged")
    with pytest.raises(RunError, match="damaged"):
        trainings.resume(run, request_for(run.config, run.source))
    assert trainings.find(training.name) is training


def test_a_stopped_training_keeps_its_slot_until_its_thread_is_done(trainings: Trainings) -> None:
    loading, loaded = threading.Event(), threading.Event()

    def load_slowly(_: object) -> Any:
        loading.set()
        loaded.wait()
        return bundled_sample()

    first = trainings.find(trainings.start(TrainingRequest(SMALL, "sample", load_slowly)))
    assert first is not None
    loading.wait()
    second = begin(trainings, SMALL)
    first.stop(wait_seconds=0)
    assert second.queue_position() == 1
    assert second.report().state is State.WAITING
    loaded.set()
    wait_for(second, State.FINISHED)
    assert first.report().state is State.STOPPED


def test_a_server_that_stops_begins_no_training_that_waits(trainings: Trainings, tmp_path: Path) -> None:
    first, second, third = begin(trainings, ENDLESS), begin(trainings, SMALL), begin(trainings, SMALL)
    wait_until_learning(first)
    trainings.stop_all()
    assert training_threads() == []
    assert [t.report().state for t in (first, second, third)] == [State.STOPPED] * 3
    assert [folder.name for folder in tmp_path.iterdir()] == [first.name]
    with pytest.raises(RuntimeError, match="stopping"):
        begin(trainings, SMALL)


def test_all_trainings_are_told_to_stop_at_once_and_waited_for_together(
    trainings: Trainings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    said: list[str] = []

    def join_in_vain(_: Training, wait_seconds: float) -> None:
        said.append(f"waits {wait_seconds:g} s")
        clock[0] += wait_seconds

    for _ in range(3):
        begin(trainings, ENDLESS)
    with monkeypatch.context() as patch:
        patch.setattr(trainings_module.time, "monotonic", lambda: clock[0])
        patch.setattr(Training, "request_stop", lambda _: said.append("told"))
        patch.setattr(Training, "join", join_in_vain)
        trainings.stop_all(wait_seconds=4)
    assert said == ["told"] * 3 + ["waits 4 s", "waits 0 s", "waits 0 s"]
