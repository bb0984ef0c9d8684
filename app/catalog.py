"""What there is to look at: the bundled pictures, the models, and the one trainer; each loaded once."""

import contextlib
import re
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs
import streamlit as st

from app.trainer import Trainer, checkpoint_path
from model.checkpoint import Checkpoint, CheckpointError, load_checkpoint
from model.config import Rule
from model.data import ASSETS, Dataset, random_patches
from model.kernels import compile_kernels
from model.metrics import Measurement, measure
from model.sources import bundled_sample

MEASURED_PATCHES = 10_000
SHOWN_RUNS = 4
BUNDLED = {Rule.RANK_ORDER.value: "Paper's rule", Rule.PROGRESSIVE.value: "Progressive rule"}


@dataclass(frozen=True)
class LoadedModel:
    """A model and how good it is on test patches of the bundled pictures."""

    name: str
    checkpoint: Checkpoint
    measurement: Measurement


@st.cache_resource(show_spinner=False)
def pictures() -> Dataset:
    """The bundled sample of CIFAR-10."""
    return bundled_sample()


@st.cache_resource(show_spinner=False)
def trainer() -> Trainer:
    """The one trainer of this server."""
    return Trainer(runs_folder())


def runs_folder() -> Path:
    """Where models trained in the app are kept."""
    return platformdirs.user_data_path("rankscope") / "runs"


def model_names() -> list[str]:
    """The bundled models, then the newest trained ones."""
    report = trainer().report()
    trained = {path.parent.name for path in runs_folder().glob("*/checkpoint.safetensors")}
    if report.checkpoint is not None:
        trained.add(report.run)
    return [*BUNDLED, *sorted(trained, reverse=True)[:SHOWN_RUNS]]


def model_label(name: str) -> str:
    """A model's name for people."""
    if name in BUNDLED:
        return BUNDLED[name]
    started = re.fullmatch(r"\d{8}-(\d\d)(\d\d)(\d\d)-(.+)", name)
    return "Trained {}:{}:{} ({})".format(*started.groups()) if started else name


@st.cache_resource(max_entries=16, show_spinner=False)
def load_model(name: str) -> LoadedModel:
    """A model by name, measured.

    Raises:
        CheckpointError: its file is missing or damaged.
    """
    checkpoint = _checkpoint(name)
    rng = np.random.default_rng(0)
    patches = random_patches(pictures().test, checkpoint.config.patch_size, MEASURED_PATCHES, rng)
    return LoadedModel(name, checkpoint, measure(checkpoint.weights, patches))


def warm_up() -> None:
    """In the background, once a server: load what the first page shows and compile what Train needs."""
    threading.Thread(target=_warm_up, name="rankscope-warm-up", daemon=True).start()


def _warm_up() -> None:
    # A model that can't be loaded is named on the page, to whoever asks for it.
    for name in BUNDLED:
        with contextlib.suppress(CheckpointError):
            load_model(name)
    compile_kernels()


def _checkpoint(name: str) -> Checkpoint:
    if name in BUNDLED:
        return load_checkpoint(ASSETS / f"{name}.safetensors")
    report = trainer().report()
    if name == report.run and report.checkpoint is not None:
        return report.checkpoint
    if name not in model_names():
        raise CheckpointError(f"There is no model {name!r} any more; choose another.")
    return load_checkpoint(checkpoint_path(runs_folder(), name))
