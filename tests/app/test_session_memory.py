"""What ended sessions held is given back."""

import subprocess
import sys
import weakref
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import anyio
import pytest
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from app.services import session_memory
from app.services.session_memory import collect_garbage, drop_ended_sessions, give_back_ended_sessions

ROOT = Path(__file__).resolve().parents[2]


def runtime_with(storage: MemorySessionStorage) -> Any:
    manager = WebsocketSessionManager(storage, Mock(), Mock(), Mock())
    return SimpleNamespace(_session_mgr=manager)


def closed_page(storage: MemorySessionStorage, name: str) -> Mock:
    session = Mock(id=name)
    storage.save(SimpleNamespace(session=session))  # type: ignore[arg-type]
    return session


def test_a_session_is_ended_once_its_page_cannot_come_back() -> None:
    storage = MemorySessionStorage(ttl_seconds=0)
    session = closed_page(storage, "a")
    assert drop_ended_sessions(runtime_with(storage)) == set()
    session.shutdown.assert_called_once_with()
    drop_ended_sessions(runtime_with(storage))
    session.shutdown.assert_called_once_with()


def test_a_page_that_may_come_back_keeps_its_session() -> None:
    storage = MemorySessionStorage()
    session = closed_page(storage, "a")
    assert drop_ended_sessions(runtime_with(storage)) == {"a"}
    session.shutdown.assert_not_called()
    assert storage.get("a") is not None


def test_garbage_is_collected_when_sessions_have_ended_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = iter([set(), {"a", "b"}, {"a", "b", "c"}, {"b", "c"}, {"b", "c"}])
    collected = []
    monkeypatch.setattr(session_memory, "SECONDS_BETWEEN_LOOKS", 0)
    monkeypatch.setattr(session_memory.Runtime, "instance", lambda: None)
    monkeypatch.setattr(session_memory, "drop_ended_sessions", lambda _: next(waiting))
    monkeypatch.setattr(session_memory, "drop_unused_models", lambda: collected.append("models"))
    monkeypatch.setattr(session_memory, "collect_garbage", lambda: collected.append("garbage"))
    with pytest.raises(RuntimeError, match="StopIteration"):
        anyio.run(give_back_ended_sessions)
    assert collected == ["models", "garbage"]


def test_objects_that_only_refer_to_each_other_are_freed() -> None:
    class Session:
        pass

    one, other = Session(), Session()
    one.other, other.other = other, one  # type: ignore[attr-defined]
    kept = weakref.ref(one)
    del one, other
    collect_garbage()
    assert kept() is None


@pytest.mark.skipif(sys.platform != "linux", reason="only there the allocator is told")
def test_what_busy_threads_have_freed_goes_back_to_the_system() -> None:
    # In a process of its own, because the allocator is told once. Without being told it keeps some 70 MB.
    script = """
import threading
from pathlib import Path
import numpy as np
from app.services.session_memory import collect_garbage, let_go_of_freed_memory

def resident_mb():
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) // 1024

def work():
    for _ in range(3):
        blocks = [np.ones(size, np.uint8) for size in (300_000, 900_000, 5_000_000) * 8]
        del blocks
    worked.wait()  # the threads stay, as those of a server do
    done.wait()

let_go_of_freed_memory()
worked, done = threading.Barrier(13), threading.Event()
threads = [threading.Thread(target=work) for _ in range(12)]
before = resident_mb()
for thread in threads:
    thread.start()
worked.wait()
collect_garbage()
after = resident_mb()
done.set()
assert after - before < 25, (before, after)
"""
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, timeout=120)
