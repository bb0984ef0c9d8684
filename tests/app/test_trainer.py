import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.trainer import State, Trainer, checkpoint_path
from model import kernels, runs
from model.checkpoint import CheckpointError, load_checkpoint
from model.config import ModelConfig, Rule, TrainingConfig
from model.runs import RunError
from model.sources import bundled_sample
from model.training import train

SMALL = TrainingConfig(model=ModelConfig(n_units=16, patch_size=3), patches=2_000)
ENDLESS = TrainingConfig(model=ModelConfig(n_units=16, patch_size=3), patches=100_000_000)


def wait_for(trainer: Trainer, state: State) -> None:
    for _ in range(3600):
        if trainer.report().state is state:
            return
        time.sleep(0.05)
    raise AssertionError(f"still {trainer.report().state}, not {state}: {trainer.report().message}")


def training_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "rankscope-training"]


def test_a_finished_training_leaves_the_model_of_the_same_training_run_alone(tmp_path: Path) -> None:
    trainer = Trainer(tmp_path)
    run = trainer.start(SMALL, "sample")
    wait_for(trainer, State.FINISHED)
    *_, last = train(SMALL, bundled_sample())
    report = trainer.report()
    assert report.checkpoint is not None
    assert np.array_equal(report.checkpoint.weights, last.weights)
    assert np.array_equal(load_checkpoint(checkpoint_path(tmp_path, run)).weights, last.weights)
    assert report.points[-1].patches_seen == 2_000
    assert report.points[-1].test_error == last.test.final_error


def test_stop_leaves_no_thread_and_keeps_what_was_learned(tmp_path: Path) -> None:
    trainer = Trainer(tmp_path)
    run = trainer.start(ENDLESS, "sample")
    while trainer.report().latest is None:
        time.sleep(0.01)
    trainer.stop()
    assert training_threads() == []
    report = trainer.report()
    assert report.state is State.STOPPED
    assert report.latest is not None
    kept = load_checkpoint(checkpoint_path(tmp_path, run))
    assert np.array_equal(kept.weights, report.latest.weights)
    assert kept.patches_seen == report.latest.patches_seen


def test_a_second_training_is_refused_while_one_runs(tmp_path: Path) -> None:
    trainer = Trainer(tmp_path)
    trainer.start(ENDLESS, "sample")
    with pytest.raises(RuntimeError, match="still running"):
        trainer.start(SMALL, "sample")
    trainer.stop()
    trainer.start(SMALL, "sample")
    wait_for(trainer, State.FINISHED)


def test_a_place_that_cannot_be_written_is_named_before_anything_is_learned(tmp_path: Path) -> None:
    in_the_way = tmp_path / "a file"
    in_the_way.write_text("where the folder should be")
    trainer = Trainer(in_the_way)
    trainer.start(SMALL, "sample")
    wait_for(trainer, State.FAILED)
    assert "can't be written" in trainer.report().message


def test_a_disk_that_fills_up_loses_nothing_that_was_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = runs.save_checkpoint
    kept = []

    def full_after_three(*arguments: Any) -> None:
        if len(kept) == 3:
            raise CheckpointError("No space left on device")
        kept.append(arguments)
        keep(*arguments)

    monkeypatch.setattr(runs, "save_checkpoint", full_after_three)
    trainer = Trainer(tmp_path)
    trainer.start(SMALL, "sample")
    wait_for(trainer, State.FAILED)
    report = trainer.report()
    assert "make room and resume" in report.message
    assert report.checkpoint is not None
    assert report.latest is not None
    assert np.array_equal(report.checkpoint.weights, report.latest.weights)


def test_a_pause_holds_the_training_and_it_ends_as_if_there_had_been_none(tmp_path: Path) -> None:
    config = replace(SMALL, patches=300_000)
    trainer = Trainer(tmp_path)
    trainer.start(config, "sample")
    wait_for(trainer, State.RUNNING)
    trainer.pause()
    assert trainer.report().state is State.PAUSED
    time.sleep(0.3)  # a draw takes a few milliseconds: after this, one that was under way has ended
    held = trainer.report().patches_seen
    time.sleep(0.5)
    assert trainer.report().patches_seen == held < 300_000
    trainer.go_on()
    wait_for(trainer, State.FINISHED)
    *_, last = train(config, bundled_sample())
    assert np.array_equal(trainer.report().checkpoint.weights, last.weights)  # type: ignore[union-attr]


def test_a_stopped_run_is_resumed_by_another_server_to_the_same_weights(tmp_path: Path) -> None:
    config = replace(SMALL, patches=200_000)
    first = Trainer(tmp_path)
    name = first.start(config, "sample")
    while first.report().patches_seen < 20_000:
        time.sleep(0.005)
    first.stop()
    assert first.report().state is State.STOPPED
    assert first.report().patches_seen < 200_000
    second = Trainer(tmp_path)
    second.resume(name)
    wait_for(second, State.FINISHED)
    *_, last = train(config, bundled_sample())
    assert np.array_equal(second.report().checkpoint.weights, last.weights)  # type: ignore[union-attr]
    seen = [point.patches_seen for point in second.report().points]
    assert seen == sorted(set(seen))
    assert seen[0] == 0


def test_pictures_that_are_not_there_are_named(tmp_path: Path) -> None:
    trainer = Trainer(tmp_path / "runs")
    trainer.start(SMALL, str(tmp_path / "nowhere"))
    wait_for(trainer, State.FAILED)
    assert "There is no folder" in trainer.report().message


def test_whatever_breaks_in_the_thread_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr(kernels.Learner, "learn", broken)
    trainer = Trainer(tmp_path)
    trainer.start(SMALL, "sample")
    wait_for(trainer, State.FAILED)
    assert "no room" in trainer.report().message
    assert trainer.report().latest is not None  # the snapshot before the first update is not lost


def test_weights_that_run_off_to_infinity_are_a_failure_with_advice(tmp_path: Path) -> None:
    def to_infinity(self: kernels.Learner, *_: object) -> None:
        self.weights[:] = np.inf

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels.Learner, "learn", to_infinity)
        trainer = Trainer(tmp_path)
        trainer.start(TrainingConfig(rule=Rule.PROGRESSIVE, patches=10_000), "sample")
        wait_for(trainer, State.FAILED)
    assert "smaller step size" in trainer.report().message


@pytest.mark.parametrize("name", ["/etc", "../elsewhere", "", "nowhere"])
def test_only_a_run_of_ones_own_is_resumed(tmp_path: Path, name: str) -> None:
    with pytest.raises(RunError):
        Trainer(tmp_path).resume(name)


def test_a_run_with_damaged_metrics_is_refused_in_words(tmp_path: Path) -> None:
    trainer = Trainer(tmp_path)
    name = trainer.start(SMALL, "sample")
    wait_for(trainer, State.FINISHED)
    (tmp_path / name / "metrics.jsonl").write_text('{"patches_seen": 0}\n\0\0\n')
    with pytest.raises(RunError, match="damaged"):
        trainer.resume(name)
    (tmp_path / name / "metrics.jsonl").write_text('{"patches_seen": 0}\n')
    with pytest.raises(RunError, match="damaged"):
        trainer.resume(name)
