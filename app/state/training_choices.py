"""A visitor's choices about trainings: the watched run, the started one, the settings of the next one."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

import streamlit as st

from app.state.selection import discard_model
from app.state.url import SEPARATOR, change_link, from_link, linked_text, some_of

Setting = TypeVar("Setting")

MOST_COMPARED = 5
"""Runs whose curves are drawn beside those of the watched one."""

_STARTED_RUN = "started_run"
_TALK_TRAINING = "talk_training"


def watched_run(names: Collection[str], default: str | None) -> str | None:
    """The run that the Train page shows.

    Args:
        names: runs that can be watched.
        default: the run if the link names none; None for no run at all.
    """
    return next(iter(linked_runs(names)), default)


def linked_runs(names: Collection[str]) -> list[str]:
    """The runs that the link names, all of them in `names`: the watched one, then those compared with it."""
    named = from_link("run", some_of(names, MOST_COMPARED + 1))
    return named.split(SEPARATOR) if named else []


def watch_run(run: str, compared: Sequence[str] = ()) -> None:
    """Record the watched run, for use in callbacks.

    Args:
        run: its name.
        compared: names of runs whose curves are drawn beside it.
    """
    change_link({"run": SEPARATOR.join([run, *(other for other in compared if other != run)])})


def setting_key(name: str) -> str:
    """The key of the widget for a setting of the next training."""
    return f"setting {name}"


def speed_key(training: str) -> str:
    """The key of the widget for a training's speed; '' is the next training."""
    return f"speed {training}"


def step_keys(training: str) -> tuple[str, str]:
    """The keys of the widgets for a training's step size: at the start, and its fraction at the end."""
    return f"step {training}", f"decay {training}"


def training_setting(name: str, default: Setting) -> Setting:
    """A setting of the next training.

    Args:
        name: of the setting, as `setting_key` takes it.
        default: the value before the visitor has seen the setting.
    """
    value: Setting = st.session_state.get(setting_key(name), default)
    return value


def set_training_settings(values: Mapping[str, object], *, only_missing: bool = False) -> None:
    """Set settings of the next training.

    Args:
        values: by the setting's name.
        only_missing: whether settings that already have a value keep it.
    """
    for name, value in values.items():
        if not only_missing or setting_key(name) not in st.session_state:
            st.session_state[setting_key(name)] = value


def started_run() -> str | None:
    """The run that this visitor started and whose model has not been shown yet."""
    run: str | None = st.session_state.get(_STARTED_RUN)
    return run


def set_started_run(run: str | None) -> None:
    """Set what `started_run` returns."""
    st.session_state[_STARTED_RUN] = run


def talk_training() -> tuple[int, str | None, str]:
    """The stage's latest request for a training.

    Returns:
        The request's number, 0 before the first; its run, None if it could not start; and then why.
    """
    training: tuple[int, str | None, str] = st.session_state.get(_TALK_TRAINING, (0, None, ""))
    return training


def set_talk_training(request: int, run: str | None, message: str = "") -> None:
    """Set what `talk_training` returns.

    Args:
        request: the number that the stage gave it, from 1.
        run: the training's name; None if it could not start.
        message: why it could not start.
    """
    st.session_state[_TALK_TRAINING] = (request, run, message)


def discard_run(run: str) -> None:
    """Drop the choices of a run that has been deleted: its model, and the run in the link."""
    discard_model(run)
    if runs := linked_text("run"):
        change_link({"run": SEPARATOR.join(name for name in runs.split(SEPARATOR) if name != run) or None})
