"""The runs that the visitor sees as a table, with what can be done with each, and the import of a run."""

import streamlit as st

from app.components.run_list import Row, run_list
from app.panels.run_actions import RunAction, import_uploaded_run, perform_action
from app.services.models import model_label
from app.services.visible_runs import VisibleRuns
from app.state import training_choices
from app.state.new_files import handle_missed_file, handle_new_file
from app.state.widget_keys import RUN_FILE
from app.training.job import Training
from app.training.report import State
from model.config import Rule, Start, TrainingConfig
from model.runs.history import DAMAGED, PastRun

LARGEST_IMPORT_MB = 200
SHOWN_ROWS = 50


def run_table(visible: VisibleRuns, watched: str | None) -> None:
    """Show the newest runs, and the import of a run from a file.

    Args:
        visible: the runs that the visitor sees.
        watched: the run that the page shows above the table; None if it shows none.
    """
    st.subheader("Runs", anchor=False)
    compared = training_choices.linked_runs(visible.names())[1:]
    rows = [
        _damaged_row(visible, name)
        if name in visible.damaged
        else _row(visible, name, watched, name in compared)
        for name in visible.listed()[:SHOWN_ROWS]
    ]
    run_list(
        rows,
        visible.deleted(),
        on_action=lambda action, run, title: perform_action(RunAction(action, run, title, watched)),
        key="run-list",
    )
    with st.expander("Bring in a run from a file"):
        st.file_uploader(
            "A run that was exported here or elsewhere",
            type=["zip"],
            key=RUN_FILE,
            on_change=handle_new_file,
            args=(RUN_FILE, import_uploaded_run),
            max_upload_size=LARGEST_IMPORT_MB,
        )
        handle_missed_file(RUN_FILE, import_uploaded_run)


def _row(visible: VisibleRuns, name: str, watched: str | None, compared: bool) -> Row:
    training, past = visible.trainings.get(name), visible.past.get(name)
    under_way = training is not None and training.under_way
    config = training.request.config if training else past.run.config  # type: ignore[union-attr]
    source = training.request.source if training else past.run.source  # type: ignore[union-attr]
    seen, error, error_sum = _metrics(training, past)
    has_model = past is not None and past.run.checkpoint.exists()
    address = f"runs/{name}"
    return Row(
        name=name,
        title=model_label(name),
        settings=_settings_text(config, source) + _initial_model_text(training, past),
        state=_state(training, past),
        message=_message(training, past),
        progress=seen / config.patches,
        test_error=error,
        error_sum=error_sum,
        picture=f"{address}/filters.png?{seen}" if has_model and not under_way else "",
        export=f"{address}/export" if has_model and not under_way else "",
        watched=name == watched,
        compared=compared,
        actions=_actions(visible, name, has_model=has_model, under_way=under_way),
    )


def _damaged_row(visible: VisibleRuns, name: str) -> Row:
    """The row of a run that can only be deleted; its message says what is wrong."""
    return Row(
        name=name,
        title=model_label(name),
        settings="",
        state=DAMAGED,
        message=visible.damaged[name].reason,
        progress=1,  # so that no percentage is shown
        test_error=None,
        error_sum=None,
        picture="",
        export="",
        watched=False,
        compared=False,
        actions=["delete"] if visible.may_change(name) else [],
    )


def _actions(visible: VisibleRuns, name: str, *, has_model: bool, under_way: bool) -> list[str]:
    past = visible.past.get(name)
    may_change = visible.may_change(name)
    actions = ["watch"]
    if not under_way and has_model:
        actions += ["open"]
    if past is not None and not under_way and may_change and not past.finished:
        actions.append("resume")
    if not under_way and has_model:
        actions.append("train-on")
    if past is not None:
        actions.append("duplicate")
    if past is not None and may_change:
        actions.append("rename")
        if not under_way:
            actions.append("delete")
    return actions


def _settings_text(config: TrainingConfig, source: str) -> str:
    units, size = config.model.n_units, config.model.patch_size
    emphasis = f" for {config.emphasis.value.replace('-', ' ')}" if config.rule is Rule.PURSUIT else ""
    return (
        f"{config.rule.value}{emphasis}, {units} units, {size} x {size}, "
        f"{config.patches:,} patches of {source}, "
        f"step {config.step_size:g}, batch {config.batch_size}, seed {config.seed}"
    )


def _initial_model_text(training: Training | None, past: PastRun | None) -> str:
    if past is not None:
        config, name = past.run.config, past.run.initial_name
    else:
        request = training.request  # type: ignore[union-attr]
        config, name = request.config, request.start.name if request.start else ""
    if name:
        return f", from {name}"
    return ", from pairs of waves" if config.start is Start.DCT_PAIRS else ""


def _metrics(training: Training | None, past: PastRun | None) -> tuple[int, float | None, float | None]:
    """Patches seen, test error and error sum; of a training of this server the newest ones."""
    report = training.report() if training else None
    if report is not None and report.latest is not None:
        test = report.latest.test
        return report.patches_seen, test.final_error, test.error_sum
    if past is not None:
        return past.patches_seen, past.test_error, past.error_sum
    return 0, None, None


def _state(training: Training | None, past: PastRun | None) -> str:
    if training is not None and (training.under_way or past is None):
        return training.report().state.value
    return past.state if past is not None else State.FAILED.value


def _message(training: Training | None, past: PastRun | None) -> str:
    left_out = training.report().left_out if training is not None else ()
    if training is not None and training.under_way:
        place = training.queue_position()
        return f"number {place} in line" if place else _left_out_text(left_out)
    if training is not None and past is None:
        return training.report().message
    if past and past.end_status and not past.finished:
        return past.end_status.message
    return _left_out_text(left_out)


def _left_out_text(left_out: tuple[str, ...]) -> str:
    """How many files a training does not learn from, and why the first of them."""
    if not left_out:
        return ""
    count = "1 file was" if len(left_out) == 1 else f"{len(left_out)} files were"
    return f"{count} left out: {left_out[0]}" + ("." if len(left_out) == 1 else ", and others.")
