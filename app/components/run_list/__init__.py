"""The runs that are kept and those under way, as a table, with what can be done with each."""

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
        state: 'finished', 'stopped', 'running' ...
        message: why it failed, where it did; or its place in the line.
        progress: share of its patches seen, 0 to 1.
        test_error: with all units; None before the first snapshot.
        error_sum: over all ranks; None before the first snapshot.
        picture: address of a picture of its filters; '' without.
        export: address of the run as a file; '' while it has none.
        watched: whether the page shows it.
        compared: whether its curve is drawn beside that of the one watched.
        actions: which of ACTIONS can be done with it now.
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


ACTIONS = (
    "watch",
    "compare",
    "open",
    "resume",
    "train-on",
    "duplicate",
    "rename",
    "delete",
    "restore",
)


def run_list(
    rows: list[Row], deleted: tuple[str, str] | None, *, on_action: Callable[[str, str, str], None], key: str
) -> None:
    """Show the table.

    Args:
        rows: the latest first.
        deleted: name and title of the run whose deletion can be undone, if there is one.
        on_action: called with one of ACTIONS, the name of a run and, for 'rename', its new title, before the
            next script run.
        key: of the component on the page.
    """

    def acted() -> None:
        act = st.session_state[key]["act"]
        if act["action"] in ACTIONS:
            on_action(str(act["action"]), str(act["run"]), str(act.get("words", "")))

    header = {"rows": [asdict(row) for row in rows], "deleted": deleted}
    _mount(data=pack(header), key=key, on_act_change=acted)
