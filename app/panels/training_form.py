"""What a training is started with: a preset, and every setting by itself."""

from dataclasses import asdict
from typing import Any

import streamlit as st

from app.services.models import load_checkpoint_of, model_label, model_names
from app.services.training_estimate import estimate_in_words
from app.services.training_pictures import CIFAR10, FOLDER, SAMPLE, UPLOADS, loader, sources
from app.state import training_choices
from app.state.uploads import own_pictures, uploads
from app.state.visitor import current_visitor
from app.state.widget_keys import PRESET
from app.training.job import TrainingRequest
from model.checkpoint import CheckpointError
from model.config import ModelConfig, Rule, TrainingConfig
from model.runs.folder import InitialModel, Run

RULES = {
    Rule.RANK_ORDER.value: "Paper's rule: a unit learns from the residual at its own rank",
    Rule.PROGRESSIVE.value: "Progressive: a unit answers for every residual it takes part in",
    Rule.SATURATION_GATED.value: "Saturation-gated: a common misreading, learns worse",
}
PRESETS: dict[str, dict[str, Any]] = {
    "The paper's": {},
    "Best quality": {"rule": Rule.PROGRESSIVE.value, "patches": 6_000_000},
    "Quick demo": {"patches": 300_000},
    "Tiny, 5 x 5": {"patches": 100_000, "patch_size": 5, "units": 64},
}
NOISE = ""
PATCH_SIZES = (3, 16)
UNITS = (4, 1024)


def training_settings() -> None:
    """Show the settings, and how long a training with them will take."""
    training_choices.set_training_settings(_defaults(), only_missing=True)
    presets = list(PRESETS)
    st.selectbox(
        "Preset", presets, index=None, placeholder="fills in what follows", key=PRESET,
        on_change=_take_preset,
    )  # fmt: skip
    st.radio(
        "Learning rule",
        list(RULES),
        format_func=RULES.__getitem__,
        key=training_choices.setting_key("rule"),
        persist_state="session",
    )
    _number("Patches to learn from", "patches", 100_000, "Each is a random square of a training picture.")
    with st.expander("More settings"):
        _pictures()
        _shape()
        _share("Step size at the start", "step_size", "How far one update moves the weights.")
        _share("Step size at the end, as a share", "step_decay", "It shrinks evenly to this share of itself.")
        _number("Patches per update", "batch_size", 1, "Averaged into one step of the weights.")
        _number("Seed", "seed", 1, "The same seed gives the same training.")
    st.caption(_estimate())


def _pictures() -> None:
    offered = sources(len(uploads()))
    training_choices.set_training_settings({"source": _offered_source()})
    st.selectbox(
        "Pictures",
        list(offered),
        format_func=offered.__getitem__,
        key=training_choices.setting_key("source"),
        persist_state="session",
    )
    if training_choices.training_setting("source", SAMPLE) == FOLDER:
        key = training_choices.setting_key("folder")
        st.text_input("Folder with pictures", key=key, persist_state="session")


def _shape() -> None:
    """From noise with any shape, or from a model with that model's."""
    starts = [NOISE, *model_names(current_visitor())]
    if training_choices.training_setting("start", NOISE) not in starts:
        training_choices.set_training_settings({"start": NOISE})
    st.selectbox(
        "Begin with",
        starts,
        format_func=lambda name: model_label(name) if name else "noise",
        key=training_choices.setting_key("start"),
        persist_state="session",
        help="A model trains on from where it is: its units and patch size stay.",
    )
    from_model = training_choices.training_setting("start", NOISE) != NOISE
    _number("Units", "units", 1, "In the hidden layer; the paper uses 169.", disabled=from_model)
    _number(
        "Patch size", "patch_size", 1, "Height and width of a patch in pixels; the paper uses 7.",
        disabled=from_model,
    )  # fmt: skip


def chosen_request() -> TrainingRequest:
    """What to train, as the visitor left the settings.

    Raises:
        ValueError: a setting is out of range, or what it names is not there.
    """
    chosen = _chosen()
    start, shape = _start_and_shape(chosen)
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
        _config(chosen, shape), source, loader(source, own_pictures()), start, current_visitor()
    )


def take_settings_of(run: Run) -> None:
    """Fill in what a run was started with."""
    named = run.source in {SAMPLE, CIFAR10, UPLOADS}
    values = asdict(run.config)
    shape = values.pop("model")
    training_choices.set_training_settings(
        {
            **_defaults(),
            **values,
            "rule": run.config.rule.value,
            "units": shape["n_units"],
            "patch_size": shape["patch_size"],
            "source": run.source if named else FOLDER,
            "folder": "" if named else run.source,
        }
    )


def train_on_from(model: str) -> None:
    """Fill in that the next training begins with a model."""
    training_choices.set_training_settings({**_chosen(), "start": model})


def _start_and_shape(chosen: dict[str, Any]) -> tuple[InitialModel | None, ModelConfig]:
    """From a model in that model's shape, or from noise in the one that the visitor set."""
    name = chosen["start"]
    if name == NOISE:
        return None, ModelConfig(chosen["units"], chosen["patch_size"])
    try:
        checkpoint = load_checkpoint_of(name)
    except CheckpointError as error:
        raise ValueError(str(error)) from error
    return InitialModel(model_label(name), checkpoint), checkpoint.config


def _estimate() -> str:
    try:
        chosen = _chosen()
        _, shape = _start_and_shape(chosen)
        return estimate_in_words(_config(chosen, shape))
    except ValueError as error:
        return str(error)


def _config(chosen: dict[str, Any], shape: ModelConfig) -> TrainingConfig:
    return TrainingConfig(
        model=shape,
        rule=Rule(chosen["rule"]),
        patches=chosen["patches"],
        step_size=chosen["step_size"],
        step_decay=chosen["step_decay"],
        batch_size=chosen["batch_size"],
        seed=chosen["seed"],
    )


def _chosen() -> dict[str, Any]:
    return {name: training_choices.training_setting(name, default) for name, default in _defaults().items()}


def _offered_source() -> str:
    """The chosen source of pictures, unless that is no longer to be had."""
    chosen = training_choices.training_setting("source", SAMPLE)
    return chosen if chosen in sources(len(uploads())) else SAMPLE


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
    }


def _take_preset() -> None:
    chosen = st.session_state[PRESET]
    if chosen is not None:
        training_choices.set_training_settings({**_defaults(), **PRESETS[chosen]})


def _number(label: str, name: str, step: int, words: str, *, disabled: bool = False) -> None:
    key = training_choices.setting_key(name)
    st.number_input(label, step=step, key=key, persist_state="session", help=words, disabled=disabled)


def _share(label: str, name: str, words: str) -> None:
    key = training_choices.setting_key(name)
    st.number_input(label, step=0.01, format="%.3f", key=key, persist_state="session", help=words)
