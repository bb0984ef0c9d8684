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


def open_regular(path: Path, limit: int) -> BinaryIO:
    """Open a regular file for reading.

    A named pipe, a device or a socket is never opened: opening one can wait forever or change something.

    Args:
        path: of the file; symbolic links are followed.
        limit: its largest size in bytes.

    Raises:
        OSError: there is no such file, it can't be read, is no regular file or is larger than `limit`.
    """
    try:
        found = path.stat()
    except ValueError as error:  # a null byte in the name
        raise FileNotFoundError(errno.ENOENT, "No file can have this name", repr(path)) from error
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "Not a regular file", str(path))
    if found.st_size > limit:
        raise OSError(errno.EFBIG, f"Larger than {limit:,} bytes", str(path))
    return path.open("rb")


def read_bounded(path: Path, limit: int) -> bytes:
    """The content of a regular file of at most `limit` bytes.

    Raises:
        OSError: as `open_regular`; also if the file has grown past `limit` since.
    """
    with open_regular(path, limit) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"Larger than {limit:,} bytes", str(path))
    return content


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is either the old one or the whole new one, whatever happens.

    Raises:
        OSError: it can't be written; nothing half-written is left.
    """
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _replace(unfinished, path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise


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
