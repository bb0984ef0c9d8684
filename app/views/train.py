"""Train: a model learns from noise while one watches."""

import streamlit as st

from app import catalog, state
from app.author import author_run
from app.components.filter_grid import filter_grid
from app.components.live_chart import Line, live_chart
from app.model_switch import model_switch
from app.trainer import Report, State
from model.config import Rule, TrainingConfig

TICK_SECONDS = 0.5
RULES = {
    Rule.RANK_ORDER.value: "Paper's rule: a unit learns from the residual at its own rank",
    Rule.PROGRESSIVE.value: "Progressive: a unit answers for every residual it takes part in",
    Rule.SATURATION_GATED.value: "Saturation-gated: a common misreading, learns worse",
}
ENDINGS = {
    State.FINISHED: "Finished: the model is kept",
    State.STOPPED: "Stopped: what it had learned is kept",
}

trainer = catalog.trainer()


def start_training() -> None:
    """Check the settings, then start; a setting out of range is answered with one sentence."""
    rule, seed, step_size, patches = (st.session_state[name] for name in state.TRAINING_SETTINGS)
    try:
        config = TrainingConfig(rule=Rule(rule), seed=seed, step_size=step_size, patches=patches)
        state.set_started_run(trainer.start(config, catalog.sample()))
    except (ValueError, RuntimeError) as error:
        state.notice(str(error))


def show_progress(report: Report) -> None:
    """The bar, the speed and the time left; or how the training ended."""
    if report.config is None:
        st.info("Press Train: the filters grow out of noise, and the curves fall.")
        return
    seen = report.latest.patches_seen if report.latest else 0
    words = f"{seen:,} of {report.config.patches:,} patches"
    if report.patches_per_second:
        words += f" · {report.patches_per_second:,.0f} patches a second"
    if report.state is State.RUNNING and report.seconds_left is not None:
        words += f" · {report.seconds_left:.0f} s left"
    st.progress(seen / report.config.patches, text=words)
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


model = model_switch()
settings, live = st.columns([1, 3.2], gap="medium")
with settings:
    rule, seed, step_size, patches = state.TRAINING_SETTINGS
    defaults = TrainingConfig()
    st.radio(
        "Learning rule",
        list(RULES),
        format_func=RULES.__getitem__,
        key=rule,
        persist_state="session",
    )
    st.number_input(
        "Patches to learn from",
        value=defaults.patches,
        step=100_000,
        key=patches,
        persist_state="session",
        help="Each is a random 7 x 7 piece of one of the 1,000 bundled training pictures.",
    )
    st.number_input(
        "Step size at the start",
        value=defaults.step_size,
        step=0.01,
        format="%.3f",
        key=step_size,
        persist_state="session",
        help="How far one update moves the weights; it shrinks to a hundredth by the end.",
    )
    st.number_input(
        "Seed",
        value=defaults.seed,
        step=1,
        key=seed,
        persist_state="session",
        help="The same seed gives the same training.",
    )
    running = trainer.report().state is State.RUNNING
    st.button(
        "Train",
        icon=":material/play_arrow:",
        on_click=start_training,
        disabled=running,
        width="stretch",
        key="start",
    )
    st.button("Stop", on_click=trainer.stop, disabled=not running, width="stretch", key="stop")


@st.fragment(run_every=TICK_SECONDS if running else None)
def show_training() -> None:
    """Everything that moves while a training runs; it ticks by itself."""
    report = trainer.report()
    if running and report.state is not State.RUNNING:
        st.rerun()
    with st.container():  # one place, whatever it holds: what follows must not be built anew
        show_progress(report)
    curves, filters = st.columns([1, 1], gap="medium")
    with curves:
        show_curves(report)
    with filters:
        show_filters(report)


with live:
    show_training()
