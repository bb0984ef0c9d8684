"""What a visitor can do with runs: start, resume, import, rename, delete ...

Every action is checked: the run must exist, and the visitor must be allowed to do this with it.
"""

import io
from collections.abc import Callable
from typing import NamedTuple

from streamlit.runtime.uploaded_file_manager import UploadedFile

from app.access import may_change
from app.panels.training_controls import chosen_speed
from app.panels.training_form import chosen_request, fill_in_initial_model, fill_in_settings
from app.services.models import model_names
from app.services.runs import owner_of, runs_folder, server_trainings
from app.services.training_pictures import picture_loader
from app.services.visible_runs import VisibleRuns
from app.state import selection, training_choices, url
from app.state.uploads import uploaded_pictures
from app.state.visitor import current_visitor, is_one_user
from app.training.job import TrainingRequest
from model.runs.archive import import_run
from model.runs.metadata import check_name, delete_run, deleted_metadata, rename_run, restore_run
from model.runs.quota import check_quota
from model.runs.reading import RunError

FILE_ENDING = ".rankscope"


class RunAction(NamedTuple):
    """What a visitor wants to do with a run.

    Attributes:
        action: one of `run_list.Row.actions`, 'compare' or 'restore'.
        run: its name.
        title: the new title, for 'rename'.
        watched: the run that the page shows; None if it shows none.
    """

    action: str
    run: str
    title: str
    watched: str | None


def start_training() -> None:
    """Start a training with the chosen settings and watch it; an invalid setting is reported in a notice."""
    try:
        _watch_started(server_trainings().start(chosen_request(), chosen_speed()))
    except (RunError, ValueError, RuntimeError) as error:
        url.notice(str(error))


def perform_action(wanted: RunAction) -> None:
    """Do what a visitor wants with a run; a notice says why if that is impossible or not allowed."""
    visible = VisibleRuns(current_visitor())
    for_all_who_see_it: dict[str, Callable[[], None]] = {
        "watch": lambda: training_choices.watch_run(wanted.run),
        "compare": lambda: _toggle_comparison(visible, wanted.run, wanted.watched),
        "open": lambda: _choose_model_of(wanted.run),
        "train-on": lambda: fill_in_initial_model(wanted.run),
        "duplicate": lambda: fill_in_settings(server_trainings().open(wanted.run)),
    }
    for_its_owner: dict[str, Callable[[], None]] = {
        "resume": lambda: _resume(wanted.run),
        "rename": lambda: rename_run(runs_folder(), wanted.run, wanted.title),
        "delete": lambda: _delete(wanted.run),
    }
    try:
        if wanted.action == "restore":
            _restore(visible, wanted.run)
        elif wanted.run in visible.damaged and wanted.action != "delete":
            raise RunError(visible.damaged[wanted.run].reason)
        elif wanted.run not in visible.listed():
            raise RunError("This run is not there any more.")
        elif wanted.action in for_all_who_see_it:
            for_all_who_see_it[wanted.action]()
        elif visible.may_change(wanted.run):
            for_its_owner[wanted.action]()
        else:
            raise RunError("This run is somebody else's.")
    except (RunError, RuntimeError, ValueError) as error:
        url.notice(str(error))


def import_uploaded_run(file: UploadedFile) -> None:
    """Import the run in an uploaded file, and watch it; a notice says why if that is impossible."""
    wanted_name = file.name.removesuffix(".zip").removesuffix(FILE_ENDING)
    folder, owner = runs_folder(), current_visitor()
    try:
        check_quota(folder, owner, file.size)
        name = import_run(io.BytesIO(file.getvalue()), wanted_name, folder, owner)
    except RunError as error:
        url.notice(str(error), about=file.name)
    else:
        training_choices.watch_run(name)


def _watch_started(name: str) -> None:
    """Watch a run whose training this visitor has started, and show its model when that has ended."""
    training_choices.watch_run(name)
    training_choices.set_started_run(name)


def _resume(name: str) -> None:
    run = server_trainings().open(name)
    load = picture_loader(
        run.source, run.config.model.patch_size, uploaded_pictures(), with_folders=is_one_user()
    )
    server_trainings().resume(run, TrainingRequest(run.config, run.source, load, owner=owner_of(name)))
    _watch_started(name)


def _choose_model_of(name: str) -> None:
    if name in model_names(current_visitor()):
        selection.choose_model(name)


def _toggle_comparison(visible: VisibleRuns, name: str, watched: str | None) -> None:
    """Add a run to those compared with the watched one, or remove it from them."""
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
    training_choices.discard_run(name)


def _restore(visible: VisibleRuns, name: str) -> None:
    folder = runs_folder()
    check_name(name)  # before a file below that name is read
    if may_change(visible.visitor, deleted_metadata(folder, name).owner):
        restore_run(folder, name)
