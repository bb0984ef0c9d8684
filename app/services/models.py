"""Models by name: the bundled ones, and those that a visitor's trainings left."""

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from app.access import sees
from app.services.pictures import measured_patches
from app.services.runs import owner_of, runs_folder, server_trainings
from model.analysis.population import Population, measure_population
from model.checkpoint import Checkpoint, CheckpointError, load_checkpoint
from model.config import Rule
from model.data.pictures import ASSETS
from model.metrics import Measurement
from model.runs.metadata import read_metadata

MODELS_KEPT = 8
"""Models that are kept in memory at a time, each with what its units do over the test patches."""
SHOWN_RUNS = 50
BUNDLED = {Rule.RANK_ORDER.value: "Paper's rule", Rule.PROGRESSIVE.value: "Progressive rule"}
"""The bundled models' names, and what people call them."""


@dataclass(frozen=True)
class LoadedModel:
    """A model and what its units do over test patches of the bundled pictures."""

    name: str
    checkpoint: Checkpoint
    population: Population

    @property
    def measurement(self) -> Measurement:
        """How good it is on those patches."""
        return self.population.measurement


def model_names(visitor: str) -> list[str]:
    """The bundled models, then the newest trained ones that a visitor sees; none that is being trained."""
    trained = {path.parent.name for path in runs_folder().glob("[!.]*/checkpoint.safetensors")}
    for training in server_trainings().all():
        if training.under_way:
            trained.discard(training.name)
        elif training.report().checkpoint is not None and (runs_folder() / training.name).is_dir():
            trained.add(training.name)  # even if the disk had no room for it
    theirs = (name for name in sorted(trained, reverse=True) if sees(visitor, owner_of(name)))
    return [*BUNDLED, *itertools.islice(theirs, SHOWN_RUNS)]


def model_label(name: str) -> str:
    """A model's name for people: the title it was given, or when its training began and by which rule."""
    if name in BUNDLED:
        return BUNDLED[name]
    if title := read_metadata(runs_folder() / name).title:
        return title
    started = re.fullmatch(r"(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-(.+)", name)
    return "{}-{}-{} {}:{}:{}, {}".format(*started.groups()) if started else name


def load_model(name: str) -> LoadedModel:
    """A model by name, and what its units do over the test patches of its patch size.

    Raises:
        CheckpointError: its file is missing or damaged.
    """
    path = run_checkpoint(name)
    kept = path.stat().st_mtime_ns if name not in BUNDLED and path.exists() else 0
    training = server_trainings().find(name)
    return _load_model(name, (kept, training.report().patches_seen if training else 0))


def load_checkpoint_of(name: str) -> Checkpoint:
    """A model by name, without what its units do.

    Raises:
        CheckpointError: its file is missing or damaged.
    """
    if name in BUNDLED:
        return load_checkpoint(ASSETS / f"{name}.safetensors")
    training = server_trainings().find(name)
    if training is not None and (kept := training.report().checkpoint) is not None:
        return kept
    if not run_checkpoint(name).exists():
        raise CheckpointError(f"There is no model {name!r} any more; choose another.")
    return load_checkpoint(run_checkpoint(name))


def run_checkpoint(name: str) -> Path:
    """Where the model of a run is kept."""
    return runs_folder() / name / "checkpoint.safetensors"


@st.cache_resource(max_entries=MODELS_KEPT, show_spinner=False)
def _load_model(name: str, version: tuple[int, int]) -> LoadedModel:
    """`version` tells a model apart from itself before it was trained on."""
    checkpoint = load_checkpoint_of(name)
    _, patches = measured_patches(checkpoint.config.patch_size)
    return LoadedModel(name, checkpoint, measure_population(checkpoint.weights, patches))
