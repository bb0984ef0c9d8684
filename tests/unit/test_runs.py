"""Runs on disk: whatever interrupts one, going on ends where it would have ended anyway."""

import dataclasses
import json
import shutil
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from benchmarks.kill_and_resume import same_outcome, survive
from model.checkpoint import load_checkpoint
from model.config import ModelConfig, Rule, TrainingConfig
from model.data.pictures import Dataset
from model.runs import recorder as runs
from model.runs import state as run_state
from model.runs.folder import InitialModel, Run, create_run, open_run
from model.runs.history import past_run, read_metrics
from model.runs.reading import RunError
from model.runs.recorder import run_training
from model.runs.state import load_state, record_snapshot
from model.training.loop import Snapshot, StepRequest, checkpoint_of, train
from model.training.optimizer import StepSize

SMALL = TrainingConfig(ModelConfig(n_units=16, patch_size=3), Rule.PROGRESSIVE, patches=20_000, seed=4)


@pytest.fixture
def run(tmp_path: Path, sample: Dataset, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(runs, "SECONDS_BETWEEN_STATES", 0.0)
    return create_run(tmp_path / "run", SMALL, "sample", sample)


@pytest.fixture(scope="module")
def alone(sample: Dataset) -> list[Snapshot]:
    """The snapshots of the same training that nothing interrupts."""
    return list(train(SMALL, sample))


def test_a_run_keeps_every_snapshot_and_the_last_model(
    run: Run, sample: Dataset, alone: list[Snapshot]
) -> None:
    list(run_training(run, sample))
    rows = read_metrics(run)
    assert [row["patches_seen"] for row in rows] == [s.patches_seen for s in alone]
    assert rows[-1]["test"]["error_sum"] == alone[-1].test.error_sum
    np.testing.assert_array_equal(load_checkpoint(run.checkpoint).weights, alone[-1].weights)
    for snapshot in alone:
        path = run.folder / "snapshots" / f"{snapshot.patches_seen:09d}.safetensors"
        np.testing.assert_array_equal(load_checkpoint(path).weights, snapshot.weights)


@pytest.mark.parametrize("stops", [[1], [5, 1, 7], [2, 2, 2, 2, 2, 2]], ids=str)
def test_a_run_that_was_interrupted_ends_in_the_same_bits(
    stops: list[int], run: Run, sample: Dataset, alone: list[Snapshot]
) -> None:
    for count in stops:
        snapshots = run_training(open_run(run.folder), sample)
        assert len(list(islice(snapshots, count))) == count
        snapshots.close()
    list(run_training(open_run(run.folder), sample))
    np.testing.assert_array_equal(load_checkpoint(run.checkpoint).weights, alone[-1].weights)
    assert [row["patches_seen"] for row in read_metrics(run)] == [s.patches_seen for s in alone]
    state = load_state(run)
    assert state is not None
    np.testing.assert_array_equal(state.weights, alone[-1].state.weights)
    np.testing.assert_array_equal(state.second_moment, alone[-1].state.second_moment)


def test_what_was_written_after_the_newest_state_is_made_again(
    run: Run, sample: Dataset, alone: list[Snapshot]
) -> None:
    snapshots = run_training(run, sample)
    list(islice(snapshots, 3))
    snapshots.close()
    with (run.folder / "metrics.jsonl").open("a") as file:
        file.write('{"patches_seen": 999999, "test": {}}\n{"patches_se')
    (run.folder / "snapshots" / "000999999.safetensors").write_bytes(b"half a snap")
    (run.folder / "snapshots" / "000001024.safetensors.unfinished").write_bytes(b"half")
    list(run_training(run, sample))
    names = sorted(path.name for path in (run.folder / "snapshots").iterdir())
    assert names == [f"{s.patches_seen:09d}.safetensors" for s in alone]
    assert [row["patches_seen"] for row in read_metrics(run)] == [s.patches_seen for s in alone]


def test_a_finished_run_has_nothing_left_to_do(run: Run, sample: Dataset) -> None:
    list(run_training(run, sample))
    before = {path: path.read_bytes() for path in run.folder.rglob("*.safetensors")}
    assert list(run_training(open_run(run.folder), sample)) == []
    assert before == {path: path.read_bytes() for path in run.folder.rglob("*.safetensors")}


def test_settings_survive_the_way_to_disk(run: Run) -> None:
    again = open_run(run.folder)
    assert again == run
    assert again.config == SMALL


def test_a_second_trainer_in_the_same_folder_is_refused(run: Run, sample: Dataset) -> None:
    first = run_training(run, sample)
    next(first)
    with pytest.raises(RunError, match="Another process is training"):
        next(run_training(open_run(run.folder), sample))
    first.close()
    next(run_training(open_run(run.folder), sample))


def test_a_folder_that_holds_a_run_is_not_overwritten(run: Run, sample: Dataset) -> None:
    with pytest.raises(RunError, match="holds a run already"):
        create_run(run.folder, SMALL, "sample", sample)


def test_other_pictures_are_not_taken_for_those_the_run_began_with(run: Run, sample: Dataset) -> None:
    other = dataclasses.replace(sample, train=sample.test)
    with pytest.raises(RunError, match="not those this run began with"):
        next(run_training(run, other))


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"source": "sample"}', b"\xff\xfe", b"null"],
    ids=["empty", "cut off", "a list", "without settings", "no text", "nothing"],
)
def test_a_damaged_config_is_one_sentence(content: bytes, run: Run) -> None:
    (run.folder / "config.json").write_bytes(content)
    with pytest.raises(RunError, match="damaged"):
        open_run(run.folder)


def test_a_config_with_other_settings_is_one_sentence(run: Run) -> None:
    settings = json.loads((run.folder / "config.json").read_text())
    (run.folder / "config.json").write_text(json.dumps({**settings, "momentum": 1}))
    with pytest.raises(RunError, match="damaged"):
        open_run(run.folder)


@pytest.mark.parametrize("content", [b"", b"half a state"], ids=["empty", "torn"])
def test_a_damaged_state_is_one_sentence(content: bytes, run: Run, sample: Dataset) -> None:
    (run.folder / "state.safetensors").write_bytes(content)
    with pytest.raises(RunError, match="damaged"):
        next(run_training(run, sample))


def test_a_state_of_another_model_is_refused(run: Run, sample: Dataset, tmp_path: Path) -> None:
    other = create_run(
        tmp_path / "other", dataclasses.replace(SMALL, model=ModelConfig(9, 3)), "sample", sample
    )
    next(run_training(other, sample))
    (run.folder / "state.safetensors").write_bytes((other.folder / "state.safetensors").read_bytes())
    with pytest.raises(RunError, match="does not fit"):
        next(run_training(run, sample))


def test_a_disk_that_fills_up_costs_nothing_that_was_kept(
    run: Run, sample: Dataset, alone: list[Snapshot], monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots = run_training(run, sample)
    list(islice(snapshots, 3))
    with monkeypatch.context() as patch:

        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr(run_state, "write_whole", full)
        with pytest.raises(RunError, match="make room and resume"):
            next(snapshots)
    list(run_training(run, sample))
    np.testing.assert_array_equal(load_checkpoint(run.checkpoint).weights, alone[-1].weights)


def test_all_that_was_recorded_is_on_the_disk_before_the_place_from_which_the_run_goes_on(
    run: Run, sample: Dataset, alone: list[Snapshot], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_disk: list[str] = []
    written: list[str] = []

    def write(path: Path, content: bytes, *, synced: bool = True) -> None:
        if path.name == "state.safetensors":
            recorded = {file.name for file in (run.folder / "snapshots").iterdir()}
            assert recorded <= set(on_disk)
            assert on_disk[-1] == "metrics.jsonl"
            written.append(path.name)
        path.write_bytes(content)

    monkeypatch.setattr(run_state, "write_whole", write)
    monkeypatch.setattr(run_state, "sync", lambda path: on_disk.append(path.name))
    list(run_training(run, sample))
    assert written
    assert {f"{snapshot.patches_seen:09d}.safetensors" for snapshot in alone} <= set(on_disk)


def test_a_snapshot_brings_no_folder_back(run: Run, sample: Dataset, alone: list[Snapshot]) -> None:
    shutil.rmtree(run.folder)
    with pytest.raises(FileNotFoundError):
        record_snapshot(run, alone[0], sample)
    assert not run.folder.exists()


def test_a_disk_that_fills_up_at_the_very_end_leaves_a_run_to_be_resumed(
    run: Run, sample: Dataset, alone: list[Snapshot], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = run_state.keep_state

    def full_at_the_end(run: Run, snapshot: Snapshot, dataset: Dataset, recorded: list[int]) -> None:
        if snapshot.patches_seen == SMALL.patches:
            raise OSError(28, "No space left on device")
        keep(run, snapshot, dataset, recorded)

    with monkeypatch.context() as patch:
        patch.setattr(runs, "keep_state", full_at_the_end)
        with pytest.raises(RunError, match="make room and resume"):
            list(run_training(run, sample))
    past = past_run(run.folder)
    assert not past.finished
    assert past.patches_seen == alone[-2].patches_seen
    list(run_training(run, sample))
    assert past_run(run.folder).finished
    np.testing.assert_array_equal(load_checkpoint(run.checkpoint).weights, alone[-1].weights)


def test_what_is_shown_in_passing_is_no_part_of_the_record_but_can_be_gone_on_from(
    run: Run, sample: Dataset, alone: list[Snapshot]
) -> None:
    snapshots = run_training(run, sample, pace=lambda: StepRequest(updates=3, show=True))
    shown = list(islice(snapshots, 30))
    snapshots.close()
    state = load_state(run)
    assert state is not None
    assert state.patches_seen == shown[-1].patches_seen == (64 + 7 * 3) * SMALL.batch_size
    recorded = [s.patches_seen for s in shown if s.recorded]
    assert [row["patches_seen"] for row in read_metrics(run)] == recorded
    assert recorded == [0, 64 * SMALL.batch_size]
    list(run_training(run, sample))
    np.testing.assert_array_equal(load_checkpoint(run.checkpoint).weights, alone[-1].weights)
    assert [row["patches_seen"] for row in read_metrics(run)] == [s.patches_seen for s in alone]


def test_a_step_size_that_was_changed_is_still_in_force_after_an_interruption(
    run: Run, sample: Dataset, alone: list[Snapshot]
) -> None:
    other = StepSize(0.01, 0.5)
    snapshots = run_training(run, sample, pace=lambda: StepRequest(step=other))
    list(islice(snapshots, 4))
    snapshots.close()
    state = load_state(run)
    assert state is not None
    assert state.step == other
    list(run_training(run, sample))
    rows = read_metrics(run)
    assert [row["step_size"] for row in rows] == [0.1] + [0.01] * (len(rows) - 1)
    whole = list(train(SMALL, sample, pace=lambda: StepRequest(step=other)))
    np.testing.assert_array_equal(load_checkpoint(run.checkpoint).weights, whole[-1].weights)
    assert np.abs(whole[-1].weights - alone[-1].weights).max() > 0.01


def test_a_run_can_begin_with_a_model(
    run: Run, sample: Dataset, alone: list[Snapshot], tmp_path: Path
) -> None:
    start = InitialModel("the first", checkpoint_of(alone[-1], SMALL, sample))
    second = create_run(tmp_path / "second", SMALL, "sample", sample, start)
    assert open_run(second.folder).initial_name == "the first"
    snapshots = run_training(second, sample)
    np.testing.assert_array_equal(next(snapshots).weights, alone[-1].weights)
    list(islice(snapshots, 2))
    snapshots.close()
    list(run_training(open_run(second.folder), sample))
    *_, last = train(SMALL, sample, initial=alone[-1].weights)
    np.testing.assert_array_equal(load_checkpoint(second.checkpoint).weights, last.weights)

    second.initial.unlink()
    with pytest.raises(RunError, match="starts from is lost"):
        next(run_training(second, sample))
    with pytest.raises(ValueError, match="other units or patches"):
        create_run(
            tmp_path / "third", dataclasses.replace(SMALL, model=ModelConfig(9, 3)), "sample", sample, start
        )


def test_killed_at_random_moments_and_resumed_it_ends_in_the_same_bits(tmp_path: Path) -> None:
    settings = ["--units", "32", "--patch-size", "4", "--patches", "1000000", "--rule", "rank-order"]
    killed, alone = tmp_path / "killed", tmp_path / "alone"
    assert survive(killed, settings, kills=3, seed=1) >= 1
    survive(alone, settings, kills=0)
    assert same_outcome(killed, alone)
    assert read_metrics(open_run(killed))[-1]["patches_seen"] == 1_000_000
