"""The switch between models at the top of every page."""

import streamlit as st

from app.components.model_chooser import Choice, model_chooser
from app.services.models import BUNDLED, LoadedModel, load_model, model_label, model_names
from app.services.runs import server_trainings
from app.state import selection, training_choices
from app.state.literal_text import literal
from app.state.visitor import current_visitor
from model.checkpoint import CheckpointError
from model.config import Coder

CODED_OTHERWISE = (
    "This model learned to have its units chosen one after another, each for what is still missing. These "
    "pages choose all units at once, and coded so its filters rebuild nothing well. The command line codes "
    "it as it learned: python -m model evaluate, and python -m model decompose."
)


def model_switch() -> LoadedModel:
    """Show the switch and return the chosen model.

    A model that can't be loaded is reported, and the first one that can be loaded replaces it; if there is
    none, the script run ends.
    """
    _switch_to_finished_run()
    names = model_names(current_visitor())
    model = _first_that_loads([selection.chosen_model(names), *names])
    model_chooser(
        [Choice(name, model_label(name), name in BUNDLED) for name in names],
        model.name,
        _figures_text(model),
        on_choose=selection.choose_model,
        key="model-chooser",
    )
    if model.checkpoint.rule.coder is not Coder.RANK_ORDER:
        st.warning(CODED_OTHERWISE)
    return model


def _first_that_loads(names: list[str]) -> LoadedModel:
    for name in names:
        try:
            return load_model(name, current_visitor())
        except CheckpointError as error:
            st.error(f"{literal(model_label(name))} can't be used. {literal(str(error))}")
    return st.stop()


def _switch_to_finished_run() -> None:
    """Choose the model of the run that this visitor started, once its training has ended."""
    training = server_trainings().find(training_choices.started_run())
    if training is not None and training.report().checkpoint is not None:
        training_choices.set_started_run(None)
        selection.choose_model(training.name)


def _figures_text(model: LoadedModel) -> str:
    measured = model.measurement
    return (
        f"{len(measured.error_by_rank)} units · {measured.l0_mean:.0f} active in the mean · "
        f"final error {measured.final_error:.3f} · error sum {measured.error_sum:.1f}"
    )
