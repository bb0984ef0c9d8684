"""The buttons of a training under way: pause, one step, stop, its speed and its step size."""

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
    """Show the controls of a training that the visitor may change; None shows them without effect."""
    state_now = training.report().state if training else None
    held = state_now is State.PAUSED
    pause, step, stop, slow, size = st.columns([1, 0.8, 0.8, 2, 1.2], vertical_alignment="bottom")
    if training is not None and held:
        pause.button("Go on", on_click=training.go_on, width="stretch", key="go-on")
    else:
        pausable = state_now is State.RUNNING
        pause.button(
            "Pause",
            on_click=training.pause if training else None,
            disabled=not pausable,
            width="stretch",
            key="pause",
        )
    step.button(
        "Step", on_click=training.single_step if training else None, disabled=not held, width="stretch",
        key="step", help=ONE_STEP_ONLY,
    )  # fmt: skip
    stop.button(
        "Stop",
        on_click=training.stop if training else None,
        disabled=training is None,
        width="stretch",
        key="stop",
    )
    with slow:
        _speed(training)
    with size.popover("Step size", width="stretch"):
        _step_size(training)


def _speed(training: Training | None) -> None:
    """Of the training, or of the next one."""
    key = training_choices.speed_key(training.name if training else "")
    if training is not None:
        now = training.report().speed
        words = next((words for words, speed in SPEEDS.items() if speed == now), FULL_SPEED)
    else:
        words = FULL_SPEED

    def take() -> None:
        if training is not None:
            training.set_speed(SPEEDS[st.session_state[key]])

    st.selectbox(
        "Speed",
        list(SPEEDS),
        index=list(SPEEDS).index(words),
        key=key,
        on_change=take,
        help="Slow motion shows every single update; it can be changed at any time.",
    )


def chosen_speed() -> float | None:
    """The speed that the next training begins with, in updates a second; None for full speed."""
    return SPEEDS[st.session_state.get(training_choices.speed_key(""), FULL_SPEED)]


def _step_size(training: Training | None) -> None:
    """Two numbers that count from the next update on."""
    if training is None:
        st.caption("It can be changed while a training of yours is under way.")
        return
    step = training.report().step
    start_key, decay_key = training_choices.step_keys(training.name)

    def take() -> None:
        start, decay = st.session_state[start_key], st.session_state[decay_key]
        if 0 < start <= 1 and 0 < decay <= 1:
            training.set_step(StepSize(start, decay))
        else:
            url.notice("A step size, and its share at the end, must be above 0 and at most 1.")

    words = "Counts from the next update on; nothing starts anew."
    st.number_input(
        "Step size at the start", value=step.start, step=0.01, format="%.3f", key=start_key, on_change=take,
        help=words,
    )  # fmt: skip
    st.number_input(
        "At the end, as a share", value=step.decay, step=0.01, format="%.3f", key=decay_key, on_change=take,
        help=words,
    )  # fmt: skip
