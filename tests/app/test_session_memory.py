"""What ended sessions held is given back."""

import weakref
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import anyio
import pytest
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from app.services import session_memory
from app.services.session_memory import collect_garbage, drop_ended_sessions, give_back_ended_sessions


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
    monkeypatch.setattr(session_memory, "collect_garbage", lambda: collected.append(1))
    with pytest.raises(RuntimeError, match="StopIteration"):
        anyio.run(give_back_ended_sessions)
    assert collected == [1]


def test_objects_that_only_refer_to_each_other_are_freed() -> None:
    class Session:
        pass

    one, other = Session(), Session()
    one.other, other.other = other, one  # type: ignore[attr-defined]
    kept = weakref.ref(one)
    del one, other
    collect_garbage()
    assert kept() is None
