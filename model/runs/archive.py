"""A run as one file, to take along and to bring in: a ZIP archive of the run folder.

What is brought in is a stranger's: names and sizes are checked before anything is unpacked, and every file
is read before the run takes its place beside the others.
"""

import re
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import IO

from model.checkpoint import CheckpointError, load_checkpoint
from model.runs.folder import RunError, load_state, open_run
from model.runs.history import recorded_points
from model.runs.metadata import RunMetadata, free_name, read_metadata, write_metadata

LARGEST_RUN = 1 << 30
"""Bytes that a run may unpack to."""
MOST_FILES = 1000
_FILES = re.compile(
    r"(config|ending|card)\.json|metrics\.jsonl|(initial|checkpoint|state)\.safetensors|snapshots/\d{9}\.safetensors"
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


def export_run(folder: Path, file: IO[bytes]) -> None:
    """Write the run in `folder` into `file` as a ZIP archive, without its owner.

    Raises:
        RunError: there is no run, or it can't be read.
    """
    open_run(folder)
    try:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for path in sorted(folder.rglob("*")):
                name = path.relative_to(folder).as_posix()
                if _FILES.fullmatch(name) and name != "card.json":
                    archive.write(path, name)
            if title := read_metadata(folder).title:
                archive.comment = title.encode()
    except OSError as error:
        raise RunError(f"The run in {folder} can't be read: {error.strerror}.") from error


def import_run(file: IO[bytes], wanted: str, folder: Path, owner: str = "") -> str:
    """Bring a run in from what `export_run` wrote.

    Args:
        file: the archive; nothing in it is trusted.
        wanted: what the run should be called; taken if it can be a name and is free.
        folder: of runs; the new one gets a folder below it.
        owner: whose it will be.

    Returns:
        Its name.

    Raises:
        RunError: in one sentence, what is wrong with it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".importing-", dir=folder))
    try:
        title = _unpack(file, aside)
        (aside / "snapshots").mkdir(exist_ok=True)
        _check(aside)
        write_metadata(aside, RunMetadata(title, owner))
        name = free_name(folder, wanted if _NAME.fullmatch(wanted) else "imported")
        aside.rename(folder / name)
    except OSError as error:
        raise RunError(f"The run can't be kept: {error.strerror}.") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return name


def _unpack(file: IO[bytes], aside: Path) -> str:
    """Unpack what belongs to a run, and return its title."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) > MOST_FILES or sum(m.file_size for m in members) > LARGEST_RUN:
                raise RunError("This file unpacks to more than a run can be; export the run again.")
            if len({m.filename for m in members}) != len(members) or not all(
                _FILES.fullmatch(m.filename) for m in members
            ):
                raise RunError("This archive holds other things than a run; choose an exported run.")
            archive.extractall(aside)
            title = archive.comment.decode(errors="replace")
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise RunError("This file is no exported run, or it is damaged; export the run again.") from error
    except Exception as error:  # zlib and others have errors of their own
        if isinstance(error, (RunError, OSError)):
            raise
        raise RunError("This file is damaged; export the run again.") from error
    return title if title.isprintable() and len(title) <= 80 else ""


def _check(folder: Path) -> None:
    """Read all that the run in `folder` holds.

    Raises:
        RunError: something in it is damaged or does not fit the rest.
    """
    try:
        run = open_run(folder)
        recorded_points(run)
        load_state(run)
        paths = [*(run.folder / "snapshots").iterdir(), run.checkpoint]
        if run.initial_name:
            paths.append(run.initial)
        for path in paths:
            if path.exists() and load_checkpoint(path).config != run.config.model:
                raise RunError("The models in this run do not fit its settings; export it again.")
    except (CheckpointError, RunError) as error:
        reason = str(error).replace(f"{folder}/", "").replace(str(folder), "it")
        raise RunError(f"This exported run is damaged: {reason}") from error
