"""The runs that are kept on this server: look at them, go on with them, delete them."""

from collections.abc import Callable

import streamlit as st

from app import catalog, state
from app.components.run_list import Row, run_list
from app.trainer import BUSY, Report, State
from model.history import PastRun, delete_run, deleted_run, restore_run
from model.runs import RunError

SHOWN = 50


def run_history(report: Report, runs: list[PastRun], on_resume: Callable[[str], None]) -> None:
    """Show the table of runs.

    Args:
        report: of the trainer, to tell which run is under way.
        runs: those that are kept, the latest first.
        on_resume: called with the name of a run that the visitor wants to go on with.
    """
    st.subheader("Runs", anchor=False)
    rows = [_row(past, report) for past in runs[:SHOWN]]
    run_list(
        rows,
        deleted_run(catalog.runs_folder()),
        on_action=lambda action, run: _act(action, run, on_resume),
        key="run-list",
    )


def _row(past: PastRun, report: Report) -> Row:
    config = past.run.config
    busy = report.state in BUSY
    under_way = busy and past.name == report.run
    actions = []
    if not under_way:
        if past.run.checkpoint.exists():
            actions += ["open"] if busy else ["open", "replay"]
        if not past.finished and not busy:
            actions.append("resume")
        actions.append("delete")
    failed = report.state is State.FAILED and past.name == report.run
    words = "finished" if past.finished else "failed" if failed else "unfinished"
    return Row(
        name=past.name,
        title=catalog.model_label(past.name),
        settings=f"{config.model.n_units} units, {config.model.patch_size} x {config.model.patch_size}, "
        f"{config.patches:,} patches of {past.run.source}, step {config.step_size:g}, "
        f"batch {config.batch_size}, seed {config.seed}",
        state=report.state.value if under_way else words,
        progress=past.patches_seen / config.patches,
        test_error=past.test_error,
        error_sum=past.error_sum,
        actions=actions,
    )


def _act(action: str, run: str, on_resume: Callable[[str], None]) -> None:
    folder = catalog.runs_folder()
    report = catalog.trainer().report()
    try:
        if action == "open" and run in catalog.model_names():
            state.choose_model(run)
        elif action == "replay":
            state.choose(run=run)
        elif action == "resume":
            on_resume(run)
        elif action == "delete" and not (report.state in BUSY and report.run == run):
            delete_run(folder, run)
            state.forget_run(run)
        elif action == "restore":
            restore_run(folder, run)
    except (RunError, RuntimeError) as error:
        state.notice(str(error))
