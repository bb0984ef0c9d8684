"""Who trains now and who waits: a line in which a few have their turn at a time."""

import threading


class TrainingQueue:
    """Gives queue, first come, first served. Safe to use from any thread; names must be unique."""

    def __init__(self, at_once: int) -> None:
        """At most `at_once` have a turn at a time."""
        self._at_once = at_once
        self._having: set[str] = set()
        self._line: list[str] = []
        self._changed = threading.Condition()

    def enqueue(self, name: str, *, first: bool = False) -> None:
        """Join the line at its end, or, with `first`, at its head."""
        with self._changed:
            self._line.insert(0 if first else len(self._line), name)
            self._changed.notify_all()

    def wait(self, name: str) -> bool:
        """Wait until it is the turn of one who has lined up; False if they left the line meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: name not in self._line or self._is_next(name))
            if name not in self._line:
                return False
            self._line.remove(name)
            self._having.add(name)
            self._changed.notify_all()
            return True

    def release(self, name: str) -> None:
        """End a turn, or leave the line; nothing happens to who has neither."""
        with self._changed:
            self._having.discard(name)
            if name in self._line:
                self._line.remove(name)
            self._changed.notify_all()

    def place(self, name: str) -> int:
        """The place in the line, from 1; 0 for who does not wait."""
        with self._changed:
            return self._line.index(name) + 1 if name in self._line else 0

    def waiting(self) -> int:
        """How many wait."""
        with self._changed:
            return len(self._line)

    def _is_next(self, name: str) -> bool:
        return self._line.index(name) < self._at_once - len(self._having)
