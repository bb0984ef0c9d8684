"""A cache that is limited by what its values take in memory, which `st.cache_resource` can't be."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from cachetools import LRUCache

Value = TypeVar("Value")


class ByteCache(Generic[Value]):
    """Computed values by key; beyond a number of bytes the least recently used ones are dropped.

    Safe to use from any thread; a value that several threads want is computed once.
    """

    def __init__(self, most_bytes: int, size_of: Callable[[Value], int]) -> None:
        """Start empty.

        Args:
            most_bytes: that all values may take; a single larger value is kept all the same, alone.
            size_of: bytes that a value takes.
        """
        self._kept: LRUCache[Hashable, Value] = LRUCache(
            most_bytes, getsizeof=lambda value: min(size_of(value), most_bytes)
        )
        self._used: dict[Hashable, float] = {}  # when each kept one was last asked for
        self._lock = threading.Lock()
        self._computing: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """The value of a key, from `compute` if it is not kept; what `compute` raises is not kept."""
        with self._lock:
            if key in self._kept:
                self._used[key] = time.monotonic()
                return self._kept[key]
            computing = self._computing.setdefault(key, threading.Lock())
        with computing:
            with self._lock:
                if key in self._kept:
                    return self._kept[key]
            try:
                value = compute()
            finally:
                with self._lock:
                    self._computing.pop(key, None)
            with self._lock:
                self._kept[key] = value
                self._used = {kept: self._used.get(kept, 0.0) for kept in self._kept}
                self._used[key] = time.monotonic()
            return value

    def drop_unused(self, seconds: float, droppable: Callable[[Hashable], bool]) -> None:
        """Drop values that nobody has asked for lately.

        Args:
            seconds: since they were asked for.
            droppable: whether the value of a key may be dropped.
        """
        before = time.monotonic() - seconds
        with self._lock:
            for key in [key for key, used in self._used.items() if used <= before and droppable(key)]:
                self._kept.pop(key, None)
                del self._used[key]

    def __contains__(self, key: Hashable) -> bool:
        """Whether the value of a key is kept, so that `get` computes nothing."""
        with self._lock:
            return key in self._kept

    @property
    def bytes_kept(self) -> int:
        """Bytes that all kept values take."""
        return int(self._kept.currsize)
