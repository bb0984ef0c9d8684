"""Trainings: which one is watched, which one this visitor started, what the next one is started with."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

import streamlit as st

from app.state.selection import forget_model
from app.state.url import SEPARATOR, change_link, from_link, some_of

Setting = TypeVar("Setting")

MOST_COMPARED = 5

_STARTED_RUN = "started_run"
_STAGED_RUN = "staged_run"


def watched_run(names: Collection[str], default: str | None) -> str | None:
    """The run that the Train page shows, one of `names`; `default` unless another was chosen or linked."""
    return next(iter(linked_runs(names)), default)


def linked_runs(names: Collection[str]) -> list[str]:
    """The runs that the address names: the one to watch, then those to compare it with."""
    named = from_link("run", some_of(names, MOST_COMPARED + 1))
    return named.split(SEPARATOR) if named else []


def watch_run(run: str, compared: Sequence[str] = ()) -> None:
    """Show a run on the Train page, with the curves of others beside it, for use in callbacks."""
    change_link({"run": SEPARATOR.join([run, *(other for other in compared if other != run)])})


def setting_key(name: str) -> str:
    """The key of the widget for a setting of the next training."""
    return f"setting {name}"


def speed_key(training: str) -> str:
    """The key of the widget for a training's speed."""
    return f"speed {training}"


def step_keys(training: str) -> tuple[str, str]:
    """The keys of the widgets for a training's step size: at the start, and its share at the end."""
    return f"step {training}", f"decay {training}"


def training_setting(name: str, default: Setting) -> Setting:
    """A setting of the next training, as the visitor left it."""
    value: Setting = st.session_state.get(setting_key(name), default)
    return value


def set_training_settings(values: Mapping[str, object], *, only_missing: bool = False) -> None:
    """Fill in settings of the next training; with `only_missing`, those that the visitor has not seen yet."""
    for name, value in values.items():
        if not only_missing or setting_key(name) not in st.session_state:
            st.session_state[setting_key(name)] = value


def started_run() -> str | None:
    """The training that this visitor started and whose model is not yet shown."""
    run: str | None = st.session_state.get(_STARTED_RUN)
    return run


def set_started_run(run: str | None) -> None:
    """Remember the training that this visitor started."""
    st.session_state[_STARTED_RUN] = run


def staged_run() -> tuple[int, str | None, str]:
    """The stage's latest request for a training, 0 before the first; its run, or None and why."""
    staged: tuple[int, str | None, str] = st.session_state.get(_STAGED_RUN, (0, None, ""))
    return staged


def set_staged_run(request: int, run: str | None, message: str = "") -> None:
    """Remember what `staged_run` says."""
    st.session_state[_STAGED_RUN] = (request, run, message)


def forget_run(run: str) -> None:
    """Look at its model, and watch it, no longer: it is gone."""
    forget_model(run)
    if runs := st.query_params.get("run"):
        change_link({"run": SEPARATOR.join(name for name in runs.split(SEPARATOR) if name != run) or None})
