"""The settings of the next training: presets that fill them in, and a widget for each."""

from dataclasses import asdict
from typing import Any

import streamlit as st

from app.services.models import load_checkpoint_of, model_label, model_names
from app.services.training_estimate import estimate_text
from app.services.training_pictures import CIFAR10, FOLDER, SAMPLE, UPLOADS, picture_loader, source_labels
from app.state import training_choices
from app.state.literal_text import literal
from app.state.training_options import DCT_PAIRS, EMPHASES, NOISE, OPTIMIZERS, PRESETS, RULES, STARTS
from app.state.uploads import uploaded_pictures, uploads
from app.state.visitor import current_visitor, is_one_user
from app.state.widget_keys import PRESET
from app.training.job import TrainingRequest
from model.checkpoint import CheckpointError
from model.config import Emphasis, ModelConfig, OptimizerKind, Rule, Start, TrainingConfig
from model.runs.folder import InitialModel, Run

PATCH_SIZES = (3, 16)
"""Least and most pixels along a side of a patch."""
_OF_RECIPE = ("step_size", "step_decay", "batch_size")
UNITS = (4, 1024)
"""Fewest and most units."""


def training_settings() -> None:
    """Show the widgets, and how long a training with these settings takes."""
    training_choices.set_training_settings(_defaults(), only_missing=True)
    training_choices.set_training_settings(_current_settings())
    presets = list(PRESETS)
    st.selectbox(
        "Preset", presets, index=None, placeholder="fills in what follows", key=PRESET,
        on_change=_apply_preset,
    )  # fmt: skip
    st.radio(
        "Learning rule",
        list(RULES),
        format_func=RULES.__getitem__,
        key=training_choices.setting_key("rule"),
        persist_state="session",
    )
    if training_choices.training_setting("rule", "") == Rule.PURSUIT.value:
        st.radio(
            "Make the most of",
            list(EMPHASES),
            format_func=EMPHASES.__getitem__,
            key=training_choices.setting_key("emphasis"),
            persist_state="session",
        )
    _number_input(
        "Patches to learn from", "patches", 100_000, "Each is a random square of a training picture."
    )
    with st.expander("More settings"):
        _source_inputs()
        _initial_model_inputs()
        _optimizer_input()
        _fraction_input("Step size at the start", "step_size", "How far one update moves the weights.")
        _fraction_input(
            "Step size at the end, as a share", "step_decay", "It shrinks evenly to this share of itself."
        )
        _number_input("Patches per update", "batch_size", 1, "Averaged into one step of the weights.")
        _number_input("Seed", "seed", 1, "The same seed gives the same training.")
    st.caption(_estimate_or_error())


def _optimizer_input() -> None:
    key = training_choices.setting_key("optimizer")
    st.selectbox(
        "A step is taken in",
        list(OPTIMIZERS),
        format_func=OPTIMIZERS.__getitem__,
        key=key,
        persist_state="session",
    )


def _source_inputs() -> None:
    """Where the pictures come from."""
    labels = source_labels(len(uploads()), with_folders=is_one_user())
    training_choices.set_training_settings({"source": _available_source()})
    st.selectbox(
        "Pictures",
        list(labels),
        format_func=labels.__getitem__,
        key=training_choices.setting_key("source"),
        persist_state="session",
    )
    if training_choices.training_setting("source", SAMPLE) == UPLOADS:
        st.caption(
            "The server keeps these pictures in memory until the training ends, even if you close this page. "
            "It saves the model, not the pictures."
        )
    if training_choices.training_setting("source", SAMPLE) == FOLDER:
        key = training_choices.setting_key("folder")
        st.text_input("Folder with pictures", key=key, persist_state="session")


def _initial_model_inputs() -> None:
    """The initial model, and the shape, which is free only if the training starts from noise."""
    starts = [*STARTS, *model_names(current_visitor())]
    if training_choices.training_setting("start", NOISE) not in starts:
        training_choices.set_training_settings({"start": NOISE})
    st.selectbox(
        "Begin with",
        starts,
        format_func=lambda name: STARTS.get(name) or model_label(name),
        key=training_choices.setting_key("start"),
        persist_state="session",
        help="A model trains on from where it is: its units and patch size stay.",
    )
    from_model = training_choices.training_setting("start", NOISE) not in STARTS
    _number_input("Units", "units", 1, "In the hidden layer; the paper uses 169.", disabled=from_model)
    _number_input(
        "Patch size", "patch_size", 1, "Height and width of a patch in pixels; the paper uses 7.",
        disabled=from_model,
    )  # fmt: skip


def chosen_request() -> TrainingRequest:
    """The training that the settings describe.

    Raises:
        ValueError: a setting is out of range, or names something that does not exist.
    """
    chosen = _current_settings()
    initial, shape = _initial_model_and_shape(chosen)
    for name, value, (low, high) in (
        ("patch size", shape.patch_size, PATCH_SIZES),
        ("number of units", shape.n_units, UNITS),
    ):
        if not low <= value <= high:
            raise ValueError(f"The {name} must be a whole number from {low:,} to {high:,}, not {value}.")
    source = chosen["folder"].strip() if chosen["source"] == FOLDER else chosen["source"]
    if not source:
        raise ValueError("Name a folder with pictures, or choose the bundled sample.")
    return TrainingRequest(
        _config(chosen, shape),
        source,
        picture_loader(source, shape.patch_size, uploaded_pictures(), with_folders=is_one_user()),
        initial,
        current_visitor(),
    )


def fill_in_settings(run: Run) -> None:
    """Set the settings to those of a run, for use in callbacks."""
    is_folder = run.source not in {SAMPLE, CIFAR10, UPLOADS}
    values = asdict(run.config)
    shape = values.pop("model")
    training_choices.set_training_settings(
        {
            **_defaults(),
            **values,
            "rule": run.config.rule.value,
            "optimizer": run.config.optimizer.value,
            "emphasis": run.config.emphasis.value,
            "start": DCT_PAIRS if run.config.start is Start.DCT_PAIRS else NOISE,
            "units": shape["n_units"],
            "patch_size": shape["patch_size"],
            "source": FOLDER if is_folder else run.source,
            "folder": run.source if is_folder else "",
            "recipe": run.config,
        }
    )


def fill_in_initial_model(model: str) -> None:
    """Set the initial model of the next training, for use in callbacks."""
    training_choices.set_training_settings({**_current_settings(), "start": model})


def _initial_model_and_shape(chosen: dict[str, Any]) -> tuple[InitialModel | None, ModelConfig]:
    """The initial model with its shape, or None with the chosen shape."""
    name = chosen["start"]
    if name in STARTS:
        return None, ModelConfig(chosen["units"], chosen["patch_size"])
    try:
        checkpoint = load_checkpoint_of(name, current_visitor())
    except CheckpointError as error:
        raise ValueError(str(error)) from error
    return InitialModel(model_label(name), checkpoint), checkpoint.config


def _estimate_or_error() -> str:
    """How long a training with the settings takes, or what is wrong with them."""
    try:
        chosen = _current_settings()
        _, shape = _initial_model_and_shape(chosen)
        return estimate_text(_config(chosen, shape))
    except ValueError as error:
        return literal(str(error))


def _config(chosen: dict[str, Any], shape: ModelConfig) -> TrainingConfig:
    return TrainingConfig(
        model=shape,
        rule=Rule(chosen["rule"]),
        patches=chosen["patches"],
        step_size=chosen["step_size"],
        step_decay=chosen["step_decay"],
        batch_size=chosen["batch_size"],
        seed=chosen["seed"],
        optimizer=OptimizerKind(chosen["optimizer"]),
        start=Start.DCT_PAIRS if chosen["start"] == DCT_PAIRS else Start.NOISE,
        emphasis=Emphasis(chosen["emphasis"]),
    )


def _current_settings() -> dict[str, Any]:
    """The settings; of step and batch, what nobody changed is what the chosen rule learns well with."""
    chosen = {name: training_choices.training_setting(name, value) for name, value in _defaults().items()}
    config = _with_recipe(chosen)
    before, now = ({name: getattr(of, name) for name in _OF_RECIPE} for of in (chosen["recipe"], config))
    untouched = {name: now[name] for name in now if chosen[name] == before[name]}
    return {**chosen, **untouched, "recipe": config}


def _with_recipe(chosen: dict[str, Any]) -> TrainingConfig:
    """The chosen rule, optimizer, start and shape with the step and batch that they learn well with."""
    try:
        shape = ModelConfig(chosen["units"], chosen["patch_size"])
    except ValueError:  # reported by `chosen_request`
        shape = ModelConfig()
    return TrainingConfig(
        shape,
        Rule(chosen["rule"]),
        optimizer=OptimizerKind(chosen["optimizer"]),
        start=Start.DCT_PAIRS if chosen["start"] == DCT_PAIRS else Start.NOISE,
    )


def _available_source() -> str:
    """The chosen source of pictures, or the sample if that source is no longer available."""
    chosen = training_choices.training_setting("source", SAMPLE)
    return chosen if chosen in source_labels(len(uploads()), with_folders=is_one_user()) else SAMPLE


def _defaults() -> dict[str, Any]:
    config = TrainingConfig()
    return {
        "rule": config.rule.value,
        "patches": config.patches,
        "source": SAMPLE,
        "folder": "",
        "start": NOISE,
        "units": config.model.n_units,
        "patch_size": config.model.patch_size,
        "step_size": config.step_size,
        "step_decay": config.step_decay,
        "batch_size": config.batch_size,
        "seed": config.seed,
        "optimizer": config.optimizer.value,
        "emphasis": config.emphasis.value,
        "recipe": config,
    }


def _apply_preset() -> None:
    chosen = st.session_state[PRESET]
    if chosen is not None:
        training_choices.set_training_settings({**_defaults(), **PRESETS[chosen]})


def _number_input(label: str, name: str, step: int, help_text: str, *, disabled: bool = False) -> None:
    key = training_choices.setting_key(name)
    st.number_input(label, step=step, key=key, persist_state="session", help=help_text, disabled=disabled)


def _fraction_input(label: str, name: str, help_text: str) -> None:
    key = training_choices.setting_key(name)
    st.number_input(label, step=0.01, format="%.3f", key=key, persist_state="session", help=help_text)
