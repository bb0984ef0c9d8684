"""The controls of a training under way: pause, single step, stop, speed and step size."""

import streamlit as st

from app.state import training_choices, url
from app.training.job import Training
from app.training.report import State
from model.training.optimizer import StepSize

FULL_SPEED = "full speed"
SPEEDS = {
    FULL_SPEED: None,
    **{f"{speed:.0f} updates a second": speed for speed in (500.0, 100.0, 20.0, 5.0, 2.0)},
}
ONE_STEP_ONLY = "It makes updates only while the training is held."


def training_controls(training: Training | None) -> None:
    """Show the controls of a training under way that the visitor may change; None shows them disabled."""
    state = training.report().state if training else None
    paused = state is State.PAUSED
    pause, step, stop, speed, size = st.columns([1, 0.8, 0.8, 2, 1.2], vertical_alignment="bottom")
    if training is not None and paused:
        pause.button("Go on", on_click=training.go_on, width="stretch", key="go-on")
    else:
        pause.button(
            "Pause",
            on_click=training.pause if training else None,
            disabled=state is not State.RUNNING,
            width="stretch",
            key="pause",
        )
    step.button(
        "Step", on_click=training.single_step if training else None, disabled=not paused, width="stretch",
        key="step", help=ONE_STEP_ONLY,
    )  # fmt: skip
    stop.button(
        "Stop",
        on_click=training.stop if training else None,
        disabled=training is None,
        width="stretch",
        key="stop",
    )
    with speed:
        _speed_input(training)
    with size.popover("Step size", width="stretch"):
        _step_size_inputs(training)


def _speed_input(training: Training | None) -> None:
    """The speed of the training, or of the next one."""
    key = training_choices.speed_key(training.name if training else "")
    if training is not None:
        speed = training.report().speed
        label = next((label for label, option in SPEEDS.items() if option == speed), FULL_SPEED)
    else:
        label = FULL_SPEED

    def apply() -> None:
        if training is not None:
            training.set_speed(SPEEDS[st.session_state[key]])

    st.selectbox(
        "Speed",
        list(SPEEDS),
        index=list(SPEEDS).index(label),
        key=key,
        on_change=apply,
        help="Slow motion shows every single update; it can be changed at any time.",
    )


def chosen_speed() -> float | None:
    """The speed at which the next training starts, in updates a second; None for full speed."""
    return SPEEDS[st.session_state.get(training_choices.speed_key(""), FULL_SPEED)]


def _step_size_inputs(training: Training | None) -> None:
    """The step size at the start and its fraction at the end, in force from the next update on."""
    if training is None:
        st.caption("It can be changed while a training of yours is under way.")
        return
    step = training.report().step
    start_key, decay_key = training_choices.step_keys(training.name)

    def apply() -> None:
        start, decay = st.session_state[start_key], st.session_state[decay_key]
        if 0 < start <= 1 and 0 < decay <= 1:
            training.set_step(StepSize(start, decay))
        else:
            url.notice("A step size, and its share at the end, must be above 0 and at most 1.")

    help_text = "Counts from the next update on; nothing starts anew."
    st.number_input(
        "Step size at the start", value=step.start, step=0.01, format="%.3f", key=start_key, on_change=apply,
        help=help_text,
    )  # fmt: skip
    st.number_input(
        "At the end, as a share", value=step.decay, step=0.01, format="%.3f", key=decay_key, on_change=apply,
        help=help_text,
    )  # fmt: skip
