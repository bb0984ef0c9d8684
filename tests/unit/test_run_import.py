"""Runs from strangers: what is wrong with one is said in a sentence, and costs no room and nobody's run."""

import io
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model.checkpoint import load_checkpoint
from model.runs import archive as run_archive
from model.runs import reading
from model.runs.archive import export_run, import_run
from model.runs.folder import open_run
from model.runs.history import newest_snapshot, past_runs, recorded_points
from model.runs.metadata import read_metadata
from model.runs.reading import RunError
from model.tensor_files import LARGEST_HEADER
from tests.unit.damage import changed, stopped_run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stopped_run(tmp_path_factory.mktemp("runs") / "a").folder


@pytest.fixture(scope="module")
def exported(stopped: Path) -> bytes:
    file = io.BytesIO()
    export_run(stopped, file)
    return file.getvalue()


def metrics_with(figure: str, text: str) -> Callable[[dict[str, bytes]], None]:
    """Put a number in place of a figure of the last line."""

    def change(files: dict[str, bytes]) -> None:
        *before, last = files["metrics.jsonl"].splitlines()
        row = json.loads(last)
        row["test"][figure] = "here"
        files["metrics.jsonl"] = b"\n".join([*before, json.dumps(row).replace('"here"', text).encode(), b""])

    return change


@pytest.mark.parametrize("figure", ["final_error", "error_sum", "objective", "l0_mean", "dead_units"])
@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999", "9" * 400, "null", "-1", '"x"', "[]"])
def test_metrics_that_no_training_has_are_refused(
    figure: str, text: str, exported: bytes, tmp_path: Path
) -> None:
    with pytest.raises(RunError, match=r"^This exported run is damaged: metrics\.jsonl is damaged.*\.$"):
        import_run(io.BytesIO(changed(exported, metrics_with(figure, text))), "a", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b'{"state":"stopped","message":NaN}', b"[" * 60_000, b'{"state":"x"}'])
def test_a_damaged_ending_is_refused(content: bytes, exported: bytes, tmp_path: Path) -> None:
    file = changed(exported, lambda files: files.update({"ending.json": content}))
    with pytest.raises(RunError, match=r"^This exported run is damaged: ending\.json is damaged.*\.$"):
        import_run(io.BytesIO(file), "a", tmp_path)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("config.json", reading.LARGEST_JSON),
        ("ending.json", reading.LARGEST_JSON),
        ("checkpoint.safetensors", 4 * 5 * 12 + LARGEST_HEADER),
        ("state.safetensors", 4 * 4 * 5 * 12 + LARGEST_HEADER),
        ("snapshots/000000000.safetensors", 4 * 5 * 12 + LARGEST_HEADER),
    ],
)
def test_each_kind_of_file_has_a_limit(name: str, size: int, exported: bytes, tmp_path: Path) -> None:
    for bytes_more, message in ((1, rf"{name} unpacks to more than a run can be"), (0, "damaged")):
        file = changed(exported, lambda files, more=bytes_more: files.update({name: b" " * (size + more)}))
        with pytest.raises(RunError, match=message):
            import_run(io.BytesIO(file), "a", tmp_path)


def packed(files: dict[str, bytes]) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out


def test_a_small_file_does_not_unpack_to_a_large_run(
    exported: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        config = json.loads(archive.read("config.json"))
    config["model"] = {"n_units": 4096, "patch_size": 8}
    empty = bytes(4 * 4096 * 8 * 8 * 3)
    models = {f"snapshots/{number:09d}.safetensors": empty for number in range(20)}
    file = packed({"config.json": json.dumps(config).encode(), **models})
    assert len(file.getvalue()) < 100_000
    written = []
    checked = run_archive._unpack_member  # what gets as far as the disk

    def count(*arguments: Any) -> int:
        written.append(checked(*arguments))
        return written[-1]

    monkeypatch.setattr(run_archive, "_unpack_member", count)
    with pytest.raises(RunError, match="unpacks to more than a run can be"):
        import_run(file, "a", tmp_path)
    assert sum(written) <= run_archive.UNPACKED_ANYWAY + run_archive.MOST_UNPACKED_PER_BYTE * len(
        file.getvalue()
    )
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_lies_about_sizes_is_refused(
    exported: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["checkpoint.safetensors"] = bytes(1 << 20)
    true, false = struct.pack("<L", 1 << 20), struct.pack("<L", 4_000)
    content = packed(files).getvalue()
    assert content.count(true) == 2  # before the file and in the table of contents
    with pytest.raises(RunError):
        import_run(io.BytesIO(content.replace(true, false)), "a", tmp_path)
    with pytest.raises(RunError):
        import_run(io.BytesIO(content.replace(true, struct.pack("<L", 0xFFFFFFF0))), "a", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_of_very_many_files_is_refused_before_they_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(run_archive.MOST_FILES + 1):
            archive.writestr(f"snapshots/{number:09d}.safetensors", b"")
    monkeypatch.setattr(zipfile.ZipFile, "_RealGetContents", lambda _: pytest.fail("it was read"))
    with pytest.raises(RunError, match="more files than a run has"):
        import_run(out, "a", tmp_path)
    content = bytearray(out.getvalue())
    struct.pack_into("<2H", content, len(content) - 14, 1, 1)  # it lies about their number
    monkeypatch.setattr(run_archive, "LARGEST_DIRECTORY", 10_000)
    with pytest.raises(RunError, match="more files than a run has"):
        import_run(io.BytesIO(bytes(content)), "a", tmp_path)


def test_an_archive_packed_in_a_way_that_cannot_be_unpacked_in_pieces_is_refused(
    exported: bytes, tmp_path: Path
) -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(exported)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive,
    ):
        for name in source.namelist():
            archive.writestr(name, source.read(name))
    with pytest.raises(RunError, match="packed in another way"):
        import_run(out, "a", tmp_path)


def test_digits_of_other_scripts_are_no_names_of_snapshots(exported: bytes, tmp_path: Path) -> None:
    file = changed(exported, lambda files: files.update({"snapshots/٠٠٠٠٠٠٠٠١.safetensors": b""}))
    with pytest.raises(RunError, match="other things than a run"):
        import_run(io.BytesIO(file), "a", tmp_path)


KILLED_WHILE_IMPORTING = """
import os, signal, sys
from pathlib import Path
from model.runs import archive
def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(archive, sys.argv[3], kill)
archive.import_run(open(sys.argv[1], "rb"), "a", Path(sys.argv[2]))
"""


@pytest.mark.parametrize("at", ["_unpack_member", "_check", "free_name"])
def test_the_next_import_removes_what_a_killed_one_left(at: str, exported: bytes, tmp_path: Path) -> None:
    file, runs = tmp_path / "a.zip", tmp_path / "runs"
    file.write_bytes(exported)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_IMPORTING, str(file), str(runs), at], cwd=ROOT, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    (left,) = runs.iterdir()
    assert left.name.startswith(".importing-")
    assert past_runs(runs) == []
    assert import_run(io.BytesIO(exported), "a", runs) == "a"
    assert [path.name for path in runs.iterdir()] == ["a"]


def test_an_import_under_way_is_not_taken_for_what_a_killed_one_left(
    exported: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, names = run_archive._check, []

    def import_another(folder: Path) -> None:
        monkeypatch.setattr(run_archive, "_check", check)
        names.append(import_run(io.BytesIO(exported), "b", tmp_path))
        check(folder)

    monkeypatch.setattr(run_archive, "_check", import_another)
    names.append(import_run(io.BytesIO(exported), "a", tmp_path))
    assert names == ["b", "a"]
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b"}


def test_what_earlier_versions_left_is_removed_once_it_is_old_and_never_listed(
    stopped: Path, exported: bytes, tmp_path: Path
) -> None:
    left = tmp_path / ".importing-old"
    shutil.copytree(stopped, left, ignore=shutil.ignore_patterns("lock"))
    assert past_runs(tmp_path) == []
    import_run(io.BytesIO(exported), "a", tmp_path)
    assert left.exists()  # it could be an import that has just begun
    os.utime(left, (1, 1))
    import_run(io.BytesIO(exported), "b", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b"}


@pytest.mark.parametrize(
    "wanted", ["<img src=x onerror=alert(1)>", "![x](http://evil)", ".hidden", "a" * 300, "a\0"]
)
def test_a_file_name_that_is_none_for_a_run_is_not_used(wanted: str, exported: bytes, tmp_path: Path) -> None:
    assert import_run(io.BytesIO(exported), wanted, tmp_path) == "imported"


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("![x](http://evil/pixel.png) [a](http://evil)", "![x](http://evil/pixel.png) [a](http://evil)"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("  spaces  ", "spaces"),
        ("two\nlines", ""),
        ("\u202eturned round", ""),
        ("x" * 200, "x" * 80),
    ],
)
def test_a_title_stays_the_plain_text_that_it_is(
    title: str, kept: str, exported: bytes, tmp_path: Path
) -> None:
    out = io.BytesIO(changed(exported, lambda _: None))
    with zipfile.ZipFile(out, "a") as archive:
        archive.comment = title.encode()
    assert read_metadata(tmp_path / import_run(out, "a", tmp_path)).title == kept


def test_a_run_whose_newest_snapshot_is_lost_is_taken_in(exported: bytes, tmp_path: Path) -> None:
    newest = max(name for name in zipfile.ZipFile(io.BytesIO(exported)).namelist() if "snapshots" in name)
    file = changed(exported, lambda files: files.pop(newest) and None)
    run = open_run(tmp_path / import_run(io.BytesIO(file), "a", tmp_path))
    points = recorded_points(run)
    found = newest_snapshot(run, points)
    assert found is not None
    assert (
        found[0]
        == points[-2 if load_checkpoint(run.checkpoint).patches_seen != points[-1].patches_seen else -1]
    )
    assert found[1].patches_seen == found[0].patches_seen
    run.checkpoint.unlink()
    found = newest_snapshot(run, points)
    assert found is not None
    assert found[0] == points[-2]
    shutil.rmtree(run.folder / "snapshots")
    assert newest_snapshot(run, points) is None


def test_a_pipe_in_a_run_is_not_waited_for_when_it_is_exported(stopped: Path, tmp_path: Path) -> None:
    shutil.copytree(stopped, tmp_path / "a")
    (tmp_path / "a" / "checkpoint.safetensors").unlink()
    os.mkfifo(tmp_path / "a" / "checkpoint.safetensors")
    with pytest.raises(RunError, match="Not a regular file"):
        export_run(tmp_path / "a", io.BytesIO())
