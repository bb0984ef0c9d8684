"""What a run folder says is believed only where it makes sense; the rest is one sentence."""

import json
import math
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.data.sources import bundled_sample
from model.runs import reading
from model.runs.folder import Run, create_run, open_run, read_end_status
from model.runs.history import DamagedRun, PastRun, past_run, past_runs, recorded_points
from model.runs.metadata import read_metadata
from model.runs.reading import EndStatus, RunError, metrics_rows, read_json
from model.runs.state import load_state
from tests.unit.damage import CONFIG, SECONDS, damaged_json, stopped_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stopped_run(tmp_path_factory.mktemp("runs") / "a").folder


@pytest.fixture
def untouched(folder: Path) -> Iterator[Path]:
    """The same, put back as it was afterwards."""
    before = {path: path.read_bytes() for path in folder.glob("*.json*")}
    yield folder
    for path, content in before.items():
        path.unlink(missing_ok=True)
        path.write_bytes(content)


def read_all(folder: Path) -> None:
    """Use the run in every way that pages and commands do, and check that what comes out makes sense."""
    metadata = read_metadata(folder)
    assert metadata.owner is None or isinstance(metadata.owner, str)
    assert metadata.title.isprintable()
    assert len(metadata.title) <= 80
    metadata.title.encode()
    (listed,) = past_runs(folder.parent)
    if isinstance(listed, DamagedRun):
        assert len(listed.reason.splitlines()) == 1
        assert str(folder) not in listed.reason
    run = open_run(folder)
    past = past_run(folder)
    assert isinstance(listed, PastRun)
    assert past.state in {"finished", "stopped", "failed", "interrupted"}
    assert 0 <= past.patches_seen <= run.config.patches
    assert past.test_error is None or 0 <= past.test_error <= reading.LARGEST_FIGURE
    for point in recorded_points(run):
        for part in (point.train, point.test):
            assert len(part.error_by_rank) == run.config.model.n_units
            assert math.isfinite(part.error_sum)
            json.dumps(part.as_json(), allow_nan=False)
    status = read_end_status(run)
    assert status is None or status.state in {"stopped", "failed"}
    load_state(run)


def refused_or_sane(folder: Path) -> None:
    """Nothing but RunError, in one line, and within a second."""
    began = time.process_time()
    try:
        read_all(folder)
    except RunError as error:
        assert len(str(error).splitlines()) == 1
        assert len(str(error)) < 200 + 2 * len(str(folder))
    assert time.process_time() - began < SECONDS


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_change_of_any_field_is_refused_or_makes_sense(data: st.DataObject, untouched: Path) -> None:
    before = {path: path.read_bytes() for path in untouched.glob("*.json*")}
    try:
        name = data.draw(st.sampled_from(["config.json", "metrics.jsonl", "ending.json", "card.json"]))
        path = untouched / name
        lines = path.read_text().splitlines() if name == "metrics.jsonl" else [path.read_text()]
        number = data.draw(st.integers(0, len(lines) - 1), label="line")
        lines[number] = damaged_json(data, json.loads(lines[number])).decode("utf-8", "surrogatepass")
        path.write_bytes(("\n".join(lines) + "\n").encode("utf-8", "surrogatepass"))
        refused_or_sane(untouched)
    finally:
        for path, kept in before.items():
            path.write_bytes(kept)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes_in_place_of_a_file_are_refused_or_make_sense(data: st.DataObject, untouched: Path) -> None:
    path = untouched / data.draw(
        st.sampled_from(["config.json", "metrics.jsonl", "ending.json", "card.json"])
    )
    kept = path.read_bytes()
    try:
        damaged = bytearray(kept)
        for _ in range(data.draw(st.integers(1, 4))):
            damaged[data.draw(st.integers(0, len(kept) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(data.draw(st.sampled_from([bytes(damaged), bytes(damaged[: len(kept) // 2])])))
        refused_or_sane(untouched)
    finally:
        path.write_bytes(kept)


def test_the_error_names_the_field_and_does_not_quote_the_file(untouched: Path) -> None:
    said = json.loads((untouched / "config.json").read_text())
    said["model"]["n_units"] = "![x](http://evil)"
    (untouched / "config.json").write_text(json.dumps(said))
    with pytest.raises(
        RunError, match=r"^[^!]*config\.json is damaged at model\.n_units; start a new run\.$"
    ):
        open_run(untouched)
    said["model"]["n_units"] = 5
    said["![y](http://evil)"] = 1
    (untouched / "config.json").write_text(json.dumps(said))
    with pytest.raises(RunError, match=r"^[^!]*config\.json is damaged; start a new run\.$"):
        open_run(untouched)


@pytest.mark.parametrize("name", ["config.json", "metrics.jsonl", "ending.json", "card.json"])
@pytest.mark.parametrize(
    "make",
    [
        os.mkfifo,
        Path.mkdir,
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to(path.name),
    ],
    ids=["pipe", "folder", "device", "loop"],
)
def test_what_is_no_regular_file_is_never_waited_for(
    name: str, make: Callable[[Path], None], tmp_path: Path
) -> None:
    create_run(tmp_path / "a", CONFIG, "sample", bundled_sample())
    path = tmp_path / "a" / name
    path.unlink(missing_ok=True)
    make(path)
    (listed,) = past_runs(tmp_path)
    if name in {"config.json", "metrics.jsonl"}:
        assert isinstance(listed, DamagedRun)
        assert name in listed.reason
    if name == "ending.json":
        assert isinstance(listed, PastRun)
        assert listed.end_status is None
    if name == "card.json":
        assert listed.metadata.owner is None


def sparse(path: Path, size: int) -> None:
    with path.open("r+b" if path.exists() else "wb") as file:
        file.truncate(size)


@pytest.mark.parametrize("name", ["config.json", "metrics.jsonl", "ending.json", "card.json"])
def test_a_huge_file_is_refused_unread(name: str, untouched: Path) -> None:
    sparse(untouched / name, 1 << 33)
    began = time.process_time()
    refused_or_sane(untouched)
    with pytest.raises(RunError, match="Larger than"):
        if name == "metrics.jsonl":
            next(metrics_rows(untouched / name))
        else:
            read_json(untouched / name, EndStatus)
    assert time.process_time() - began < SECONDS


def test_lines_of_metrics_are_limited_in_length_and_number(
    untouched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = open_run(untouched)
    rows = run.metrics.read_bytes().splitlines(keepends=True)
    monkeypatch.setattr(reading, "MOST_SNAPSHOTS", len(rows))
    assert len(list(metrics_rows(run.metrics))) == len(rows)
    monkeypatch.setattr(reading, "MOST_SNAPSHOTS", len(rows) - 1)
    with pytest.raises(RunError, match="more than"):
        list(metrics_rows(run.metrics))
    monkeypatch.undo()
    monkeypatch.setattr(reading, "LONGEST_LINE", len(rows[0]))
    for content in (b"x" * (len(rows[0]) + 1) + b"\n", b"x" * 3 * len(rows[0])):
        run.metrics.write_bytes(content)
        with pytest.raises(RunError, match="line is too long"):
            list(metrics_rows(run.metrics))


def test_a_last_line_that_is_too_long_is_not_looked_for_through_the_whole_file(untouched: Path) -> None:
    run = open_run(untouched)
    for content in (b"x" * (8 << 20), b"{}\n" + b"x" * (8 << 20), b"\n" + b"x" * (1 << 20) + b"\n"):
        run.metrics.write_bytes(content)
        with pytest.raises(RunError, match="damaged"):
            past_run(untouched)


@pytest.mark.parametrize(
    ("field", "value"),
    [("patches_seen", 2_001), ("patches_seen", -1), ("patches_seen", 3.5)],
)
def test_a_snapshot_outside_the_training_is_refused(field: str, value: float, untouched: Path) -> None:
    run = open_run(untouched)
    rows = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    rows[-1][field] = value
    run.metrics.write_text("".join(json.dumps(row) + "\n" for row in rows))
    for read in (lambda: past_run(untouched), lambda: recorded_points(run)):
        with pytest.raises(RunError, match=r"metrics\.jsonl"):
            read()


def test_snapshots_out_of_order_are_refused(untouched: Path) -> None:
    run: Run = open_run(untouched)
    lines = run.metrics.read_bytes().splitlines(keepends=True)
    run.metrics.write_bytes(b"".join([*lines, lines[0]]))
    with pytest.raises(RunError, match="out of order"):
        recorded_points(run)


def test_a_damaged_ending_costs_only_the_reason(untouched: Path) -> None:
    (untouched / "ending.json").write_text("[" * 100_000)
    past = past_run(untouched)
    assert (past.state, past.end_status) == ("interrupted", None)
    with pytest.raises(RunError, match="ending"):
        read_end_status(past.run)


def test_metrics_of_earlier_versions_are_read(untouched: Path) -> None:
    run = open_run(untouched)
    rows = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    for row in rows:
        del row["step_size"], row["step_decay"]
        row["seconds"] = {"of": [1, 2, 3]}  # and of later ones
    run.metrics.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert [point.patches_seen for point in recorded_points(run)] == [row["patches_seen"] for row in rows]
