"""A run as one file: it comes back as it was, and nothing else comes in."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.runs import archive as run_archive
from model.runs.archive import export_run, import_run
from model.runs.folder import InitialModel, create_run, open_run
from model.runs.history import past_run
from model.runs.metadata import RunMetadata, read_metadata, rename_run, write_metadata
from model.runs.reading import RunError
from model.runs.recorder import run_training
from model.runs.state import load_state
from model.training.loop import checkpoint_of, train
from tests.unit.damage import changed

CONFIG = TrainingConfig(model=ModelConfig(n_units=9, patch_size=3), patches=6_000)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A run stopped half-way that began with another's model, and the file it was exported to."""
    folder = tmp_path_factory.mktemp("runs")
    sample = bundled_sample()
    *_, last = train(CONFIG, sample)
    start = InitialModel("another", checkpoint_of(last, CONFIG, sample))
    run = create_run(folder / "a", CONFIG, "sample", sample, start)
    training = run_training(run, sample)
    while next(training).patches_seen < 3_000:
        pass
    training.close()
    write_metadata(run.folder, RunMetadata("Half a run", "somebody"))
    file = io.BytesIO()
    export_run(run.folder, file)
    return run.folder, file.getvalue()


def test_a_run_comes_back_as_it_was_and_goes_on_to_the_same_weights(
    exported: tuple[Path, bytes], tmp_path: Path
) -> None:
    original, content = exported
    name = import_run(io.BytesIO(content), "mine", tmp_path, owner="me")
    assert name == "mine"
    brought = past_run(tmp_path / name)
    assert brought.run.config == CONFIG
    assert brought.run.initial_name == "another"
    assert read_metadata(tmp_path / name) == RunMetadata("Half a run", "me")
    files = {p.relative_to(original) for p in original.rglob("*") if p.is_file()} - {Path("lock")}
    assert {p.relative_to(tmp_path / name) for p in (tmp_path / name).rglob("*") if p.is_file()} == files
    ends = []
    for folder in (original, tmp_path / name):
        list(run_training(open_run(folder), bundled_sample()))
        state = load_state(open_run(folder))
        assert state is not None
        ends.append(state.weights)
    np.testing.assert_array_equal(*ends)


def test_a_name_that_is_taken_or_none_gets_another(exported: tuple[Path, bytes], tmp_path: Path) -> None:
    names = [import_run(io.BytesIO(exported[1]), wanted, tmp_path) for wanted in ("x", "x", "../x", "")]
    assert names == ["x", "x-2", "imported", "imported-2"]
    assert not list(tmp_path.glob(".importing*"))


def test_the_owner_does_not_travel(exported: tuple[Path, bytes]) -> None:
    assert b"somebody" not in exported[1]


def of_another_shape(files: dict[str, bytes]) -> None:
    said = json.loads(files["config.json"])
    said["model"]["n_units"] = 16
    files["config.json"] = json.dumps(said).encode()


@pytest.mark.parametrize(
    "change",
    [
        lambda files: files.update({"../out.json": b"x"}),
        lambda files: files.update({"/etc/out": b"x"}),
        lambda files: files.update({"snapshots/../../x": b"x"}),
        lambda files: files.update({"snapshots/evil.py": b"x"}),
        lambda files: files.pop("config.json"),
        lambda files: files.update({"config.json": b"{}"}),
        lambda files: files.update({"metrics.jsonl": b"no metrics\n"}),
        lambda files: files.update({"state.safetensors": b"no state"}),
        lambda files: files.update({"checkpoint.safetensors": b"no model"}),
        lambda files: files.update({"snapshots/000000000.safetensors": b"no model"}),
        of_another_shape,
    ],
    ids=["above", "absolute", "around", "other file", "no config", "empty config", "metrics", "state",
         "checkpoint", "snapshot", "shape"],
)  # fmt: skip
def test_what_is_no_run_is_refused_in_one_sentence_and_leaves_nothing(
    exported: tuple[Path, bytes], tmp_path: Path, change: Callable[[dict[str, bytes]], None]
) -> None:
    runs = tmp_path / "runs"
    with pytest.raises(RunError) as refused:
        import_run(io.BytesIO(changed(exported[1], change)), "a", runs)
    assert str(refused.value).count("\n") == 0
    assert ".importing" not in str(refused.value)
    assert list(runs.iterdir()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


@pytest.mark.parametrize("cut", [0, 10, 1000, -20])
def test_half_a_file_is_refused(exported: tuple[Path, bytes], tmp_path: Path, cut: int) -> None:
    with pytest.raises(RunError, match=r"no exported run|damaged"):
        import_run(io.BytesIO(exported[1][:cut]), "a", tmp_path)


def test_a_flipped_byte_is_found(exported: tuple[Path, bytes], tmp_path: Path) -> None:
    content = bytearray(exported[1])
    content[len(content) // 2] ^= 0xFF
    with pytest.raises(RunError):
        import_run(io.BytesIO(bytes(content)), "a", tmp_path)


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(
    exported: tuple[Path, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_archive, "LARGEST_RUN", 1000)
    with pytest.raises(RunError, match="more than a run can be"):
        import_run(io.BytesIO(exported[1]), "a", tmp_path)


def test_a_title_with_any_letters_survives(exported: tuple[Path, bytes], tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    import_run(io.BytesIO(exported[1]), "a", folder)
    rename_run(folder, "a", "Füchse, 狐 🦊")
    file = io.BytesIO()
    export_run(folder / "a", file)
    assert read_metadata(folder / import_run(file, "b", folder)).title == "Füchse, 狐 🦊"


def test_what_is_not_there_cannot_be_exported(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no run"):
        export_run(tmp_path, io.BytesIO())
