"""The runs in a folder: what each trains, how far it came, how good it is."""

import contextlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import CheckpointError, load_checkpoint
from model.runs import Run, RunError, open_run, read_metrics, snapshot_path

_ASIDE = ".deleted"
_LAST_LINE_BYTES = 1 << 19  # more than a line of metrics with 4,096 units takes


@dataclass(frozen=True)
class PastRun:
    """A run as its folder shows it.

    Attributes:
        run: the folder and its settings.
        patches_seen: of the newest snapshot; 0 before the first.
        test_error: with all units at that snapshot; None before the first.
        error_sum: the same, over all ranks.
    """

    run: Run
    patches_seen: int
    test_error: float | None
    error_sum: float | None

    @property
    def name(self) -> str:
        """Of the folder."""
        return self.run.folder.name

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""
        return self.patches_seen >= self.run.config.patches


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
    if last is None:
        return PastRun(run, 0, None, None)
    try:
        test = last["test"]
        return PastRun(run, int(last["patches_seen"]), float(test["final_error"]), float(test["error_sum"]))
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{folder}/metrics.jsonl is damaged; start a new run.") from error


class PastSnapshot(NamedTuple):
    """A model on its way: after some patches, its weights (n_units, n_inputs) and its test error by rank."""

    patches_seen: int
    weights: NDArray[np.float32]
    error_by_rank: NDArray[np.float64]


def past_snapshots(folder: Path, most: int) -> list[PastSnapshot]:
    """Up to `most` of a run's snapshots, evenly among all, the first and the newest always; in order of time.

    A snapshot whose file is missing or damaged is left out.

    Raises:
        RunError: there is no run in `folder`, or it is damaged.
    """
    run = open_run(folder)
    try:
        rows = read_metrics(run)
        chosen = sorted(set(np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int).tolist()))
        found = []
        for row in (rows[i] for i in chosen):
            with contextlib.suppress(CheckpointError):
                weights = load_checkpoint(snapshot_path(run, row["patches_seen"])).weights
                errors = np.array(row["test"]["error_by_rank"], np.float64)
                found.append(PastSnapshot(int(row["patches_seen"]), weights, errors))
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{folder}/metrics.jsonl is damaged; start a new run.") from error
    return found


def delete_run(folder: Path, name: str) -> None:
    """Put the run `name` below `folder` aside, for `restore_run`; the one put aside before is gone then.

    Raises:
        RunError: there is no such run, or it can't be moved.
    """
    check_name(name)
    aside = folder / _ASIDE
    if not (folder / name).is_dir():
        raise RunError(f"There is no run {name} any more.")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        (folder / name).rename(aside / name)
    except OSError as error:
        raise RunError(f"The run {name} can't be deleted: {error.strerror}.") from error


def deleted_run(folder: Path) -> str | None:
    """The name of the run that `restore_run` brings back; None if there is none."""
    return next((path.parent.name for path in (folder / _ASIDE).glob("*/config.json")), None)


def restore_run(folder: Path, name: str) -> None:
    """Undo `delete_run`.

    Raises:
        RunError: the run is gone, or can't be moved.
    """
    check_name(name)
    try:
        (folder / _ASIDE / name).rename(folder / name)
    except OSError as error:
        raise RunError(f"The run {name} can't be brought back: {error.strerror}.") from error


def check_name(name: str) -> None:
    """Raise RunError for what can't be the name of a run, such as a way out of the folder of runs."""
    if not name or Path(name).name != name or name.startswith("."):
        raise RunError(f"{name!r} is not the name of a run.")


def _last_metrics(run: Run) -> dict[str, Any] | None:
    """The last whole line of the metrics, without reading those before it."""
    try:
        with (run.folder / "metrics.jsonl").open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _LAST_LINE_BYTES))
            lines = file.read().splitlines(keepends=True)
    except OSError:
        return None
    whole = [line for line in lines if line.endswith(b"\n")]
    try:
        parsed: dict[str, Any] | None = json.loads(whole[-1]) if whole else None
    except ValueError as error:
        raise RunError(f"{run.folder}/metrics.jsonl is damaged; start a new run.") from error
    return parsed
