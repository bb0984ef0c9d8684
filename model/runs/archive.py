"""A run as one file, to take along and to bring in: a ZIP archive of the run folder.

What is brought in is a stranger's. How many files there are, their names and how they are packed are checked
before anything is unpacked; each file is unpacked piece by piece and may be as large as its kind can be; and
everything is read before the run takes its place beside the others.
"""

import contextlib
import os
import re
import shutil
import struct
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from model.checkpoint import CheckpointError, load_checkpoint
from model.files import open_regular
from model.runs.folder import Run, open_run, read_end_status
from model.runs.history import recorded_rows, without_place
from model.runs.lock import locked
from model.runs.metadata import RunMetadata, clean_title, free_name, read_metadata, write_metadata
from model.runs.reading import LARGEST_JSON, LARGEST_METRICS, RunError
from model.runs.state import load_state
from model.tensor_files import LARGEST_HEADER

LARGEST_RUN = 1 << 30
"""Bytes that a run may unpack to."""
MOST_UNPACKED_PER_BYTE = 32
"""A run may unpack to so many times the size of its archive: weights hardly pack, metrics to a tenth."""
UNPACKED_ANYWAY = 1 << 20
"""Bytes that even the smallest archive may unpack to."""
MOST_FILES = 1000
LARGEST_DIRECTORY = 1 << 18
"""Bytes of an archive's table of contents with MOST_FILES files."""
_PIECE = 1 << 16
_FILES = re.compile(
    r"(config|ending|card)\.json|metrics\.jsonl|(initial|checkpoint|state)\.safetensors"
    r"|snapshots/[0-9]{9}\.safetensors"
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_PREFIX = ".importing-"
_SECONDS_UNTIL_LOCKED = 60
_END_RECORD = struct.Struct("<4s4H2LH")  # signature, 2 disks, 2 counts, size and place of the table, comment
_LARGE_ARCHIVE_LOCATOR = 20  # bytes before the end record


def export_run(folder: Path, file: IO[bytes]) -> None:
    """Write a run as a ZIP archive, without its owner.

    Args:
        folder: of the run.
        file: to write to.

    Raises:
        RunError: there is no run, or it can't be read.
    """
    open_run(folder)
    try:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for path in sorted(folder.rglob("*")):
                name = path.relative_to(folder).as_posix()
                if _FILES.fullmatch(name) and name != "card.json":
                    open_regular(path, LARGEST_RUN).close()  # a named pipe would be waited for
                    archive.write(path, name)
            if title := read_metadata(folder).title:
                archive.comment = title.encode()
    except OSError as error:
        raise RunError(f"The run in {folder} can't be read: {error.strerror}.") from error


def import_run(file: IO[bytes], wanted: str, folder: Path, owner: str | None = "") -> str:
    """Bring a run in from what `export_run` wrote.

    Args:
        file: the archive, which can seek; nothing in it is trusted.
        wanted: what the run should be called; taken if it can be a name and is free.
        folder: of runs; the new one gets a folder below it.
        owner: whose it will be.

    Returns:
        Its name.

    Raises:
        RunError: in one sentence, what is wrong with it. Nothing of it is left behind then.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(folder)
        with _workplace(folder) as work:
            new = work / "run"
            title = _unpack(file, new)
            _check(new)
            write_metadata(new, RunMetadata(title, owner))
            name = free_name(folder, wanted if _NAME.fullmatch(wanted) else "imported")
            new.rename(folder / name)
    except OSError as error:
        raise RunError(f"The run can't be kept: {error.strerror or 'the disk does not take it'}.") from error
    return name


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """A hidden folder to unpack into, locked for as long as somebody works in it."""
    work = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
    try:
        with locked(work):
            yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _remove_abandoned(folder: Path) -> None:
    """Remove what imports left that were killed on the way: nobody holds their lock any more."""
    for work in folder.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError, RunError):
            if not (work / "lock").exists() and time.time() - work.stat().st_mtime < _SECONDS_UNTIL_LOCKED:
                continue  # its import has begun a moment ago
            with locked(work):
                pass
            shutil.rmtree(work, ignore_errors=True)


def _unpack(file: IO[bytes], folder: Path) -> str:
    """Unpack what belongs to a run into a new folder, and return its title."""
    try:
        size = _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            members = {member.filename: member for member in archive.infolist()}
            _check_members(archive.infolist())
            left = min(LARGEST_RUN, UNPACKED_ANYWAY + MOST_UNPACKED_PER_BYTE * size)
            (folder / "snapshots").mkdir(parents=True)
            config = members.pop("config.json", None)
            if config is None:
                raise RunError("This archive holds no run: it has no config.json; choose an exported run.")
            left -= _unpack_member(archive, config, folder, min(left, LARGEST_JSON))
            with _damage_of_archive(folder):
                run = open_run(folder)
            for name, member in members.items():
                left -= _unpack_member(archive, member, folder, min(left, _largest(run, name)))
            return clean_title(archive.comment.decode(errors="replace"))
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise RunError("This file is no exported run, or it is damaged; export the run again.") from error
    except Exception as error:  # zlib and others have errors of their own
        if isinstance(error, (RunError, OSError)):
            raise
        raise RunError("This file is damaged; export the run again.") from error


def _check_directory(file: IO[bytes]) -> int:
    """Refuse an archive whose table of contents is larger than a run's; return the archive's size in bytes.

    `zipfile` reads the whole table before it can be asked how many files there are.
    """
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - _END_RECORD.size - _LARGE_ARCHIVE_LOCATOR - (1 << 16))
    file.seek(start)
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END_RECORD.size:
        raise zipfile.BadZipFile
    *_, files, table_size, _, _ = _END_RECORD.unpack_from(tail, place)
    locator = tail[max(0, place - _LARGE_ARCHIVE_LOCATOR) : place]
    if files > MOST_FILES or table_size > LARGEST_DIRECTORY or locator.startswith(b"PK\x06\x07"):
        raise RunError("This archive holds more files than a run has; export the run again.")
    return size


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if sum(member.file_size for member in members) > LARGEST_RUN:
        raise RunError("This file unpacks to more than a run can be; export the run again.")
    names = [member.filename for member in members]
    if len(set(names)) != len(names) or not all(_FILES.fullmatch(name) for name in names):
        raise RunError("This archive holds other things than a run; choose an exported run.")
    if not {member.compress_type for member in members} <= {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise RunError("This archive is packed in another way than exported runs; export the run again.")


def _unpack_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, limit: int) -> int:
    """Unpack one file, counting what comes rather than what the archive says; return its size in bytes."""
    size = 0
    with archive.open(member) as packed, (folder / member.filename).open("xb") as file:
        while piece := packed.read(_PIECE):
            size += len(piece)
            if size > limit:
                raise RunError(f"{member.filename} unpacks to more than a run can be; export the run again.")
            file.write(piece)
    return size


def _largest(run: Run, name: str) -> int:
    """How many bytes a file of the run may have."""
    if name.endswith(".json"):
        return LARGEST_JSON
    if name == "metrics.jsonl":
        return LARGEST_METRICS
    tensors = 4 if name == "state.safetensors" else 1
    return tensors * 4 * run.config.model.n_units * run.config.model.n_inputs + LARGEST_HEADER


def _check(folder: Path) -> None:
    """Read all that the run in `folder` holds.

    Raises:
        RunError: something in it is damaged or does not fit the rest.
    """
    with _damage_of_archive(folder):
        run = open_run(folder)
        for _ in recorded_rows(run):
            pass
        read_end_status(run)
        load_state(run)
        paths = [*(folder / "snapshots").iterdir(), run.checkpoint]
        if run.initial_name:
            paths.append(run.initial)
        for path in paths:
            if path.exists() and load_checkpoint(path).config != run.config.model:
                raise RunError("the models in it do not fit its settings; start a new run.")


@contextmanager
def _damage_of_archive(folder: Path) -> Iterator[None]:
    """Report an error of the run unpacked in `folder` as one of the archive it came from."""
    try:
        yield
    except (CheckpointError, RunError) as error:
        reason = without_place(error, folder).replace("; start a new run", "; export the run again")
        raise RunError(f"This exported run is damaged: {reason}") from error
