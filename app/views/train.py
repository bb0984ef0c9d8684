"""Train: a model learns from noise while one watches."""

import streamlit as st

from app import catalog, state
from app.author import author_run
from app.components.filter_grid import filter_grid
from app.components.live_chart import Line, live_chart
from app.components.time_scrubber import time_scrubber
from app.model_switch import model_switch
from app.run_history import run_history
from app.trainer import BUSY, Report, State
from app.training_settings import chosen_settings, training_settings
from model.history import PastRun, past_runs
from model.runs import RunError

TICK_SECONDS = 0.5
ENDINGS = {
    State.FINISHED: "Finished: the model is kept",
    State.STOPPED: "Stopped: what it had learned is kept, and it can be resumed below",
}

trainer = catalog.trainer()


def start_training() -> None:
    """Check the settings, then start; a setting out of range is answered with one sentence."""
    try:
        config, source = chosen_settings()
        state.set_started_run(trainer.start(config, source))
    except (ValueError, RuntimeError) as error:
        state.notice(str(error))


def resume_training(run: str) -> None:
    """Go on with a run that is kept."""
    trainer.resume(run)
    state.forget_run(run)
    state.set_started_run(run)


def show_progress(report: Report) -> None:
    """The bar, the speed and the time left; or how the training ended."""
    if report.config is None:
        st.info("Press Train: the filters grow out of noise, and the curves fall.")
        return
    if report.state is State.LOADING:
        done, total = report.loaded or (0, 0)
        words = f"{done / 1e6:,.0f} of {total / 1e6:,.0f} MB downloaded" if total else "Loading the pictures"
        st.progress(done / total if total else 0.0, text=words)
        return
    words = f"{report.patches_seen:,} of {report.config.patches:,} patches"
    if report.patches_per_second:
        words += f" · {report.patches_per_second:,.0f} patches a second"
    if report.state is State.PAUSED:
        words += " · paused"
    elif report.state is State.RUNNING and report.seconds_left is not None:
        words += f" · {report.seconds_left:.0f} s left"
    st.progress(report.patches_seen / report.config.patches, text=words)
    if report.message:
        st.error(report.message)
    elif report.state in ENDINGS:
        shown = model.name == report.run
        use = "every page now shows it." if shown else "choose it above to see it on every page."
        st.success(f"{ENDINGS[report.state]}; {use}")


def show_curves(report: Report) -> None:
    """Error and objective over training, with the author's recorded run behind them."""
    author = author_run()
    x_max = report.config.patches if report.config else author.patches[-1]
    x = [point.patches_seen for point in report.points]
    live_chart(
        [
            Line("training patches", x, [p.train_error for p in report.points], "main"),
            Line("test patches", x, [p.test_error for p in report.points], "second"),
            Line("the author's run, test", author.patches, author.test_error, "reference"),
            author.last_test_error_line(x_max),
        ],
        title="Reconstruction error with all units",
        x_label="patches seen",
        y_label="error (L2 norm)",
        x_max=x_max,
        y_max=1.5,
        test_id="loss-chart",
        key="loss",
    )
    live_chart(
        [
            Line("training patches", x, [p.train_objective for p in report.points], "main"),
            Line("test patches", x, [p.test_objective for p in report.points], "second"),
            Line("the author's run, test", author.patches, author.test_objective, "reference"),
        ],
        title="Objective: sum over ranks k of k times the error at k",
        x_label="patches seen",
        y_label="objective J",
        x_max=x_max,
        y_max=15_000,
        test_id="objective-chart",
        key="objective",
    )


def show_filters(report: Report) -> None:
    """The filters as they are now; before a training, those of the chosen model."""
    if report.latest is not None and report.config is not None:
        weights, size, title = report.latest.weights, report.config.model.patch_size, "Filters now"
    else:
        weights, size = model.checkpoint.weights, model.checkpoint.config.patch_size
        title = "Filters of the model chosen above"
    st.markdown(f"**{title}**")
    filter_grid(weights, size, key="training-filters")


def replay(report: Report, runs: list[PastRun]) -> None:
    """A whole training under a slider: the one that the link names, else the last one of this server."""
    names = [past.name for past in runs]
    run = state.replayed_run(names, report.run if report.run in names else None)
    if run is None:
        return
    try:
        snapshots, patch_size = catalog.snapshots(run)
    except RunError as error:
        st.warning(str(error))
        return
    if snapshots:
        st.subheader(f"Replay of {catalog.model_label(run)}", anchor=False)
        time_scrubber(snapshots, patch_size, key="scrubber")


model = model_switch()
report = trainer.report()
busy = report.state in BUSY
runs = past_runs(catalog.runs_folder())
settings, live = st.columns([1, 3.2], gap="medium")
with settings:
    training_settings()
    icon = ":material/play_arrow:"
    st.button("Train", icon=icon, on_click=start_training, disabled=busy, width="stretch", key="start")
    left, right = st.columns(2)
    if report.state is State.PAUSED:
        left.button("Go on", on_click=trainer.go_on, width="stretch", key="go-on")
    else:
        pausable = report.state is State.RUNNING
        left.button("Pause", on_click=trainer.pause, disabled=not pausable, width="stretch", key="pause")
    right.button("Stop", on_click=trainer.stop, disabled=not busy, width="stretch", key="stop")


@st.fragment(run_every=TICK_SECONDS if busy and report.state is not State.PAUSED else None)
def show_training() -> None:
    """Everything that moves while a training runs; it ticks by itself."""
    now = trainer.report()
    if now.state is not report.state:
        st.rerun()
    with st.container():  # one place, whatever it holds: what follows must not be built anew
        show_progress(now)
    curves, filters = st.columns([1, 1], gap="medium")
    with curves:
        show_curves(now)
    with filters:
        show_filters(now)


with live:
    show_training()
    if not busy:
        replay(report, runs)
run_history(report, runs, resume_training)
