"""The runs in a folder as things one owns: their titles, their owners, deletion and its undoing."""

import contextlib
import dataclasses
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from model.checkpoint import write_whole
from model.runs.folder import RunError

LONGEST_TITLE = 80
LONGEST_NAME = 100
DELETIONS_KEPT = 5
"""Deleted runs of each owner that can be restored, the latest."""
_ASIDE = ".deleted"


@dataclass(frozen=True)
class RunMetadata:
    """What is written on a run's cover.

    Attributes:
        title: what people call it; '' if nobody has given it one.
        owner: whose it is; '' for everybody's.
    """

    title: str = ""
    owner: str = ""


def read_metadata(run_folder: Path) -> RunMetadata:
    """A run's metadata; an empty one if there is none, or it can't be read."""
    try:
        said = json.loads((run_folder / "card.json").read_bytes())
        return RunMetadata(str(said.get("title", ""))[:LONGEST_TITLE], str(said.get("owner", "")))
    except (OSError, ValueError, AttributeError):
        return RunMetadata()


def write_metadata(run_folder: Path, metadata: RunMetadata) -> None:
    """Write a run's metadata.

    Raises:
        RunError: it can't be written.
    """
    try:
        write_whole(run_folder / "card.json", json.dumps(dataclasses.asdict(metadata)).encode())
    except OSError as error:
        raise RunError(f"{run_folder} can't be written: {error.strerror}.") from error


def rename_run(folder: Path, name: str, title: str) -> None:
    """Give the run `name` below `folder` another title, '' for none; its folder keeps its name.

    Raises:
        RunError: the title is too long or no single line, there is no such run, or it can't be written.
    """
    check_name(name)
    title = title.strip()
    if len(title) > LONGEST_TITLE or not (title.isprintable()):
        raise RunError(f"A title is one line of at most {LONGEST_TITLE} characters.")
    if not (folder / name).is_dir():
        raise RunError(f"There is no run {name} any more.")
    write_metadata(folder / name, dataclasses.replace(read_metadata(folder / name), title=title))


def delete_run(folder: Path, name: str) -> None:
    """Put the run `name` below `folder` aside, for `restore_run`.

    The latest DELETIONS_KEPT deleted runs of the same owner are kept.

    Raises:
        RunError: there is no such run, or it can't be moved.
    """
    check_name(name)
    aside = folder / _ASIDE
    if not (folder / name).is_dir():
        raise RunError(f"There is no run {name} any more.")
    try:
        aside.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(aside / name, ignore_errors=True)
        (folder / name).rename(aside / name)
        os.utime(aside / name)
    except OSError as error:
        raise RunError(f"The run {name} can't be deleted: {error.strerror}.") from error
    owner = deleted_metadata(folder, name).owner
    owned = [other for other in deleted_runs(folder) if deleted_metadata(folder, other).owner == owner]
    for gone in owned[DELETIONS_KEPT:]:
        shutil.rmtree(aside / gone, ignore_errors=True)


def deleted_runs(folder: Path) -> list[str]:
    """The names of the runs that `restore_run` brings back, the last one deleted first."""
    with_times = []
    for path in (folder / _ASIDE).glob("*/config.json"):
        with contextlib.suppress(OSError):  # brought back or removed meanwhile
            with_times.append((path.parent.stat().st_mtime_ns, path.parent.name))
    return [name for _, name in sorted(with_times, reverse=True)]


def deleted_metadata(folder: Path, name: str) -> RunMetadata:
    """The metadata of a run that was deleted."""
    return read_metadata(folder / _ASIDE / name)


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
    if (
        not name
        or Path(name).name != name
        or name.startswith(".")
        or "\0" in name
        or len(name) > LONGEST_NAME
    ):
        raise RunError(f"{name[:LONGEST_NAME]!r} is not the name of a run.")


def free_name(folder: Path, wanted: str) -> str:
    """`wanted`, or that with a number behind it, so that no run of that name is or was there."""
    names = [wanted, *(f"{wanted}-{number}" for number in range(2, 10_000))]
    return next(n for n in names if not ((folder / n).exists() or (folder / _ASIDE / n).exists()))
