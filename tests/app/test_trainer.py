import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.training import manager as trainings_module
from app.training.job import Training, TrainingRequest
from app.training.limits import FOR_ONE_USER, LimitError, Limits
from app.training.manager import Trainings
from app.training.report import State
from model.checkpoint import CheckpointError, load_checkpoint
from model.config import ModelConfig, Rule, TrainingConfig
from model.data.sources import bundled_sample, load_dataset
from model.kernels import compiled as kernels
from model.runs import folder as run_folder
from model.runs.folder import InitialModel, RunError
from model.runs.history import past_run
from model.runs.metadata import read_metadata
from model.training.loop import train
from model.training.optimizer import StepSize

SMALL = TrainingConfig(model=ModelConfig(n_units=16, patch_size=3), patches=2_000)
ENDLESS = TrainingConfig(model=ModelConfig(n_units=16, patch_size=3), patches=100_000_000)


@pytest.fixture
def one_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    """One at a time, whatever the machine."""
    monkeypatch.setattr(trainings_module, "PROCESSORS_FOR_ONE", 1_000_000)


@pytest.fixture
def trainings(tmp_path: Path, one_slot: None) -> Iterator[Trainings]:
    made = Trainings(tmp_path)
    yield made
    made.stop_all()
    assert training_threads() == []


def order(config: TrainingConfig, source: str = "sample", **more: Any) -> TrainingRequest:
    return TrainingRequest(config, source, partial(load_dataset, source), **more)


def begin(trainings: Trainings, config: TrainingConfig, source: str = "sample", **more: Any) -> Training:
    training = trainings.find(trainings.start(order(config, source, **more)))
    assert training is not None
    return training


def resume(trainings: Trainings, name: str) -> Training:
    run = trainings.open(name)
    trainings.resume(run, order(run.config, run.source))
    training = trainings.find(name)
    assert training is not None
    return training


def wait_for(training: Training, state: State) -> None:
    for _ in range(3600):
        if training.report().state is state:
            return
        time.sleep(0.05)
    raise AssertionError(f"still {training.report().state}, not {state}: {training.report().message}")


def wait_until_learning(training: Training) -> None:
    while training.report().patches_seen == 0:
        time.sleep(0.01)


def training_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "rankscope-training"]


def checkpoint_path(folder: Path, training: Training) -> Path:
    return folder / training.name / "checkpoint.safetensors"


def test_a_finished_training_leaves_the_model_of_the_same_training_run_alone(
    trainings: Trainings, tmp_path: Path
) -> None:
    training = begin(trainings, SMALL)
    wait_for(training, State.FINISHED)
    *_, last = train(SMALL, bundled_sample())
    report = training.report()
    assert report.checkpoint is not None
    assert np.array_equal(report.checkpoint.weights, last.weights)
    assert np.array_equal(load_checkpoint(checkpoint_path(tmp_path, training)).weights, last.weights)
    assert report.points[-1].patches_seen == 2_000
    assert report.points[-1].test.final_error == last.test.final_error
    assert not training.under_way


def test_stop_leaves_no_thread_and_keeps_what_was_learned(trainings: Trainings, tmp_path: Path) -> None:
    training = begin(trainings, ENDLESS)
    wait_until_learning(training)
    training.stop()
    assert training_threads() == []
    report = training.report()
    assert report.state is State.STOPPED
    assert report.latest is not None
    kept = load_checkpoint(checkpoint_path(tmp_path, training))
    assert np.array_equal(kept.weights, report.latest.weights)
    assert kept.patches_seen == report.latest.patches_seen == report.points[-1].patches_seen
    assert past_run(tmp_path / training.name).state == "stopped"


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
    for _ in range(FOR_ONE_USER.waiting):
        begin(trainings, SMALL)
    with pytest.raises(RuntimeError, match="waiting already"):
        begin(trainings, SMALL)


def test_a_visitor_can_take_only_so_many_places_and_leaves_the_others_to_the_rest(
    tmp_path: Path, one_slot: None
) -> None:
    trainings = Trainings(tmp_path, Limits(waiting=2, waiting_in_all=4))
    wait_until_learning(begin(trainings, ENDLESS, owner="ann"))
    mine = [begin(trainings, ENDLESS, owner="ann") for _ in range(2)]
    with pytest.raises(LimitError, match=r"^2 of your trainings are waiting already; try again .*\.$"):
        begin(trainings, ENDLESS, owner="ann")
    theirs = [begin(trainings, ENDLESS, owner=owner) for owner in ("bob", "cleo")]
    assert [t.queue_position() for t in (*theirs, *mine)] == [1, 2, 3, 4]
    with pytest.raises(LimitError, match=r"^4 trainings are waiting already on this server; .*\.$"):
        begin(trainings, ENDLESS, owner="dan")
    trainings.stop_all()


def test_a_visitor_can_keep_only_so_many_runs(tmp_path: Path, one_slot: None) -> None:
    trainings = Trainings(tmp_path, Limits(waiting=9, waiting_in_all=9, runs=2))
    wait_for(begin(trainings, SMALL, owner="ann"), State.FINISHED)
    wait_until_learning(begin(trainings, ENDLESS, owner="bob"))
    waiting = begin(trainings, SMALL, owner="ann")  # has no folder yet, and will have one
    with pytest.raises(LimitError, match=r"^You have 2 runs here, the most for one visitor; delete one"):
        begin(trainings, SMALL, owner="ann")
    with pytest.raises(LimitError, match="2 runs"):
        trainings.check_room_for_run("ann")
    begin(trainings, SMALL, owner="bob")
    waiting.stop()
    trainings.check_room_for_run("ann")
    trainings.stop_all()


def test_a_visitor_can_fill_only_so_much_of_the_disk(tmp_path: Path, one_slot: None) -> None:
    trainings = Trainings(tmp_path, Limits(waiting=9, waiting_in_all=9, megabytes=1))
    training = begin(trainings, SMALL, owner="ann")
    wait_for(training, State.FINISHED)
    trainings.check_room_for_run("ann")
    (tmp_path / training.name / "snapshots" / "large").write_bytes(bytes(3_000_000))
    sentence = r"^Your runs take 3 MB here; the most for one visitor is 1 MB, so delete one first\.$"
    with pytest.raises(LimitError, match=sentence):
        begin(trainings, SMALL, owner="ann")
    with pytest.raises(LimitError, match=sentence):  # a run that goes on grows too
        run = trainings.open(training.name)
        trainings.resume(run, order(run.config, run.source, owner="ann"))
    wait_for(begin(trainings, SMALL, owner="bob"), State.FINISHED)
    trainings.stop_all()


def test_one_user_fills_the_disk_as_they_like(trainings: Trainings, tmp_path: Path) -> None:
    training = begin(trainings, SMALL)
    wait_for(training, State.FINISHED)
    with (tmp_path / training.name / "large").open("wb") as file:
        file.truncate(10**12)  # a hole, which takes no room
    wait_for(begin(trainings, SMALL), State.FINISHED)


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
        trainings.resume(run, order(run.config, run.source))
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


def test_a_place_that_cannot_be_written_is_named_before_anything_is_learned(tmp_path: Path) -> None:
    in_the_way = tmp_path / "a file"
    in_the_way.write_text("where the folder should be")
    training = begin(Trainings(in_the_way), SMALL)
    wait_for(training, State.FAILED)
    assert "can't be written" in training.report().message


def test_a_disk_that_fills_up_loses_nothing_that_was_learned(
    trainings: Trainings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = run_folder.save_checkpoint
    kept = []

    def full_after_three(*arguments: Any) -> None:
        if len(kept) == 3:
            raise CheckpointError("No space left on device")
        kept.append(arguments)
        keep(*arguments)

    monkeypatch.setattr(run_folder, "save_checkpoint", full_after_three)
    training = begin(trainings, SMALL)
    wait_for(training, State.FAILED)
    report = training.report()
    assert "make room and resume" in report.message
    assert report.checkpoint is not None
    assert report.latest is not None
    assert np.array_equal(report.checkpoint.weights, report.latest.weights)
    past = past_run(tmp_path / training.name)
    assert past.state == "failed"
    assert past.end_status is not None
    assert past.end_status.message == report.message


def test_a_folder_that_vanishes_under_way_is_named_and_what_was_learned_stays_in_memory(
    trainings: Trainings, tmp_path: Path
) -> None:
    training = begin(trainings, ENDLESS)
    wait_until_learning(training)
    (tmp_path / training.name).rename(tmp_path / "elsewhere")
    wait_for(training, State.FAILED)
    assert "is gone" in training.report().message
    assert not (tmp_path / training.name).exists()
    assert training.report().checkpoint is not None


def test_a_folder_that_vanishes_while_it_is_written_is_named_too(
    trainings: Trainings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = run_folder.save_checkpoint

    def vanish_after(checkpoint: Any, path: Path) -> None:
        keep(checkpoint, path)
        path.parent.parent.rename(tmp_path / "elsewhere")

    monkeypatch.setattr(run_folder, "save_checkpoint", vanish_after)
    training = begin(trainings, SMALL)
    wait_for(training, State.FAILED)
    assert "is gone" in training.report().message
    assert not (tmp_path / training.name).exists()


def test_a_pause_holds_the_training_and_it_ends_as_if_there_had_been_none(trainings: Trainings) -> None:
    config = replace(SMALL, patches=300_000)
    training = begin(trainings, config)
    wait_for(training, State.RUNNING)
    training.pause()
    wait_for(training, State.PAUSED)
    held = training.report().patches_seen
    training.single_step()
    while training.report().patches_seen == held:
        time.sleep(0.01)
    assert training.report().patches_seen == held + config.batch_size
    training.go_on()
    wait_for(training, State.FINISHED)
    *_, last = train(config, bundled_sample())
    assert np.array_equal(training.report().checkpoint.weights, last.weights)  # type: ignore[union-attr]


def test_speed_and_step_size_change_under_way(trainings: Trainings) -> None:
    training = begin(trainings, ENDLESS)
    wait_until_learning(training)
    training.set_speed(1.0)
    training.set_step(StepSize(0.02, 0.5))
    report = training.report()
    assert (report.speed, report.step) == (1.0, StepSize(0.02, 0.5))
    training.set_speed(None)
    while training.report().latest.state.step != StepSize(0.02, 0.5):  # type: ignore[union-attr]
        time.sleep(0.01)


def test_what_was_stopped_goes_on_to_the_same_weights_on_another_server(
    trainings: Trainings, tmp_path: Path
) -> None:
    config = replace(SMALL, patches=200_000)
    first = begin(trainings, config)
    wait_until_learning(first)
    first.stop()
    assert first.report().patches_seen < 200_000
    second = resume(Trainings(tmp_path), first.name)
    wait_for(second, State.FINISHED)
    *_, last = train(config, bundled_sample())
    assert np.array_equal(second.report().checkpoint.weights, last.weights)  # type: ignore[union-attr]
    seen = [point.patches_seen for point in second.report().points]
    assert seen == sorted(set(seen))
    assert seen[0] == 0


def test_a_training_begins_with_a_model_and_belongs_to_somebody(trainings: Trainings, tmp_path: Path) -> None:
    first = begin(trainings, SMALL)
    wait_for(first, State.FINISHED)
    learned = first.report().checkpoint
    assert learned is not None
    second = begin(trainings, SMALL, start=InitialModel("first", learned), owner="somebody")
    wait_for(second, State.FINISHED)
    *_, last = train(SMALL, bundled_sample(), initial=learned.weights)
    assert np.array_equal(second.report().checkpoint.weights, last.weights)  # type: ignore[union-attr]
    assert read_metadata(tmp_path / second.name).owner == "somebody"
    assert first.name != second.name


def test_pictures_that_are_not_there_are_named(trainings: Trainings, tmp_path: Path) -> None:
    training = begin(trainings, SMALL, str(tmp_path / "nowhere"))
    wait_for(training, State.FAILED)
    assert "There is no folder" in training.report().message


def test_whatever_breaks_in_the_thread_is_reported(
    trainings: Trainings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr(kernels.Learner, "learn", broken)
    training = begin(trainings, SMALL)
    wait_for(training, State.FAILED)
    assert "no room" in training.report().message
    assert training.report().latest is not None  # the snapshot before the first update is not lost


def test_weights_that_run_off_to_infinity_are_a_failure_with_advice(trainings: Trainings) -> None:
    def to_infinity(self: kernels.Learner, *_: object) -> None:
        self.weights[:] = np.inf

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels.Learner, "learn", to_infinity)
        training = begin(trainings, TrainingConfig(rule=Rule.PROGRESSIVE, patches=10_000))
        wait_for(training, State.FAILED)
    assert "smaller step size" in training.report().message


@pytest.mark.parametrize("name", ["/etc", "../elsewhere", "", "nowhere"])
def test_only_a_run_of_ones_own_is_resumed(trainings: Trainings, name: str) -> None:
    with pytest.raises(RunError):
        trainings.open(name)


def test_a_training_under_way_is_not_resumed_again(trainings: Trainings) -> None:
    training = begin(trainings, ENDLESS)
    wait_until_learning(training)
    with pytest.raises(RuntimeError, match="under way already"):
        resume(trainings, training.name)


def test_a_run_with_damaged_metrics_is_refused_in_words(trainings: Trainings, tmp_path: Path) -> None:
    training = begin(trainings, SMALL)
    wait_for(training, State.FINISHED)
    (tmp_path / training.name / "metrics.jsonl").write_text('{"patches_seen": 0}\n\0\0\n')
    with pytest.raises(RunError, match="damaged"):
        resume(trainings, training.name)
    (tmp_path / training.name / "metrics.jsonl").write_text('{"patches_seen": 0}\n')
    with pytest.raises(RunError, match="damaged"):
        resume(trainings, training.name)
