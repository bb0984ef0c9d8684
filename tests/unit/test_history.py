from pathlib import Path

import numpy as np
import pytest

from model.config import ModelConfig, TrainingConfig
from model.history import delete_run, deleted_run, past_run, past_runs, past_snapshots, restore_run
from model.runs import RunError, create_run, read_metrics, run_training, snapshot_path
from model.sources import bundled_sample
from model.training import train

CONFIG = TrainingConfig(model=ModelConfig(n_units=9, patch_size=3), patches=3_000)


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    run = create_run(tmp_path / "b", CONFIG, "sample", bundled_sample())
    list(run_training(run, bundled_sample()))
    return tmp_path


def test_a_finished_run_shows_its_newest_figures(finished: Path) -> None:
    (past,) = past_runs(finished)
    last = read_metrics(past.run)[-1]
    assert past.name == "b"
    assert past.finished
    assert past.patches_seen == 3_000
    assert past.test_error == last["test"]["final_error"]
    assert past.error_sum == last["test"]["error_sum"]


def test_a_run_that_has_just_begun_has_no_figures(tmp_path: Path) -> None:
    create_run(tmp_path / "a", CONFIG, "sample", bundled_sample())
    (past,) = past_runs(tmp_path)
    assert (past.patches_seen, past.test_error, past.error_sum, past.finished) == (0, None, None, False)


def test_a_last_line_that_was_cut_off_does_not_count(finished: Path) -> None:
    metrics = finished / "b" / "metrics.jsonl"
    rows = read_metrics(past_run(finished / "b").run)
    metrics.write_text(metrics.read_text()[:-100])
    assert past_run(finished / "b").patches_seen == rows[-2]["patches_seen"]


def test_a_damaged_run_is_left_out_and_the_others_stay(finished: Path) -> None:
    (finished / "c").mkdir()
    (finished / "c" / "config.json").write_text("{")
    assert [past.name for past in past_runs(finished)] == ["b"]
    (finished / "b" / "metrics.jsonl").write_text("[]\n")
    assert past_runs(finished) == []


def test_a_deleted_run_comes_back_whole_and_only_the_last_one_does(finished: Path) -> None:
    create_run(finished / "a", CONFIG, "sample", bundled_sample())
    delete_run(finished, "a")
    assert deleted_run(finished) == "a"
    delete_run(finished, "b")
    assert deleted_run(finished) == "b"
    assert past_runs(finished) == []
    restore_run(finished, "b")
    assert deleted_run(finished) is None
    assert past_runs(finished)[0].finished
    with pytest.raises(RunError, match="can't be brought back"):
        restore_run(finished, "a")


@pytest.mark.parametrize("name", ["../b", "", ".", "..", ".deleted", "x/y", "nowhere"])
def test_no_name_reaches_outside_the_folder(finished: Path, name: str) -> None:
    inside = finished / "inside"
    inside.mkdir()
    for change in (delete_run, restore_run):
        with pytest.raises(RunError):
            change(inside, name)
    assert (finished / "b" / "config.json").exists()


def test_past_snapshots_are_those_of_the_training(finished: Path) -> None:
    *_, last = train(CONFIG, bundled_sample())
    found = past_snapshots(finished / "b", most=3)
    assert len(found) == 3
    assert [snapshot.patches_seen for snapshot in found][::2] == [0, 3_000]
    assert np.array_equal(found[-1].weights, last.weights)
    assert np.array_equal(found[-1].error_by_rank, last.test.error_by_rank)
    rows = read_metrics(past_run(finished / "b").run)
    assert len(past_snapshots(finished / "b", most=1000)) == len(rows)


def test_a_damaged_snapshot_is_left_out(finished: Path) -> None:
    run = past_run(finished / "b").run
    snapshot_path(run, 0).write_bytes(b"nothing")
    assert past_snapshots(finished / "b", most=1000)[0].patches_seen > 0


def test_a_run_without_snapshots_has_none(tmp_path: Path) -> None:
    create_run(tmp_path / "a", CONFIG, "sample", bundled_sample())
    assert past_snapshots(tmp_path / "a", most=5) == []


def test_deleting_twice_leaves_the_first_deletion_to_be_undone(finished: Path) -> None:
    delete_run(finished, "b")
    with pytest.raises(RunError, match="no run b any more"):
        delete_run(finished, "b")
    restore_run(finished, "b")
    assert past_runs(finished)[0].finished
