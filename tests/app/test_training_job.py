"""One training: what it learns, keeps and reports, and how it ends."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.training.job import Training
from app.training.manager import Trainings
from app.training.report import State
from model.checkpoint import load_checkpoint
from model.config import ModelConfig, Rule, TrainingConfig
from model.data.sources import bundled_sample
from model.kernels import compiled as kernels
from model.runs import state as run_state
from model.runs.folder import InitialModel, RunError
from model.runs.history import past_run
from model.runs.lock import locked
from model.runs.metadata import read_metadata
from model.training.loop import train
from model.training.optimizer import StepSize
from tests.app.training_helpers import (
    ENDLESS,
    SMALL,
    begin,
    resume,
    training_threads,
    wait_for,
    wait_until_learning,
)


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


def test_a_place_that_cannot_be_written_is_named_before_anything_is_learned(tmp_path: Path) -> None:
    in_the_way = tmp_path / "a file"
    in_the_way.write_text("where the folder should be")
    training = begin(Trainings(in_the_way), SMALL)
    wait_for(training, State.FAILED)
    assert "can't be written" in training.report().message


def test_a_disk_that_fills_up_loses_nothing_that_was_learned(
    trainings: Trainings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = run_state.write_whole
    kept = []

    def full_after_three(path: Path, content: bytes, *, synced: bool = True) -> None:
        if path.suffix == ".safetensors":
            if len(kept) == 3:
                raise OSError(28, "No space left on device")
            kept.append(path)
        write(path, content, synced=synced)

    monkeypatch.setattr(run_state, "write_whole", full_after_three)
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
    write = run_state.write_whole

    def vanish_after(path: Path, content: bytes, *, synced: bool = True) -> None:
        write(path, content, synced=synced)
        if path.suffix == ".safetensors":
            path.parent.parent.rename(tmp_path / "elsewhere")

    monkeypatch.setattr(run_state, "write_whole", vanish_after)
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


def test_what_another_process_trains_stays_as_it_is_and_its_place_is_not_told(
    trainings: Trainings, tmp_path: Path
) -> None:
    first = begin(trainings, replace(SMALL, patches=200_000))
    wait_until_learning(first)
    first.stop()
    files = {path: path.read_bytes() for path in (tmp_path / first.name).rglob("*") if path.is_file()}
    with locked(tmp_path / first.name):  # as by the command line
        second = resume(Trainings(tmp_path), first.name)
        wait_for(second, State.FAILED)
    told = f"Another process is training in {first.name}; wait for it or end it."
    assert second.report().message == told
    assert {path: path.read_bytes() for path in files} == files
    assert past_run(tmp_path / first.name).state == "stopped"


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
    def to_infinity(*_: object) -> None:
        endless = np.full((ModelConfig().n_units, ModelConfig().n_inputs), np.inf, np.float32)
        patch.setattr(kernels.Learner, "weights", property(lambda _: endless))

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
