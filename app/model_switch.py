"""The switch between models that stands on top of every page."""

import streamlit as st

from app import catalog, state
from app.catalog import LoadedModel
from model.checkpoint import CheckpointError


def model_switch() -> LoadedModel:
    """Show the switch and return the chosen model.

    A model that can't be loaded is named in one sentence and the first that can takes its place; where
    none can, the page ends here.
    """
    _adopt_finished_run()
    names = catalog.model_names()
    chosen = state.chosen_model(names)
    st.session_state[state.MODEL_SWITCH] = chosen
    switch, words = st.columns([1, 1], vertical_alignment="center")
    switch.segmented_control(
        "Model",
        names,
        format_func=catalog.model_label,
        key=state.MODEL_SWITCH,
        on_change=_switched,
        label_visibility="collapsed",
    )
    for name in [chosen, *names]:
        try:
            model = catalog.load_model(name)
        except CheckpointError as error:
            st.error(f"{catalog.model_label(name)} can't be used. {error}")
            continue
        words.caption(
            _in_words(model),
            text_alignment="right",
            help="Over 10,000 random test patches. Final error: with all units. Error sum: the error by rank "
            "summed over all ranks; the paper's author reached 57.0.",
        )
        break
    else:
        st.stop()
    return model


def _switched() -> None:
    name = st.session_state[state.MODEL_SWITCH]
    if name is not None:  # pressing the chosen one again would switch it off
        state.choose(model=name)


def _adopt_finished_run() -> None:
    """Once this visitor's training has ended, every page uses its model."""
    report = catalog.trainer().report()
    if report.checkpoint is not None and report.run == state.started_run():
        state.set_started_run(None)
        state.choose(model=report.run)


def _in_words(model: LoadedModel) -> str:
    measured = model.measurement
    return (
        f"{len(measured.error_by_rank)} units · {measured.l0_mean:.0f} active in the mean · "
        f"final error {measured.final_error:.3f} · error sum {measured.error_sum:.1f}"
    )
