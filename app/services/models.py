"""Models by name: the bundled ones, and those of runs."""

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
"""Models that are kept in memory at a time, each with its population over the test patches."""
SHOWN_RUNS = 50
"""Models of runs that a visitor can choose from, the newest."""
BUNDLED = {Rule.RANK_ORDER.value: "Paper's rule", Rule.PROGRESSIVE.value: "Progressive rule"}
"""The bundled models' names and labels."""


@dataclass(frozen=True)
class LoadedModel:
    """A model and its population over test patches of the bundled pictures.

    Attributes:
        name: of the bundled model, or of the run.
        checkpoint: weights and settings.
        population: what the units do over `measured_patches`.
    """

    name: str
    checkpoint: Checkpoint
    population: Population

    @property
    def measurement(self) -> Measurement:
        """Error by rank and other figures over those patches."""
        return self.population.measurement


def model_names(visitor: str) -> list[str]:
    """The bundled models, then those of the newest SHOWN_RUNS ended runs that a visitor sees."""
    trained = {path.parent.name for path in runs_folder().glob("*/checkpoint.safetensors")}
    for training in server_trainings().all():
        if training.under_way:
            trained.discard(training.name)
        elif training.report().checkpoint is not None and (runs_folder() / training.name).is_dir():
            trained.add(training.name)  # it is in memory even if the disk was full
    theirs = (name for name in sorted(trained, reverse=True) if sees(visitor, owner_of(name)))
    return [*BUNDLED, *itertools.islice(theirs, SHOWN_RUNS)]


def model_label(name: str) -> str:
    """A model's name for people: its run's title, or else when the training started and by which rule."""
    if name in BUNDLED:
        return BUNDLED[name]
    if title := read_metadata(runs_folder() / name).title:
        return title
    started = re.fullmatch(r"(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-(.+)", name)
    return "{}-{}-{} {}:{}:{}, {}".format(*started.groups()) if started else name


def load_model(name: str) -> LoadedModel:
    """Load a model by name, with its population over the test patches of its patch size.

    Raises:
        CheckpointError: its file is missing or damaged.
    """
    path = checkpoint_path(name)
    saved_at = path.stat().st_mtime_ns if name not in BUNDLED and path.exists() else 0
    training = server_trainings().find(name)
    return _load_model(name, (saved_at, training.report().patches_seen if training else 0))


def load_checkpoint_of(name: str) -> Checkpoint:
    """Load a model's checkpoint by name.

    Raises:
        CheckpointError: its file is missing or damaged.
    """
    if name in BUNDLED:
        return load_checkpoint(ASSETS / f"{name}.safetensors")
    training = server_trainings().find(name)
    if training is not None and (checkpoint := training.report().checkpoint) is not None:
        return checkpoint
    if not checkpoint_path(name).exists():
        raise CheckpointError(f"There is no model {name!r} any more; choose another.")
    return load_checkpoint(checkpoint_path(name))


def checkpoint_path(name: str) -> Path:
    """Where the newest checkpoint of a run is saved."""
    return runs_folder() / name / "checkpoint.safetensors"


@st.cache_resource(max_entries=MODELS_KEPT, show_spinner=False)
def _load_model(name: str, version: tuple[int, int]) -> LoadedModel:
    """`version` changes when a run's model does: when it was saved, and how many patches it has seen."""
    checkpoint = load_checkpoint_of(name)
    _, patches = measured_patches(checkpoint.config.patch_size)
    return LoadedModel(name, checkpoint, measure_population(checkpoint.weights, patches))
