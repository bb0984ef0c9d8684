"""What the runs of one visitor may take, beside those of others."""

from pathlib import Path

import pytest

from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.runs import quota
from model.runs.folder import create_run
from model.runs.metadata import RunMetadata, delete_run
from model.runs.quota import check_quota, expected_size
from model.runs.reading import RunError
from model.runs.recorder import run_training
from tests.unit.damage import CONFIG


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Two runs of mine, one of somebody else's and one of everybody's."""
    for name, owner in (("a", "me"), ("b", "me"), ("c", "other"), ("d", "")):
        create_run(tmp_path / name, CONFIG, "sample", bundled_sample(), metadata=RunMetadata(name, owner))
    return tmp_path


def test_a_visitor_may_have_so_many_runs(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "MOST_RUNS", 2)
    with pytest.raises(RunError, match="You have 2 runs"):
        check_quota(runs, "me", 0)
    check_quota(runs, "other", 0)
    check_quota(runs, "new", 0)
    check_quota(runs, "", 1 << 50)
    delete_run(runs, "a")
    check_quota(runs, "me", 0)


def test_a_visitors_runs_may_take_so_much_of_the_disk(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 2 * expected_size(CONFIG)  # nothing is trained yet, but both may be resumed and finished
    assert taken > sum(path.stat().st_size for name in "ab" for path in (runs / name).rglob("*"))
    monkeypatch.setattr(quota, "LARGEST_SHARE", taken + 1000)
    check_quota(runs, "me", 1000)
    with pytest.raises(RunError, match="delete one first"):
        check_quota(runs, "me", 1001)


def test_nobody_has_runs_where_there_is_no_folder_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "MOST_RUNS", 1)
    check_quota(tmp_path / "runs", "me", 0)
    with pytest.raises(RunError, match="You have 1 runs"):
        check_quota(tmp_path / "runs", "me", 0, 0)


@pytest.mark.parametrize(
    "config", [CONFIG, TrainingConfig(ModelConfig(40, 4), patches=30_000)], ids=["tiny", "small"]
)
def test_the_size_of_a_run_is_known_beforehand(config: TrainingConfig, tmp_path: Path) -> None:
    run = create_run(tmp_path / "a", config, "sample", bundled_sample())
    list(run_training(run, bundled_sample()))
    took = sum(path.stat().st_size for path in run.folder.rglob("*") if path.is_file())
    assert took / 1.5 <= expected_size(config) <= 1.5 * took
