from pathlib import Path

import pytest

from model.config import ModelConfig, TrainingConfig
from model.history import delete_run, deleted_run, past_run, past_runs, restore_run
from model.runs import RunError, create_run, read_metrics, run_training
from model.sources import bundled_sample

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
