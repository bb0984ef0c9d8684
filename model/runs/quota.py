"""How much of the disk the runs of one of many visitors may take."""

import contextlib
import math
from pathlib import Path

from model.config import TrainingConfig
from model.runs.folder import open_run
from model.runs.metadata import read_metadata
from model.runs.reading import RunError
from model.training.loop import snapshot_schedule
from model.training.optimizer import BATCHES_PER_DRAW

MOST_RUNS = 40
LARGEST_SHARE = 2 << 30
"""Bytes that all runs of a visitor may take: one of the largest model, or some hundred of the paper's."""
_BYTES_OF_A_FIGURE = 22  # a number of metrics in JSON, and its comma
_BYTES_OF_NAMES = 1000  # the rest of a line of metrics, and the header of a model


def check_quota(folder: Path, owner: str | None, coming: int, *waiting: int) -> None:
    """Refuse a further run to a visitor who has as many as they may, or whose disk space does not suffice.

    Args:
        folder: of runs.
        owner: the visitor; '' is the one user of a server for one, who may fill the disk.
        coming: bytes that the run will take.
        waiting: the same of each run of the visitor's that has been asked for and has no folder yet.

    Raises:
        RunError: the quota is used up; the message says what to do.
    """
    if not owner:
        return
    theirs = [path for path in folder.glob("[!.]*") if path.is_dir() and read_metadata(path).owner == owner]
    count = len(theirs) + len(waiting)
    if count >= MOST_RUNS:
        raise RunError(f"You have {count} runs, which is as many as a visitor may; delete one first.")
    taken = sum(_reserved(path) for path in theirs) + sum(waiting)
    if taken + coming > LARGEST_SHARE:
        raise RunError(
            f"Your runs take {taken >> 20:,} MB once they are finished, and this one would take "
            f"{coming >> 20:,} MB more, over the {LARGEST_SHARE >> 20:,} MB of a visitor; delete one first."
        )


def expected_size(config: TrainingConfig) -> int:
    """About how many bytes a run with these settings takes on disk when it is finished."""
    model = 4 * config.model.n_units * config.model.n_inputs
    metrics = 2 * config.model.n_units * _BYTES_OF_A_FIGURE
    per_draw = config.batch_size * BATCHES_PER_DRAW
    snapshots = len({math.ceil(point / per_draw) for point in snapshot_schedule(config)})
    kept = 5 * model  # the newest model, and the state with four of its kind
    return snapshots * (model + metrics + _BYTES_OF_NAMES) + kept


def _reserved(run_folder: Path) -> int:
    """Bytes that a run takes, or will take when it is resumed and finished."""
    try:
        return max(_size(run_folder), expected_size(open_run(run_folder).config))
    except RunError:  # damaged, so it can't be resumed
        return _size(run_folder)


def _size(run_folder: Path) -> int:
    size = 0
    for path in run_folder.rglob("*"):
        with contextlib.suppress(OSError):  # gone meanwhile
            size += path.lstat().st_size
    return size
