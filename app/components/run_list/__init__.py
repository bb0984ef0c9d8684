"""The runs that are kept and those under way, as a table, with what can be done with each."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import msgspec

from app.components import declare
from app.components.payload import pack
from app.components.triggers import read_trigger

_mount = declare("run_list")


@dataclass(frozen=True)
class Row:
    """One run.

    Attributes:
        name: of its folder.
        title: what people call it.
        settings: in words.
        state: 'finished', 'stopped', 'running' ...
        message: why it failed; or its place in the queue, in words; or ''.
        progress: share of its patches seen, 0 to 1.
        test_error: L2 norm with all units; None before the first snapshot.
        error_sum: the same, over all ranks; None before the first snapshot.
        picture: address of a picture of its filters, relative to the app; '' if there is none.
        export: address of the run as a file; '' if there is none.
        watched: whether the page shows it.
        compared: whether its curve is drawn beside that of the run that is watched.
        actions: what can be done with it now: 'watch', 'open', 'resume', 'train-on', 'duplicate',
            'rename', 'delete'.
    """

    name: str
    title: str
    settings: str
    state: str
    message: str
    progress: float
    test_error: float | None
    error_sum: float | None
    picture: str
    export: str
    watched: bool
    compared: bool
    actions: list[str]


class Act(msgspec.Struct, frozen=True):
    """What the visitor wants to do with a run.

    Attributes:
        action: one of the row's `actions`, 'compare' or 'restore'.
        run: its name.
        title: the new one, for 'rename'.
    """

    action: str
    run: str
    title: str = ""


def run_list(
    rows: list[Row], deleted: tuple[str, str] | None, *, on_action: Callable[[str, str, str], None], key: str
) -> None:
    """Show the table.

    Args:
        rows: the latest first.
        deleted: name and title of the run whose deletion can be undone, if there is one.
        on_action: called with an action, the name of a run and, for 'rename', its new title, before the next
            script run. The action is one of those that the table offers for this run: 'compare', one of the
            row's `actions`, or 'restore' for the deleted run.
        key: of the component on the page.
    """
    offered = {(action, row.name) for row in rows for action in ["compare", *row.actions]}
    if deleted is not None:
        offered.add(("restore", deleted[0]))

    def acted() -> None:
        act = read_trigger(key, "act", Act)
        if act and (act.action, act.run) in offered:
            on_action(act.action, act.run, act.title)

    header = {"rows": [asdict(row) for row in rows], "deleted": deleted}
    _mount(data=pack(header), key=key, on_act_change=acted)
