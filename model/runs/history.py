"""The runs in a folder: what each trains, how far it came, how good it is, how it got there."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.checkpoint import Checkpoint, CheckpointError, load_checkpoint
from model.metrics import Measurement
from model.runs.folder import Run, open_run, read_end_status, snapshot_path
from model.runs.metadata import RunMetadata, read_metadata
from model.runs.reading import (
    EndStatus,
    MeasurementRow,
    MetricsRow,
    RunError,
    last_metrics_row,
    metrics_rows,
)

INTERRUPTED = "interrupted"
FINISHED = "finished"
DAMAGED = "damaged"


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


@dataclass(frozen=True)
class DamagedRun:
    """A run folder that can't be used any more; what is left to do is to delete it.

    Attributes:
        name: of the folder.
        reason: one sentence for people on what is wrong, without the folder's place on this machine.
        metadata: its title and owner.
    """

    name: str
    reason: str
    metadata: RunMetadata


def past_runs(folder: Path) -> list[PastRun | DamagedRun]:
    """Every run below `folder`, damaged ones too, the latest name first.

    Hidden folders are left out: runs are prepared there before they are visible, and kept after deletion.
    """
    found: list[PastRun | DamagedRun] = []
    for path in sorted(folder.glob("*"), reverse=True):
        if path.name.startswith(".") or not os.path.lexists(path / "config.json"):
            continue
        try:
            found.append(past_run(path))
        except RunError as error:
            if os.path.lexists(path / "config.json"):  # else it was deleted meanwhile
                found.append(DamagedRun(path.name, without_place(error, path), read_metadata(path)))
    return found


def past_run(folder: Path) -> PastRun:
    """One run.

    Raises:
        RunError: there is none in `folder`, or its settings or newest metrics are damaged.
    """
    run = open_run(folder)
    last = last_metrics_row(run.metrics)
    try:
        end_status = read_end_status(run)
    except RunError:
        end_status = None  # why it ended is lost, the run is not
    metadata = read_metadata(folder)
    if last is None:
        return PastRun(run, 0, None, None, metadata, end_status)
    _check_row(run, last)
    test = last["test"]
    return PastRun(run, last["patches_seen"], test["final_error"], test["error_sum"], metadata, end_status)


def without_place(error: Exception, folder: Path) -> str:
    """The message of an error about a run, with its files named as the run knows them.

    Args:
        error: what was raised.
        folder: of the run; its place is not shown to strangers.
    """
    return str(error).replace(f"{folder}{os.sep}", "").replace(f"{folder}/", "").replace(str(folder), "it")


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


def recorded_rows(run: Run, until: int | None = None) -> Iterator[MetricsRow]:
    """The recorded metrics, one row a snapshot, in order of time; a last line that was cut off is left out.

    Args:
        run: whose metrics.
        until: where the rows end, in patches seen; what was recorded later may be damaged. None reads all.

    Raises:
        RunError: they are damaged or do not fit the run's settings.
    """
    before = -1
    for row in metrics_rows(run.metrics, until):
        _check_row(run, row)
        if row["patches_seen"] <= before:
            raise RunError(f"{run.metrics} is damaged: its lines are out of order; start a new run.")
        before = row["patches_seen"]
        yield row


def read_metrics(run: Run) -> list[MetricsRow]:
    """All of `recorded_rows`.

    Raises:
        RunError: they are damaged or do not fit the run's settings.
    """
    return list(recorded_rows(run))


def recorded_points(run: Run) -> list[Point]:
    """What every recorded snapshot measured, in order of time.

    Raises:
        RunError: the metrics are damaged or do not fit the run's settings.
    """
    return [
        Point(row["patches_seen"], _measurement(row["train"]), _measurement(row["test"]))
        for row in recorded_rows(run)
    ]


def newest_snapshot(run: Run, points: Sequence[Point]) -> tuple[Point, Checkpoint] | None:
    """The latest recorded snapshot whose model is still there; None without one.

    Args:
        run: whose snapshots.
        points: of the run, in order of time.
    """
    for point in reversed(points):
        for path in (snapshot_path(run, point.patches_seen), run.checkpoint):
            with contextlib.suppress(CheckpointError):  # lost or damaged
                checkpoint = load_checkpoint(path)
                if (checkpoint.config, checkpoint.patches_seen) == (run.config.model, point.patches_seen):
                    return point, checkpoint
    return None


def _check_row(run: Run, row: MetricsRow) -> None:
    """Raise RunError if a row can't be the run's: it has another number of units, or is past its end."""
    lengths = {len(row["train"]["error_by_rank"]), len(row["test"]["error_by_rank"])}
    if lengths != {run.config.model.n_units} or row["patches_seen"] > run.config.patches:
        raise RunError(f"{run.metrics} does not fit the run's settings; start a new run.")


def _measurement(row: MeasurementRow) -> Measurement:
    return Measurement(
        error_by_rank=np.array(row["error_by_rank"], np.float64),
        objective=row["objective"],
        l0_mean=row["l0_mean"],
        dead_units=row["dead_units"],
        patches=row["patches"],
    )
