"""How a training stands: an immutable report that its thread replaces and any number of pages read."""

from dataclasses import dataclass
from enum import StrEnum

from model.checkpoint import Checkpoint
from model.runs.history import Point
from model.training.loop import Snapshot
from model.training.optimizer import StepSize


class State(StrEnum):
    """The states of a training, from the queue to its end."""

    WAITING = "waiting"
    LOADING = "loading"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


UNDER_WAY = {State.WAITING, State.LOADING, State.RUNNING, State.PAUSED}


@dataclass(frozen=True)
class Report:
    """How a training stands at one moment; a later report is a new object.

    Attributes:
        state: waiting, running, finished and so on.
        step: the step size in force.
        points: of every recorded snapshot so far, those before a resumption too.
        latest: the newest snapshot, recorded or not; None before the first one.
        begun_with: patches seen when this attempt began; 0 unless it resumes a run.
        seconds: trained in this attempt, without pauses.
        speed: the limit in updates a second; None for full speed.
        loaded: bytes downloaded and bytes in all; None while nothing is downloaded.
        left_out: why files of the source were left out, a sentence each without its full stop.
        message: what went wrong, for people; '' if nothing did.
        checkpoint: the model, once the training has ended with one.
    """

    state: State
    step: StepSize
    points: tuple[Point, ...] = ()
    latest: Snapshot | None = None
    begun_with: int = 0
    seconds: float = 0.0
    speed: float | None = None
    loaded: tuple[int, int] | None = None
    left_out: tuple[str, ...] = ()
    message: str = ""
    checkpoint: Checkpoint | None = None

    @property
    def patches_seen(self) -> int:
        """Patches learned from, as of the newest snapshot."""
        return self.latest.patches_seen if self.latest else self.begun_with

    @property
    def patches_per_second(self) -> float:
        """Mean speed of this attempt; 0 before its first update."""
        return (self.patches_seen - self.begun_with) / self.seconds if self.seconds else 0.0
