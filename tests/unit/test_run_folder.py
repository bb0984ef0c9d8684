"""Run folders beside whatever else happens in them: foreign files, other processes, names and owners."""

import dataclasses
import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from model.checkpoint import load_checkpoint
from model.config import Emphasis, ModelConfig, OptimizerKind, Rule, Start, TrainingConfig
from model.data.pictures import Dataset
from model.runs import folder as run_folder
from model.runs import metadata as run_metadata
from model.runs import recorder as runs
from model.runs.folder import Run, create_run, open_run, read_end_status, write_end_status
from model.runs.history import past_runs
from model.runs.metadata import RunMetadata, claim_folder
from model.runs.reading import LONGEST_MESSAGE, EndStatus, RunError
from model.runs.recorder import run_training
from model.training.loop import Snapshot, train

ROOT = Path(__file__).resolve().parents[2]
SMALL = TrainingConfig(ModelConfig(n_units=16, patch_size=3), Rule.PROGRESSIVE, patches=20_000, seed=4)


@pytest.fixture
def run(tmp_path: Path, sample: Dataset, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(runs, "SECONDS_BETWEEN_STATES", 0.0)
    return create_run(tmp_path / "run", SMALL, "sample", sample)


@pytest.fixture(scope="module")
def alone(sample: Dataset) -> list[Snapshot]:
    """The snapshots of the same training that nothing interrupts."""
    return list(train(SMALL, sample))


FOREIGN = (
    "._000001024.safetensors",
    "000001024 (1).safetensors",
    "notes.txt",
    "٠٠٠٠٠١٠٢٤.safetensors",  # digits, but not those of ASCII
    "99.safetensors",
)


def test_resuming_leaves_alone_what_the_run_has_not_written(
    run: Run, sample: Dataset, alone: list[Snapshot]
) -> None:
    snapshots = run_training(run, sample)
    list(islice(snapshots, 3))
    snapshots.close()
    for name in FOREIGN:
        (run.folder / "snapshots" / name).write_text("precious")
    (run.folder / "snapshots" / "folder").mkdir()
    for _ in range(2):
        list(run_training(run, sample))
        for name in FOREIGN:
            assert (run.folder / "snapshots" / name).read_text() == "precious"
    assert (run.folder / "snapshots" / "folder").is_dir()
    np.testing.assert_array_equal(load_checkpoint(run.checkpoint).weights, alone[-1].weights)


def test_a_run_that_lost_its_snapshots_can_be_gone_on_with(
    run: Run, sample: Dataset, alone: list[Snapshot]
) -> None:
    snapshots = run_training(run, sample)
    list(islice(snapshots, 3))
    snapshots.close()
    shutil.rmtree(run.folder / "snapshots")
    list(run_training(run, sample))
    np.testing.assert_array_equal(load_checkpoint(run.checkpoint).weights, alone[-1].weights)


def test_a_damaged_record_is_refused_and_left_as_it_is(run: Run, sample: Dataset) -> None:
    snapshots = run_training(run, sample)
    list(islice(snapshots, 3))
    snapshots.close()
    damaged = run.metrics.read_bytes().replace(b'"final_error"', b'"Final_error"', 1)
    run.metrics.write_bytes(damaged)
    with pytest.raises(RunError, match=r"metrics\.jsonl is damaged"):
        next(run_training(run, sample))
    assert run.metrics.read_bytes() == damaged


def test_the_owner_is_known_before_the_run_can_be_seen(
    tmp_path: Path, sample: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, owners = run_folder.write_whole, []

    def look(path: Path, content: bytes) -> None:
        write(path, content)
        owners.extend(past.metadata.owner for past in past_runs(tmp_path))

    for module in (run_folder, run_metadata):
        monkeypatch.setattr(module, "write_whole", look)
    create_run(tmp_path / "a", SMALL, "sample", sample, metadata=RunMetadata("", "somebody"))
    assert owners == ["somebody"]


def test_why_it_ended_is_not_said_of_a_run_that_another_process_trains(run: Run, sample: Dataset) -> None:
    training = run_training(run, sample)
    next(training)
    write_end_status(run, EndStatus("failed", "Another process is training."))
    assert read_end_status(run) is None
    training.close()
    write_end_status(run, EndStatus("stopped", "x" * 100_000))
    assert read_end_status(run) == EndStatus("stopped", "x" * LONGEST_MESSAGE)


def test_training_in_a_folder_that_is_gone_does_not_make_it(run: Run, sample: Dataset) -> None:
    shutil.rmtree(run.folder)
    with pytest.raises(RunError, match="No such folder"):
        next(run_training(run, sample))
    assert not run.folder.exists()


def test_a_source_that_cannot_be_written_down_is_refused(tmp_path: Path, sample: Dataset) -> None:
    with pytest.raises(RunError, match=r"'/pictures/\\udcff' can't be written down"):
        create_run(tmp_path / "a", SMALL, "/pictures/\udcff", sample)
    assert past_runs(tmp_path) == []
    assert open_run(create_run(tmp_path / "b", SMALL, "/Füchse/狐", sample).folder).source == "/Füchse/狐"


def test_names_too_long_for_the_system_are_refused(tmp_path: Path, sample: Dataset) -> None:
    with pytest.raises(RunError, match="File name too long"):
        create_run(tmp_path / ("a" * 300), SMALL, "sample", sample)


def test_two_that_ask_at_once_get_different_folders(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda _: claim_folder(tmp_path / "runs", "a"), range(40)))
    assert {folder.name for folder in folders} == {"a", *(f"a-{number}" for number in range(2, 41))}
    assert all(folder.is_dir() for folder in folders)
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="can't be written"):
        claim_folder(tmp_path / "file", "a")
    (tmp_path / "runs" / "b").symlink_to("nowhere")
    assert claim_folder(tmp_path / "runs", "b").name == "b-2"


KILLED_WHILE_TRAINING = """
import os, signal, sys
from pathlib import Path
from model.data.sources import bundled_sample
from model.runs.folder import open_run
from model.runs.recorder import run_training
training = run_training(open_run(Path(sys.argv[1])), bundled_sample())
next(training)
print("trains", flush=True)
sys.stdin.read()
"""


def test_a_lock_is_released_when_its_process_is_killed(run: Run, sample: Dataset) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED_WHILE_TRAINING, str(run.folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"trains\n"
        with pytest.raises(RunError, match="Another process is training"):
            next(run_training(run, sample))
        other.kill()
        other.wait()
    next(run_training(run, sample))


def test_a_run_of_an_earlier_version_goes_on_with_the_optimizer_it_began_with(
    tmp_path: Path, sample: Dataset
) -> None:
    config = dataclasses.replace(SMALL, optimizer=OptimizerKind.PLAIN)
    run = create_run(tmp_path / "run", config, "sample", sample)
    path = run.folder / "config.json"
    said = json.loads(path.read_text())
    for later in ("optimizer", "start", "emphasis"):
        del said[later]
    path.write_text(json.dumps(said))
    assert open_run(run.folder) == run


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": OptimizerKind.PLAIN},
        {"start": Start.DCT_PAIRS},
        {"rule": Rule.PURSUIT, "emphasis": Emphasis.FEW_UNITS},
    ],
    ids=str,
)
def test_a_run_remembers_how_it_learns(tmp_path: Path, sample: Dataset, changes: dict[str, object]) -> None:
    config = dataclasses.replace(SMALL, **changes)  # type: ignore[arg-type]
    run = create_run(tmp_path / "run", config, "sample", sample)
    assert open_run(run.folder).config == config
