"""Deleted runs of several visitors: each can undo their own deletions, whatever the others delete."""

from pathlib import Path

from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.runs.folder import create_run
from model.runs.metadata import DELETIONS_KEPT, RunMetadata, delete_run, deleted_runs, write_metadata

TINY = TrainingConfig(ModelConfig(n_units=4, patch_size=3), patches=100)


def delete_new_run(folder: Path, name: str, owner: str) -> None:
    create_run(folder / name, TINY, "sample", bundled_sample())
    write_metadata(folder / name, RunMetadata(owner=owner))
    delete_run(folder, name)


def test_deletions_of_one_visitor_leave_those_of_others(tmp_path: Path) -> None:
    delete_new_run(tmp_path, "theirs", "b" * 32)
    own = [f"own{i}" for i in range(DELETIONS_KEPT + 2)]
    for name in own:
        delete_new_run(tmp_path, name, "a" * 32)
    assert deleted_runs(tmp_path) == [*own[:1:-1], "theirs"]
