"""What can be done with a run: each action checked against what there is and whose it is."""

import io
from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from app.access import may_change
from app.panels.training_form import take_settings_of, train_on_from
from app.services.models import model_names
from app.services.runs import runs_folder, server_trainings
from app.services.visible_runs import VisibleRuns
from app.state import selection, training_choices, url
from app.state.visitor import current_visitor
from app.state.widget_keys import RUN_FILE
from model.runs.archive import import_run
from model.runs.metadata import delete_run, deleted_metadata, rename_run, restore_run
from model.runs.quota import check_quota
from model.runs.reading import RunError

FILE_ENDING = ".rankscope"


class RunAction(NamedTuple):
    """What a visitor asks for.

    Attributes:
        action: one of `run_list.ACTIONS`.
        run: its name.
        words: the new title, for 'rename'.
        watched: the run that the page shows.
    """

    action: str
    run: str
    words: str
    watched: str | None


def act(asked: RunAction, on_resume: Callable[[str], None]) -> None:
    """Do what was asked for; what is no more, or somebody else's, is named in a sentence.

    Args:
        asked: what.
        on_resume: called with the name of a run that shall go on.
    """
    visible = VisibleRuns(current_visitor())
    for_those_who_see: dict[str, Callable[[], None]] = {
        "watch": lambda: training_choices.watch_run(asked.run),
        "compare": lambda: _compare(visible, asked.run, asked.watched),
        "open": lambda: _open(asked.run),
        "train-on": lambda: train_on_from(asked.run),
        "duplicate": lambda: take_settings_of(server_trainings().open(asked.run)),
    }
    for_its_owner: dict[str, Callable[[], None]] = {
        "resume": lambda: on_resume(asked.run),
        "rename": lambda: rename_run(runs_folder(), asked.run, asked.words),
        "delete": lambda: _delete(asked.run),
    }
    try:
        if asked.action == "restore":
            _restore(visible, asked.run)
        elif asked.run in visible.damaged and asked.action != "delete":
            raise RunError(visible.damaged[asked.run].reason)
        elif asked.run not in visible.listed():
            raise RunError("This run is not there any more.")
        elif asked.action in for_those_who_see:
            for_those_who_see[asked.action]()
        elif visible.may_change(asked.run):
            for_its_owner[asked.action]()
        else:
            raise RunError("This run is somebody else's.")
    except (RunError, RuntimeError, ValueError) as error:
        url.notice(str(error))


def import_uploaded_run() -> None:
    """Take in the file that the visitor has just uploaded, and watch its run."""
    file = st.session_state[RUN_FILE]
    if file is None:
        return
    wanted = file.name.removesuffix(".zip").removesuffix(FILE_ENDING)
    folder, owner = runs_folder(), current_visitor()
    try:
        check_quota(folder, owner, file.size)
        name = import_run(io.BytesIO(file.getvalue()), wanted, folder, owner)
    except RunError as error:
        url.notice(f"{file.name}: {error}")
    else:
        training_choices.watch_run(name)


def _open(name: str) -> None:
    if name in model_names(current_visitor()):
        selection.choose_model(name)


def _compare(visible: VisibleRuns, name: str, watched: str | None) -> None:
    """Put a run's curve beside that of the one watched, or take it away."""
    if watched is None:
        training_choices.watch_run(name)
        return
    compared = training_choices.linked_runs(visible.names())[1:]
    if name in compared:
        compared.remove(name)
    elif len(compared) < training_choices.MOST_COMPARED:
        compared.append(name)
    else:
        url.notice(f"{training_choices.MOST_COMPARED} runs are compared already; take one away first.")
    training_choices.watch_run(watched, compared)


def _delete(name: str) -> None:
    if server_trainings().is_under_way(name):
        raise RunError("This training is under way; stop it first.")
    delete_run(runs_folder(), name)
    server_trainings().forget(name)
    training_choices.forget_run(name)


def _restore(visible: VisibleRuns, name: str) -> None:
    folder = runs_folder()
    if may_change(visible.visitor, deleted_metadata(folder, name).owner):
        restore_run(folder, name)
