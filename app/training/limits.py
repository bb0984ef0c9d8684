"""How much of a server one visitor may use: trainings that wait, runs on disk, and bytes on disk."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from model.runs.metadata import read_metadata


class LimitError(RuntimeError):
    """A visitor has as much as they may; the message says of what, and what to do."""


@dataclass(frozen=True)
class Limits:
    """The most that is allowed; None for as much as there is room for.

    Attributes:
        waiting: trainings of one visitor that wait.
        waiting_in_all: trainings of all visitors that wait; each takes a thread.
        runs: of one visitor on disk, and of trainings under way that have no folder yet.
        megabytes: of one visitor's runs on disk, 10**6 bytes each. Checked before a training begins and not
            while it runs, so the last one may exceed it.
    """

    waiting: int
    waiting_in_all: int
    runs: int | None = None
    megabytes: int | None = None


FOR_ONE_USER = Limits(waiting=12, waiting_in_all=12)
FOR_EACH_VISITOR = Limits(waiting=3, waiting_in_all=200, runs=30, megabytes=500)
"""A run with the paper's settings takes about 16 MB."""


def check_waiting(limits: Limits, of_visitor: int, in_all: int) -> None:
    """Check that one more training may wait.

    Args:
        limits: what is allowed.
        of_visitor: the visitor's trainings that wait.
        in_all: all visitors' trainings that wait.

    Raises:
        LimitError: too many wait.
    """
    if of_visitor >= limits.waiting:
        raise LimitError(
            f"{limits.waiting} of your trainings are waiting already; try again when one has begun."
        )
    if in_all >= limits.waiting_in_all:
        raise LimitError(
            f"{limits.waiting_in_all} trainings are waiting already on this server; try again in a while."
        )


def check_runs(limits: Limits, runs_folder: Path, owner: str, coming: int) -> None:
    """Check that a visitor may add a run.

    Args:
        limits: what is allowed.
        runs_folder: the runs of everybody, a folder each.
        owner: the visitor.
        coming: runs that the visitor's trainings under way will still make.

    Raises:
        LimitError: there are too many.
    """
    if limits.runs is not None and len(_runs_of(owner, runs_folder)) + coming >= limits.runs:
        raise LimitError(f"You have {limits.runs} runs here, the most for one visitor; delete one first.")


def check_megabytes(limits: Limits, runs_folder: Path, owner: str) -> None:
    """Check that a visitor's runs may grow.

    Args:
        limits: what is allowed.
        runs_folder: the runs of everybody, a folder each.
        owner: the visitor.

    Raises:
        LimitError: they are too large already.
    """
    if limits.megabytes is None:
        return
    megabytes = sum(_size(folder) for folder in _runs_of(owner, runs_folder)) / 1e6
    if megabytes >= limits.megabytes:
        raise LimitError(
            f"Your runs take {megabytes:,.0f} MB here; the most for one visitor is {limits.megabytes:,} MB, "
            "so delete one first."
        )


def _runs_of(owner: str, runs_folder: Path) -> list[Path]:
    """The folders of a visitor's runs; deleted runs, of which a server keeps few, are not among them."""
    folders = (config.parent for config in runs_folder.glob("*/config.json"))
    return [folder for folder in folders if read_metadata(folder).owner == owner]


def _size(folder: Path) -> int:
    """Bytes in all files of a run; a file that is deleted meanwhile counts nothing."""
    size = 0
    for directory, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                size += Path(directory, name).stat().st_size
    return size
