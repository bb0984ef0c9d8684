"""The runs that are kept, as a table: open, resume, delete, undo."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import streamlit as st

from app.components import declare
from app.components.payload import pack

_mount = declare("run_list", "payload")


@dataclass(frozen=True)
class Row:
    """One run.

    Attributes:
        name: of its folder.
        title: what people call it.
        settings: in words.
        state: 'finished', 'unfinished', 'running' ...
        progress: share of its patches seen, 0 to 1.
        test_error: with all units; None before the first snapshot.
        error_sum: over all ranks; None before the first snapshot.
        actions: which of ACTIONS can be done with it now.
    """

    name: str
    title: str
    settings: str
    state: str
    progress: float
    test_error: float | None
    error_sum: float | None
    actions: list[str]


ACTIONS = ("open", "replay", "resume", "delete", "restore")


def run_list(
    rows: list[Row], deleted: str | None, *, on_action: Callable[[str, str], None], key: str
) -> None:
    """Show the table.

    Args:
        rows: the latest first.
        deleted: the name of the run whose deletion can be undone, if there is one.
        on_action: called with one of ACTIONS and the name of a run before the next script run.
        key: of the component on the page.
    """

    def acted() -> None:
        act = st.session_state[key]["act"]
        if act["action"] in ACTIONS:
            on_action(str(act["action"]), str(act["run"]))

    header = {"rows": [asdict(row) for row in rows], "deleted": deleted}
    _mount(data=pack(header), key=key, on_act_change=acted)
