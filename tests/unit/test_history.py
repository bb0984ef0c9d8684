import json
from pathlib import Path

import numpy as np
import pytest

from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.runs import metadata
from model.runs.folder import create_run, write_end_status
from model.runs.history import DamagedRun, past_run, past_runs, read_metrics, recorded_points
from model.runs.metadata import (
    DELETIONS_KEPT,
    UNKNOWN_OWNER,
    RunMetadata,
    delete_run,
    deleted_metadata,
    deleted_runs,
    free_name,
    read_metadata,
    rename_run,
    restore_run,
    write_metadata,
)
from model.runs.reading import EndStatus, RunError
from model.runs.recorder import run_training
from model.training.loop import train

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
    assert past.state == "finished"
    assert past.patches_seen == 3_000
    assert past.test_error == last["test"]["final_error"]
    assert past.error_sum == last["test"]["error_sum"]


def test_a_run_that_has_just_begun_has_no_figures(tmp_path: Path) -> None:
    create_run(tmp_path / "a", CONFIG, "sample", bundled_sample())
    (past,) = past_runs(tmp_path)
    assert (past.patches_seen, past.test_error, past.error_sum, past.finished) == (0, None, None, False)


def test_an_unfinished_run_says_why_it_ended_if_somebody_was_there_to_say_so(tmp_path: Path) -> None:
    run = create_run(tmp_path / "a", CONFIG, "sample", bundled_sample())
    assert past_run(tmp_path / "a").state == "interrupted"
    write_end_status(run, EndStatus("failed", "The disk is full."))
    past = past_run(tmp_path / "a")
    assert (past.state, past.end_status) == ("failed", EndStatus("failed", "The disk is full."))
    next(run_training(run, bundled_sample()))
    assert past_run(tmp_path / "a").state == "interrupted"  # going on takes it back


def test_a_last_line_that_was_cut_off_does_not_count(finished: Path) -> None:
    metrics = finished / "b" / "metrics.jsonl"
    rows = read_metrics(past_run(finished / "b").run)
    metrics.write_text(metrics.read_text()[:-100])
    assert past_run(finished / "b").patches_seen == rows[-2]["patches_seen"]


@pytest.mark.parametrize("padding", [0, 1 << 14, 1 << 18])
def test_the_last_line_is_found_however_long_lines_are(finished: Path, padding: int) -> None:
    run = past_run(finished / "b").run
    rows = read_metrics(run)[:3]
    for count in range(4):
        lines = [json.dumps({**row, "padding": " " * padding}) + "\n" for row in rows[:count]]
        (run.folder / "metrics.jsonl").write_text("".join(lines) + '{"patches_seen": 7')
        assert past_run(finished / "b").patches_seen == (rows[count - 1]["patches_seen"] if count else 0)


def test_a_damaged_run_is_listed_with_what_is_wrong_and_the_others_stay(finished: Path) -> None:
    (finished / "c").mkdir()
    (finished / "c" / "config.json").write_text("{")
    write_metadata(finished / "c", RunMetadata("Torn", "somebody"))
    torn, good = past_runs(finished)
    assert torn == DamagedRun(
        "c", "config.json is damaged; start a new run.", RunMetadata("Torn", "somebody")
    )
    assert good == past_run(finished / "b")
    (finished / "b" / "metrics.jsonl").write_text("[]\n")
    assert [(run.name, type(run)) for run in past_runs(finished)] == [("c", DamagedRun), ("b", DamagedRun)]
    delete_run(finished, "c")
    assert [run.name for run in past_runs(finished)] == ["b"]
    restore_run(finished, "c")
    assert past_runs(finished)[0] == torn


def test_recorded_points_are_what_the_training_measured(finished: Path) -> None:
    points = recorded_points(past_run(finished / "b").run)
    snapshots = list(train(CONFIG, bundled_sample()))
    assert [p.patches_seen for p in points] == [s.patches_seen for s in snapshots]
    for point, snapshot in zip(points, snapshots, strict=True):
        for mine, measured in ((point.train, snapshot.train), (point.test, snapshot.test)):
            np.testing.assert_array_equal(mine.error_by_rank, measured.error_by_rank)
            assert mine.as_json() == measured.as_json()


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row.pop("train"),
        lambda row: row["test"].pop("objective"),
        lambda row: row["test"].update(error_by_rank=[1.0]),
        lambda row: row["test"].update(error_by_rank="ranks"),
        lambda row: row["train"].update(l0_mean=float("nan")),
        lambda row: row.update(test=[1, 2]),
    ],
    ids=["no train", "no objective", "too few ranks", "no ranks", "no number", "a list"],
)
def test_damaged_metrics_are_named_in_one_sentence(finished: Path, change) -> None:  # type: ignore[no-untyped-def]
    run = past_run(finished / "b").run
    rows = read_metrics(run)
    change(rows[1])
    (run.folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(RunError, match=r"^.*metrics.jsonl .*start a new run\.$"):
        recorded_points(run)


def test_deleted_runs_come_back_whole_the_last_one_first(finished: Path) -> None:
    create_run(finished / "a", CONFIG, "sample", bundled_sample())
    write_metadata(finished / "a", RunMetadata("A title", "somebody"))
    delete_run(finished, "b")
    delete_run(finished, "a")
    assert deleted_runs(finished) == ["a", "b"]
    assert deleted_metadata(finished, "a") == RunMetadata("A title", "somebody")
    assert past_runs(finished) == []
    restore_run(finished, "b")
    restore_run(finished, "a")
    assert deleted_runs(finished) == []
    assert [past.name for past in past_runs(finished)] == ["b", "a"]
    assert past_run(finished / "b").finished
    with pytest.raises(RunError, match="can't be brought back"):
        restore_run(finished, "a")


def test_only_the_latest_deletions_are_kept(tmp_path: Path) -> None:
    names = [f"run{i}" for i in range(DELETIONS_KEPT + 2)]
    for name in names:
        create_run(tmp_path / name, CONFIG, "sample", bundled_sample())
        delete_run(tmp_path, name)
    assert deleted_runs(tmp_path) == names[:1:-1]


@pytest.mark.parametrize("name", ["../b", "", ".", "..", ".deleted", "x/y", "nowhere", "a\0b"])
def test_no_name_reaches_outside_the_folder(finished: Path, name: str) -> None:
    inside = finished / "inside"
    inside.mkdir()
    for change in (delete_run, restore_run, lambda folder, run: rename_run(folder, run, "x")):
        with pytest.raises(RunError):
            change(inside, name)
    assert (finished / "b" / "config.json").exists()


def test_deleting_twice_leaves_the_first_deletion_to_be_undone(finished: Path) -> None:
    delete_run(finished, "b")
    with pytest.raises(RunError, match="no run b any more"):
        delete_run(finished, "b")
    restore_run(finished, "b")
    assert past_runs(finished)[0].finished


def test_a_run_is_renamed_and_keeps_its_owner(finished: Path) -> None:
    write_metadata(finished / "b", RunMetadata("", "somebody"))
    rename_run(finished, "b", "  Grey cats  ")
    assert read_metadata(finished / "b") == RunMetadata("Grey cats", "somebody")
    assert past_run(finished / "b").metadata.title == "Grey cats"
    rename_run(finished, "b", "")
    assert read_metadata(finished / "b").title == ""
    for bad in ("x" * 81, "two\nlines", "a\0b"):
        with pytest.raises(RunError, match="one line of at most 80"):
            rename_run(finished, "b", bad)


@pytest.mark.parametrize(
    "content",
    ["[1", "[1]", '{"owner": 1}', '{"owner": "\\ud800"}', '{"title": NaN}', "[" * 100_000, '{"a":' * 100_000],
    ids=["cut off", "a list", "a number", "a surrogate", "not a number", "nested", "nested objects"],
)
def test_a_run_whose_owner_cannot_be_read_is_nobodys(content: str, finished: Path) -> None:
    (finished / "b" / "card.json").write_text(content)
    assert read_metadata(finished / "b") == RunMetadata("", UNKNOWN_OWNER)
    assert past_run(finished / "b").metadata.owner is UNKNOWN_OWNER
    rename_run(finished, "b", "Found")  # which does not give it to anybody
    assert read_metadata(finished / "b") == RunMetadata("Found", UNKNOWN_OWNER)


def test_a_run_without_metadata_is_everybodys(finished: Path) -> None:
    assert not (finished / "b" / "card.json").exists()
    assert read_metadata(finished / "b") == RunMetadata("", "")


def test_a_free_name_is_neither_a_runs_nor_a_deleted_ones(finished: Path) -> None:
    assert free_name(finished, "a") == "a"
    assert free_name(finished, "b") == "b-2"
    delete_run(finished, "b")
    assert free_name(finished, "b") == "b-2"


def test_a_clock_that_is_set_back_costs_no_deletion_its_undo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"run-{number}" for number in range(DELETIONS_KEPT + 1)]
    for number, name in enumerate(names):
        run_folder = tmp_path / name
        run_folder.mkdir()
        (run_folder / "config.json").write_text("{}")
        write_metadata(run_folder, RunMetadata())
        monkeypatch.setattr(metadata.time, "time_ns", lambda number=number: 10**18 - number * 10**15)
        delete_run(tmp_path, name)
    assert deleted_runs(tmp_path) == names[:0:-1]
