"""Of several processes one at a time trains in a run folder."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

import filelock

from model.runs.reading import RunError


class RunBusyError(RunError):
    """Another process trains in the run's folder, which stays as it is."""


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of the run in `folder`; the system releases it whenever and however the process ends.

    Raises:
        RunBusyError: another process holds it.
        RunError: the folder can't be written.
    """
    lock = filelock.FileLock(folder / "lock", blocking=False, thread_local=False)
    try:
        if not folder.is_dir():  # the lock would make it
            raise FileNotFoundError(errno.ENOENT, "No such folder")
        lock.acquire()
    except filelock.Timeout as error:
        raise RunBusyError(f"Another process is training in {folder}; wait for it or end it.") from error
    except (OSError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or "files can't be locked there"
        raise RunError(f"{folder} can't be written: {reason}.") from error
    try:
        yield
    finally:
        lock.release()
