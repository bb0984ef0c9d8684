"""The switches between models, on top of every page, and between the two ways to choose a patch's units."""

import streamlit as st

from app.components.coding import Coding
from app.components.model_chooser import Choice, model_chooser
from app.services.models import LoadedModel, load_model, model_label, model_names
from app.services.runs import server_trainings
from app.state import selection, training_choices
from app.state.literal_text import literal
from app.state.visitor import current_visitor
from model.checkpoint import CheckpointError
from model.config import Coder

GROUPS = {
    "the paper": "Each unit learns from what is still missing at its own rank: the paper's rule.",
    "the true gradient": "Each unit answers for every residual it takes part in: the exact gradient of the "
    "errors at all ranks.",
    "one after another": "Units are chosen one after another, each for what is still missing, and learn for "
    "that.",
}
"""The bundled models by what they learned, each group with a sentence."""
_GROUP_OF = {
    "rank-order": "the paper",
    "progressive": "the true gradient",
    "progressive-293": "the true gradient",
    "pursuit": "one after another",
    "pursuit-338": "one after another",
}

CODER_LABELS = {Coder.RANK_ORDER: "all at once", Coder.PURSUIT: "one after another"}
HELP = (
    "All at once: every unit answers to the patch, and the strongest answers are summed first. One after "
    "another: every unit answers to what the units before it have left missing, and the one that takes away "
    "most is next. The filters are the same."
)
ONE_AFTER_ANOTHER_ONLY = (
    "This model learned to have its units chosen one after another. Its filters count on that: all ranked at "
    "once by their answers to the patch, many would add the same part again, and the sum would be far too "
    "large."
)


def model_switch() -> LoadedModel:
    """Show the switch and return the chosen model, its units chosen as the visitor wants it.

    A model that can't be loaded is reported, and the first one that can be loaded replaces it; if there is
    none, the script run ends.
    """
    _switch_to_finished_run()
    names = model_names(current_visitor())
    model = chosen_coding(_first_that_loads([selection.chosen_model(names), *names]))
    model_chooser(
        [Choice(name, model_label(name), _GROUP_OF.get(name, "")) for name in names],
        GROUPS,
        model.name,
        _figures_text(model),
        on_choose=selection.choose_model,
        key="model-chooser",
    )
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


def coder_switch(model: LoadedModel) -> None:
    """Show the switch for a model; what is chosen counts from the next script run on."""
    coders = [coder.value for coder in model.coders]
    if model.coders == (Coder.PURSUIT,):
        st.caption(ONE_AFTER_ANOTHER_ONLY)
    elif len(coders) > 1 and not st.context.is_embedded:
        key = f"coder of {model.name}"
        st.session_state[key] = model.coder.value
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("How units are chosen:", width="content", help=HELP)
            st.radio(
                "How units are chosen",
                coders,
                format_func=lambda coder: CODER_LABELS[Coder(coder)],
                key=key,
                on_change=lambda: selection.choose_coder(st.session_state[key]),
                horizontal=True,
                label_visibility="collapsed",
            )


def chosen_coding(model: LoadedModel) -> LoadedModel:
    """The model with the chosen way to choose units, without a switch."""
    return model.coded_by(Coder(selection.chosen_coder([coder.value for coder in model.coders])))


def coding_of(model: LoadedModel) -> Coding:
    """What the browser must know of how a model's units are chosen."""
    return Coding(model.coder, model.checkpoint.rule.coder)
