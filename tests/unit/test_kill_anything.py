"""What the killer looks for after a kill, with each fault planted."""

import io
import os
from pathlib import Path

import pytest

from benchmarks import kill_anything
from benchmarks.kill_anything import attempt, cut_off_export, damage, drop_rights, killed_work, lost
from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.runs.archive import export_run
from model.runs.folder import Run, create_run, snapshot_path
from model.runs.history import read_metrics
from model.runs.recorder import run_training


@pytest.fixture
def run(tmp_path: Path) -> Run:
    sample = bundled_sample()
    made = create_run(
        tmp_path / "runs" / "a", TrainingConfig(ModelConfig(5, 2), patches=2_000), "sample", sample
    )
    list(run_training(made, sample))
    return made


def test_a_whole_run_has_nothing_wrong(run: Run) -> None:
    seen = [int(row["patches_seen"]) for row in read_metrics(run)]
    assert damage(run.folder.parent) == []
    assert lost(run.folder, seen) == []


def test_a_snapshot_that_is_gone_is_found(run: Run) -> None:
    snapshot_path(run, 0).unlink()
    (found,) = damage(run.folder.parent)
    assert found.startswith("a lost a snapshot")


def test_a_snapshot_that_is_gone_with_its_row_is_found_if_it_had_been_announced(run: Run) -> None:
    *rows, last = run.metrics.read_bytes().splitlines(keepends=True)
    run.metrics.write_bytes(b"".join(rows))
    snapshot_path(run, 2_000).unlink()
    assert damage(run.folder.parent) == []
    assert lost(run.folder, [0, 2_000]) == ["a lost snapshot 2000, row and all"]
    assert b"2000" in last


def test_a_run_that_cannot_be_read_is_found(run: Run) -> None:
    (run.folder / "config.json").write_text("{")
    (found,) = damage(run.folder.parent)
    assert found.startswith("a is damaged")


def test_an_export_cut_off_is_refused_in_one_sentence_and_a_whole_one_taken(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = io.BytesIO()
    export_run(run.folder, content)
    file = tmp_path / "out.zip"
    for end in (len(content.getvalue()), 1_000, 0):
        file.write_bytes(content.getvalue()[:end])
        assert cut_off_export(file, tmp_path) == []
    monkeypatch.setattr(kill_anything, "damage", lambda _: ["a fault"])
    file.write_bytes(content.getvalue())
    assert cut_off_export(file, tmp_path) == ["a fault"]


def test_work_that_does_not_begin_is_a_finding(tmp_path: Path) -> None:
    import random

    (first, second) = killed_work(tmp_path, "raise ValueError('a fault')", 1, random.Random(0))
    assert first == "the work did not begin"
    assert second == "ValueError: a fault"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="of Linux")
def test_without_its_rights_the_superuser_is_refused_too(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    outcome = attempt(["touch", str(locked / "a")], preexec_fn=drop_rights)
    assert outcome.returncode != 0
    assert "denied" in outcome.stderr
    assert os.access(tmp_path, os.W_OK)
