"""What a training is started with: a preset, and every setting by itself."""

from typing import Any

import streamlit as st

from app import state
from model.config import ModelConfig, Rule, TrainingConfig

RULES = {
    Rule.RANK_ORDER.value: "Paper's rule: a unit learns from the residual at its own rank",
    Rule.PROGRESSIVE.value: "Progressive: a unit answers for every residual it takes part in",
    Rule.SATURATION_GATED.value: "Saturation-gated: a common misreading, learns worse",
}
SAMPLE, CIFAR10, FOLDER = "sample", "cifar10", "folder"
SOURCES = {
    SAMPLE: "Bundled sample: 1,000 pictures",
    CIFAR10: "All of CIFAR-10: 50,000 (170 MB, downloaded once)",
    FOLDER: "A folder on the server",
}
PRESETS: dict[str, dict[str, Any]] = {
    "The paper's": {},
    "Best quality": {"rule": Rule.PROGRESSIVE.value, "patches": 6_000_000},
    "Quick demo": {"patches": 300_000},
    "Tiny, 5 x 5": {"patches": 100_000, "patch_size": 5, "units": 64},
}


def training_settings() -> None:
    """Show the settings."""
    state.set_training_settings(_defaults(), only_missing=True)
    presets = list(PRESETS)
    st.selectbox(
        "Start from", presets, index=None, placeholder="a preset", key=state.PRESET, on_change=_take_preset
    )
    st.radio(
        "Learning rule",
        list(RULES),
        format_func=RULES.__getitem__,
        key=state.setting_key("rule"),
        persist_state="session",
    )
    _number("Patches to learn from", "patches", 100_000, "Each is a random square of a training picture.")
    with st.expander("More settings"):
        st.selectbox(
            "Pictures",
            list(SOURCES),
            format_func=SOURCES.__getitem__,
            key=state.setting_key("source"),
            persist_state="session",
        )
        if state.training_setting("source", SAMPLE) == FOLDER:
            st.text_input("Folder with pictures", key=state.setting_key("folder"), persist_state="session")
        _number("Units", "units", 1, "In the hidden layer; the paper uses 169.")
        _number("Patch size", "patch_size", 1, "Height and width of a patch in pixels; the paper uses 7.")
        _share("Step size at the start", "step_size", "How far one update moves the weights.")
        _share("Step size at the end, as a share", "step_decay", "It shrinks evenly to this share of itself.")
        _number("Patches per update", "batch_size", 1, "Averaged into one step of the weights.")
        _number("Seed", "seed", 1, "The same seed gives the same training.")


def chosen_settings() -> tuple[TrainingConfig, str]:
    """The settings as the visitor left them, and where the pictures come from.

    Raises:
        ValueError: one is out of range.
    """
    chosen = {name: state.training_setting(name, default) for name, default in _defaults().items()}
    model = ModelConfig(n_units=chosen["units"], patch_size=chosen["patch_size"])
    config = TrainingConfig(
        model=model,
        rule=Rule(chosen["rule"]),
        patches=chosen["patches"],
        step_size=chosen["step_size"],
        step_decay=chosen["step_decay"],
        batch_size=chosen["batch_size"],
        seed=chosen["seed"],
    )
    if chosen["source"] != FOLDER:
        return config, str(chosen["source"])
    if not chosen["folder"].strip():
        raise ValueError("Name a folder with pictures, or choose the bundled sample.")
    return config, chosen["folder"].strip()


def _defaults() -> dict[str, Any]:
    config = TrainingConfig()
    return {
        "rule": config.rule.value,
        "patches": config.patches,
        "source": SAMPLE,
        "folder": "",
        "units": config.model.n_units,
        "patch_size": config.model.patch_size,
        "step_size": config.step_size,
        "step_decay": config.step_decay,
        "batch_size": config.batch_size,
        "seed": config.seed,
    }


def _take_preset() -> None:
    chosen = st.session_state[state.PRESET]
    if chosen is not None:
        state.set_training_settings({**_defaults(), **PRESETS[chosen]})


def _number(label: str, name: str, step: int, words: str) -> None:
    st.number_input(label, step=step, key=state.setting_key(name), persist_state="session", help=words)


def _share(label: str, name: str, words: str) -> None:
    key = state.setting_key(name)
    st.number_input(label, step=0.01, format="%.3f", key=key, persist_state="session", help=words)
