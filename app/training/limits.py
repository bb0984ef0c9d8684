"""How many trainings may wait at a time; `model.runs.quota` limits what runs take on disk."""

from dataclasses import dataclass


class LimitError(RuntimeError):
    """A visitor has as much as is allowed; the message says of what, and what to do."""


@dataclass(frozen=True)
class Limits:
    """The largest numbers of waiting trainings.

    Attributes:
        of_visitor: trainings of one visitor.
        in_all: trainings of all visitors; each takes a thread.
    """

    of_visitor: int
    in_all: int


FOR_ONE_USER = Limits(of_visitor=12, in_all=212)  # whom no number of visitors keeps out
FOR_EACH_VISITOR = Limits(of_visitor=3, in_all=200)


def check_waiting(owner: str | None, of_visitor: int, in_all: int) -> None:
    """Check that one more training may wait.

    Args:
        owner: whose it is; '' is the one user of a server for one.
        of_visitor: the visitor's trainings that wait.
        in_all: all visitors' trainings that wait.

    Raises:
        LimitError: too many wait.
    """
    limits = FOR_ONE_USER if owner == "" else FOR_EACH_VISITOR
    if of_visitor >= limits.of_visitor:
        raise LimitError(
            f"{limits.of_visitor} of your trainings are waiting already; try again when one has begun."
        )
    if in_all >= limits.in_all:
        raise LimitError(
            f"{limits.in_all} trainings are waiting already on this server; try again in a while."
        )
