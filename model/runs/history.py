"""The runs in a folder: what each trains, how far it came, how good it is, how it got there."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from model.metrics import Measurement, measurement_from_json
from model.runs.folder import EndStatus, Run, RunError, open_run, read_end_status, read_metrics
from model.runs.metadata import RunMetadata, read_metadata

INTERRUPTED = "interrupted"
FINISHED = "finished"
_PROBABLE_LINE_BYTES = 1 << 14  # two lines of metrics with 169 units


@dataclass(frozen=True)
class PastRun:
    """A run as its folder shows it.

    Attributes:
        run: the folder and its settings.
        patches_seen: of the newest snapshot; 0 before the first.
        test_error: with all units at that snapshot; None before the first.
        error_sum: the same, over all ranks.
        metadata: its title and owner.
        end_status: why it ended before its time, if that is known.
    """

    run: Run
    patches_seen: int
    test_error: float | None
    error_sum: float | None
    metadata: RunMetadata
    end_status: EndStatus | None

    @property
    def name(self) -> str:
        """Of the folder."""
        return self.run.folder.name

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""
        return self.patches_seen >= self.run.config.patches

    @property
    def state(self) -> str:
        """'finished', 'stopped', 'failed', or 'interrupted' where nobody could say why it ended."""
        if self.finished:
            return FINISHED
        return self.end_status.state if self.end_status else INTERRUPTED


def past_runs(folder: Path) -> list[PastRun]:
    """Every run below `folder`, the latest name first; what is no run, or damaged, is left out."""
    found = []
    for path in sorted(folder.glob("*/config.json"), reverse=True):
        try:
            found.append(past_run(path.parent))
        except RunError:
            continue
    return found


def past_run(folder: Path) -> PastRun:
    """One run.

    Raises:
        RunError: there is none in `folder`, or it is damaged.
    """
    run = open_run(folder)
    last = _last_metrics(run)
    metadata, end_status = read_metadata(folder), read_end_status(run)
    if last is None:
        return PastRun(run, 0, None, None, metadata, end_status)
    try:
        test = last["test"]
        figures = float(test["final_error"]), float(test["error_sum"])
        return PastRun(run, int(last["patches_seen"]), *figures, metadata, end_status)
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{folder}/metrics.jsonl is damaged; start a new run.") from error


@dataclass(frozen=True)
class Point:
    """What a snapshot measured.

    Attributes:
        patches_seen: until then.
        train: on training patches.
        test: on test patches.
    """

    patches_seen: int
    train: Measurement
    test: Measurement


def recorded_points(run: Run) -> list[Point]:
    """What every recorded snapshot measured, in order of time.

    Raises:
        RunError: the metrics are damaged.
    """
    try:
        points = [
            Point(
                int(row["patches_seen"]),
                measurement_from_json(row["train"]),
                measurement_from_json(row["test"]),
            )
            for row in read_metrics(run)
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{run.folder}/metrics.jsonl is damaged; start a new run.") from error
    units = run.config.model.n_units
    if any(len(part.error_by_rank) != units for point in points for part in (point.train, point.test)):
        raise RunError(f"{run.folder}/metrics.jsonl does not fit the run's settings; start a new run.")
    return points


def _last_metrics(run: Run) -> dict[str, Any] | None:
    """The last whole line of the metrics, read from the end: those before it may be many."""
    try:
        with (run.folder / "metrics.jsonl").open("rb") as file:
            last = _last_whole_line(file)
    except OSError:
        return None
    try:
        parsed: dict[str, Any] | None = json.loads(last) if last else None
    except ValueError as error:
        raise RunError(f"{run.folder}/metrics.jsonl is damaged; start a new run.") from error
    return parsed


def _last_whole_line(file: BinaryIO) -> bytes:
    """What stands before the last line end; nothing where there is none."""
    size = file.seek(0, os.SEEK_END)
    reach = _PROBABLE_LINE_BYTES
    while True:
        file.seek(max(0, size - reach))
        *lines, _unfinished = file.read().split(b"\n")
        if len(lines) > 1 or reach >= size:
            return lines[-1] if lines else b""
        reach *= 8
