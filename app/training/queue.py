"""Who trains now and who waits: a queue that gives out a few slots and is fair between visitors."""

import threading
from dataclasses import dataclass
from itertools import zip_longest


@dataclass(eq=False)
class QueuePlace:
    """One job's place in the queue. Every job makes its own, so that no job can act for another.

    Attributes:
        owner: the visitor whose job it is; jobs of unknown owners, None, count as one visitor's.
        cancelled: whether the job will not train any more; set by the queue, for good.
    """

    owner: str | None
    cancelled: bool = False


class TrainingQueue:
    """Gives out slots, in each of which one job trains. Safe to use from any thread.

    Round robin over visitors: the next slot goes to the visitor who got one longest ago, or never. First
    come, first served within one visitor's jobs.
    """

    def __init__(self, slots: int) -> None:
        """Create an empty queue with `slots` slots, at least one."""
        self._slots = slots
        self._training: list[QueuePlace] = []
        self._waiting: list[QueuePlace] = []
        self._slots_given = 0
        self._last_slot: dict[str | None, int] = {}  # owner -> the number of the slot that they got last
        self._closed = False
        self._changed = threading.Condition()

    def enqueue(self, place: QueuePlace, *, first: bool = False) -> None:
        """Let a place that neither waits nor has a slot wait for one; no-op if it is cancelled.

        Args:
            place: the job's.
            first: wait before the owner's other jobs instead of behind them.
        """
        with self._changed:
            if not place.cancelled:
                self._waiting.insert(0 if first else len(self._waiting), place)
                self._changed.notify_all()

    def wait(self, place: QueuePlace) -> bool:
        """Wait for a slot; False if the place is cancelled or the queue closed before there is one."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or place.cancelled or self._is_next(place))
            if self._closed or place.cancelled:
                return False
            self._waiting.remove(place)
            self._training.append(place)
            self._slots_given += 1
            self._last_slot[place.owner] = self._slots_given
            self._forget_owners()
            self._changed.notify_all()
            return True

    def release(self, place: QueuePlace) -> None:
        """Give a slot back; no-op if the place has none."""
        with self._changed:
            if place in self._training:
                self._training.remove(place)
                self._changed.notify_all()

    def cancel(self, place: QueuePlace) -> None:
        """Take a place out of the queue for good. A slot that it has stays taken until it is released."""
        with self._changed:
            place.cancelled = True
            if place in self._waiting:
                self._waiting.remove(place)
            self._changed.notify_all()

    def close(self) -> None:
        """Give out no more slots: whoever waits is told so."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def position(self, place: QueuePlace) -> int:
        """Which slot from now on is this place's, from 1; 0 if it does not wait."""
        with self._changed:
            return self._in_order().index(place) + 1 if place in self._waiting else 0

    def waiting(self) -> int:
        """The number of waiting jobs."""
        with self._changed:
            return len(self._waiting)

    def waiting_of(self, owner: str | None) -> int:
        """The number of a visitor's waiting jobs."""
        with self._changed:
            return sum(place.owner == owner for place in self._waiting)

    def _is_next(self, place: QueuePlace) -> bool:
        return place in self._in_order()[: self._slots - len(self._training)]

    def _in_order(self) -> list[QueuePlace]:
        """The waiting places in the order in which they will get slots, if no other joins them."""
        jobs: dict[str | None, list[QueuePlace]] = {}
        for place in self._waiting:
            jobs.setdefault(place.owner, []).append(place)
        owners = sorted(jobs, key=lambda owner: self._last_slot.get(owner, 0))  # stable: ties by arrival
        rounds = zip_longest(*(jobs[owner] for owner in owners))
        return [place for one_each in rounds for place in one_each if place is not None]

    def _forget_owners(self) -> None:
        """Drop what no order depends on, so that a server's memory does not grow with its visitors."""
        if not self._waiting:
            training = {place.owner for place in self._training}
            self._last_slot = {owner: slot for owner, slot in self._last_slot.items() if owner in training}
