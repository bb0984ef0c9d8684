"""The memory of sessions: uploads are kept in it, and limited; all is given back when a session ends."""

import asyncio
import contextlib
import ctypes
import gc
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartParser
from starlette.types import Scope
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from app.services.models import drop_unused_models

LARGEST_FILE = 200 << 20
"""Bytes of one upload, an exported run; as `server.maxUploadSize` says too."""
MOST_OF_SESSION = 2 * LARGEST_FILE
"""Bytes of uploads that one session, an open page, may hold."""
MOST_OF_SERVER = 8 * LARGEST_FILE
"""Bytes of uploads that all sessions together may hold."""
SECONDS_BETWEEN_LOOKS = 10.0
"""How often ended sessions are looked for."""
_MALLOC = {-8: 2, -3: 1 << 20, -1: 1 << 20}
"""glibc's M_ARENA_MAX, heaps; M_MMAP_THRESHOLD, bytes of what is taken from the system and given back by
itself; M_TRIM_THRESHOLD, free bytes at the end of a heap that are given back. See mallopt(3)."""
_UPLOAD = re.compile(r".*/_stcore/upload_file/(?P<session>[^/]+)/[^/]+/?")


def keep_uploads_in_memory() -> None:
    """Raise the size above which the server's form parser writes an upload to a temporary file.

    Call it once a server, before the first upload.
    """
    MultiPartParser.spool_max_size = LARGEST_FILE + 1


def let_go_of_freed_memory() -> None:
    """Have the system's allocator give memory back as it is freed, where it is glibc's.

    By itself it gives each thread a heap of its own, keeps what is freed at their ends, and takes larger and
    larger arrays from them instead of from the system: after a busy hour most of a server's memory is empty,
    and `malloc_trim` gives back none of that. Call it once a server, before it has many threads.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(AttributeError):  # another C library
        for parameter, value in _MALLOC.items():
            ctypes.CDLL(None).mallopt(parameter, value)


class Refused(NamedTuple):
    """Why an upload is not taken: an HTTP status and a sentence."""

    status: int
    sentence: str


class UploadLimit:
    """Bytes of uploads that sessions hold, or are about to hold."""

    def __init__(self) -> None:
        self._coming: dict[str, int] = {}

    @contextmanager
    def reserved(self, scope: Scope) -> Iterator[Refused | None]:
        """Reserve memory for the upload in a request, if it is one, for as long as it comes in.

        Args:
            scope: of an HTTP request.

        Yields:
            Why the upload is refused, or None.
        """
        upload = _UPLOAD.fullmatch(scope["path"])
        if scope["method"] != "PUT" or upload is None:
            yield None
            return
        length = Headers(scope=scope).get("content-length", "")
        if not length.isdecimal():
            yield Refused(411, "An upload must say how long it is.")
            return
        session, size = upload["session"], int(length)
        if refused := self._refusal(session, size):
            yield refused
            return
        self._coming[session] = self._coming.get(session, 0) + size
        try:
            yield None
        finally:
            self._coming[session] -= size
            if not self._coming[session]:
                del self._coming[session]

    def _refusal(self, session: str, size: int) -> Refused | None:
        held = held_by_sessions()
        if held.get(session, 0) + self._coming.get(session, 0) + size > MOST_OF_SESSION:
            return Refused(413, f"A page holds {MOST_OF_SESSION >> 20} MB of uploads at most; reload it.")
        if sum(held.values()) + sum(self._coming.values()) + size > MOST_OF_SERVER:
            return Refused(503, "This server holds as many uploads as it can; try again in a while.")
        return None


def held_by_sessions() -> dict[str, int]:
    """Bytes of uploads in memory, by session."""
    manager = Runtime.instance().uploaded_file_mgr
    if not isinstance(manager, MemoryUploadedFileManager):
        raise TypeError(f"Uploads are kept by {type(manager).__name__}, whose files can't be counted.")
    return {
        session: sum(len(file.data) for file in list(files.values()))
        for session, files in list(manager.file_storage.items())
    }


async def give_back_ended_sessions() -> None:
    """Give back the memory of ended sessions, now and then, for as long as the server runs.

    Streamlit keeps the session of a closed page for two minutes, in case the page comes back, but drops it
    only when another page is closed after that. Its objects refer to each other, so that they stay until
    Python looks for such circles, which the server's settings do not let it do after every click.
    """
    waiting: set[str] = set()
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        before, waiting = waiting, drop_ended_sessions(Runtime.instance())
        if before - waiting:
            drop_unused_models()
            await asyncio.to_thread(collect_garbage)


def collect_garbage() -> None:
    """Free what nothing refers to, and let the system have the memory: glibc would keep it for later."""
    gc.collect()
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)


def drop_ended_sessions(runtime: Runtime) -> set[str]:
    """End the sessions whose page was closed too long ago to come back, and give back their uploads.

    Returns:
        The sessions whose page was closed and may come back.
    """
    # Streamlit has no public way to this: version 1.67 is pinned, and a test looks whether it still works.
    closed = runtime._session_mgr._session_storage  # type: ignore[attr-defined]
    for _, info in closed._cache.expire():
        info.session.shutdown()
    return {info.session.id for info in closed.list()}
