"""Files read with a size limit and written whole."""

import contextlib
import errno
import os
import stat
import sys
import time
from pathlib import Path
from typing import BinaryIO

_REPLACE_ATTEMPTS = 40 if sys.platform == "win32" else 1
"""Windows refuses to replace a file while somebody else has it open, which readers do for moments."""
_SECONDS_BETWEEN_ATTEMPTS = 0.05


def open_regular(path: Path, limit: int | None = None) -> BinaryIO:
    """Open a regular file for reading.

    A named pipe, a device or a socket is never opened: opening one can wait forever or change something.

    Args:
        path: of the file; symbolic links are followed.
        limit: its largest size in bytes; None for any.

    Raises:
        OSError: there is no such file, it can't be read, is no regular file or is larger than `limit`.
    """
    try:
        _refuse_unless_regular(path.stat(), path)
    except ValueError as error:  # a null byte in the name
        raise FileNotFoundError(errno.ENOENT, "No file can have this name", repr(path)) from error
    # The name may have come to mean something else since, so it is opened without waiting and checked again.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    file = os.fdopen(descriptor, "rb")
    try:
        status = os.fstat(descriptor)
        _refuse_unless_regular(status, path)
        if limit is not None and status.st_size > limit:
            raise OSError(errno.EFBIG, f"Larger than {limit:,} bytes", str(path))
    except OSError:
        file.close()
        raise
    return file


def _refuse_unless_regular(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "Not a regular file", str(path))


def read_bounded(path: Path, limit: int) -> bytes:
    """The content of a regular file.

    Args:
        path: of the file; symbolic links are followed.
        limit: its largest size in bytes.

    Raises:
        OSError: as `open_regular`; also if the file has grown past `limit` since.
    """
    with open_regular(path, limit) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"Larger than {limit:,} bytes", str(path))
    return content


def read_beginning(path: Path, most: int) -> bytes:
    """The first bytes of a regular file.

    Args:
        path: of the file; symbolic links are followed.
        most: how many bytes, at most.

    Raises:
        OSError: as `open_regular`.
    """
    with open_regular(path) as file:
        return file.read(most)


def write_whole(path: Path, content: bytes, *, synced: bool = True) -> None:
    """Write a file so that it is either the old one or the whole new one, whatever happens.

    Args:
        path: of the file; its folder must be there.
        content: all of it.
        synced: whether it is on the disk when this returns. If not, it survives the end of the process all
            the same, but not that of the machine until `sync` is called.

    Raises:
        OSError: it can't be written; nothing half-written is left.
    """
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            if synced:
                os.fsync(file.fileno())
        _replace(unfinished, path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """Wait until a file that has been written is on the disk.

    Raises:
        OSError: it is not there, or the disk fails.
    """
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _replace(unfinished: Path, path: Path) -> None:
    for attempt in range(1, _REPLACE_ATTEMPTS + 1):
        try:
            unfinished.replace(path)
        except PermissionError:
            if attempt == _REPLACE_ATTEMPTS:
                raise
            time.sleep(_SECONDS_BETWEEN_ATTEMPTS)
        else:
            return
