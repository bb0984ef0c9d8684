"""What belongs to a run beside its training: its title, its owner, its deletion and the undoing of that."""

import contextlib
import os
import shutil
import time
from dataclasses import dataclass, replace
from os.path import lexists
from pathlib import Path

import msgspec

from model.files import write_whole
from model.runs.reading import MetadataFile, RunError, read_json

LONGEST_TITLE = 80
LONGEST_NAME = 100
DELETIONS_KEPT = 5
"""Deleted runs of each owner that can be restored, the latest."""
UNKNOWN_OWNER = None
"""The owner of a run whose metadata can't be read: it belongs to nobody, rather than to everybody."""
_DELETED = ".deleted"


@dataclass(frozen=True)
class RunMetadata:
    """What people call a run, and whose it is.

    Attributes:
        title: one line of at most LONGEST_TITLE printable characters, plain text; '' without one.
        owner: a visitor's number; '' for everybody's, UNKNOWN_OWNER where it can't be read.
    """

    title: str = ""
    owner: str | None = ""


def read_metadata(run_folder: Path) -> RunMetadata:
    """A run's metadata: of everybody and without a title if there is none, of nobody if it can't be read."""
    try:
        said = read_json(run_folder / "card.json", MetadataFile)
    except RunError:
        return RunMetadata(owner=UNKNOWN_OWNER)
    return RunMetadata(clean_title(said.title), said.owner) if said else RunMetadata()


def write_metadata(run_folder: Path, metadata: RunMetadata) -> None:
    """Write a run's metadata.

    Args:
        run_folder: which is there.
        metadata: to replace what was there before.

    Raises:
        RunError: it can't be written.
    """
    try:
        write_whole(run_folder / "card.json", msgspec.json.encode(metadata))
    except OSError as error:
        raise RunError(f"{run_folder} can't be written: {error.strerror}.") from error


def clean_title(title: str) -> str:
    """A title from elsewhere: cut to LONGEST_TITLE characters; '' if it is not one printable line."""
    title = title.strip()[:LONGEST_TITLE]
    return title if title.isprintable() else ""


def rename_run(folder: Path, name: str, title: str) -> None:
    """Give a run another title; its folder keeps its name.

    Args:
        folder: of runs.
        name: of the run.
        title: one line of at most LONGEST_TITLE characters; '' for none.

    Raises:
        RunError: the title is too long or no single line, there is no such run, or it can't be written.
    """
    check_name(name)
    title = title.strip()
    if len(title) > LONGEST_TITLE or not title.isprintable():
        raise RunError(f"A title is one line of at most {LONGEST_TITLE} characters.")
    if not (folder / name).is_dir():
        raise RunError(f"There is no run {name} any more.")
    write_metadata(folder / name, replace(read_metadata(folder / name), title=title))


def delete_run(folder: Path, name: str) -> None:
    """Move a run, damaged or not, where `restore_run` finds it.

    The latest DELETIONS_KEPT deleted runs of the same owner are kept.

    Args:
        folder: of runs.
        name: of the run.

    Raises:
        RunError: there is no such run, or it can't be moved.
    """
    check_name(name)
    deleted = folder / _DELETED
    if not (folder / name).is_dir():
        raise RunError(f"There is no run {name} any more.")
    try:
        deleted.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(deleted / name, ignore_errors=True)
        last = max((at for at, _ in _deletions(folder)), default=0)
        (folder / name).rename(deleted / name)
        now = max(time.time_ns(), last + 1)  # the clock may have been set back since the last deletion
        os.utime(deleted / name, ns=(now, now))
    except OSError as error:
        raise RunError(f"The run {name} can't be deleted: {error.strerror}.") from error
    owner = deleted_metadata(folder, name).owner
    owned = [other for other in deleted_runs(folder) if deleted_metadata(folder, other).owner == owner]
    for gone in owned[DELETIONS_KEPT:]:
        shutil.rmtree(deleted / gone, ignore_errors=True)


def deleted_runs(folder: Path) -> list[str]:
    """The names of the runs that `restore_run` brings back, the last one deleted first."""
    return [name for _, name in sorted(_deletions(folder), reverse=True)]


def _deletions(folder: Path) -> list[tuple[int, str]]:
    """When each deleted run was deleted, in nanoseconds since 1970, and its name."""
    found = []
    for path in (folder / _DELETED).glob("*/config.json"):
        with contextlib.suppress(OSError):  # brought back or removed meanwhile
            found.append((path.parent.stat().st_mtime_ns, path.parent.name))
    return found


def deleted_metadata(folder: Path, name: str) -> RunMetadata:
    """The metadata of a deleted run.

    Args:
        folder: of runs.
        name: of the run, as `deleted_runs` gives it.
    """
    return read_metadata(folder / _DELETED / name)


def restore_run(folder: Path, name: str) -> None:
    """Undo `delete_run`.

    Args:
        folder: of runs.
        name: of the run.

    Raises:
        RunError: the run is gone, or can't be moved.
    """
    check_name(name)
    try:
        (folder / _DELETED / name).rename(folder / name)
    except OSError as error:
        raise RunError(f"The run {name} can't be brought back: {error.strerror}.") from error


def check_name(name: str) -> None:
    """Raise RunError for what can't be the name of a run, such as a way out of the folder of runs."""
    if (
        not name
        or Path(name).name != name
        or name.startswith(".")
        or "\0" in name
        or len(name) > LONGEST_NAME
    ):
        raise RunError(f"{name[:LONGEST_NAME]!r} is not the name of a run.")


def free_name(folder: Path, wanted: str) -> str:
    """A name for a new run.

    Args:
        folder: of runs.
        wanted: the name to take if it is free.

    Returns:
        `wanted`, or that with a number behind it, so that no run of that name is or was there.
    """
    names = [wanted, *(f"{wanted}-{number}" for number in range(2, 10_000))]
    return next(n for n in names if not (lexists(folder / n) or lexists(folder / _DELETED / n)))


def claim_folder(folder: Path, wanted: str) -> Path:
    """Make the folder of a new run, which no other process can take as well.

    Args:
        folder: of runs; made if it is not there.
        wanted: as `free_name` takes it.

    Raises:
        RunError: it can't be made.
    """
    while True:
        claimed = folder / free_name(folder, wanted)
        try:
            claimed.mkdir(parents=True)
        except FileExistsError:
            continue  # another process was faster
        except OSError as error:
            raise RunError(f"{claimed} can't be written: {error.strerror}.") from error
        return claimed
