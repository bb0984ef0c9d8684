"""What there is to look at: the bundled pictures, the models, and the trainings; each loaded once."""

import contextlib
import itertools
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import platformdirs
import streamlit as st
from numpy.typing import NDArray

from app import state
from app.access import for_one_user, sees
from app.training.limits import FOR_EACH_VISITOR, FOR_ONE_USER
from app.training.manager import Trainings
from model.analysis.population import Population, measure_population
from model.checkpoint import Checkpoint, CheckpointError, load_checkpoint
from model.config import ModelConfig, Rule
from model.data.pictures import (
    ASSETS,
    DataError,
    Dataset,
    Places,
    cut_patches,
    places_of,
    random_corners,
    random_patches,
)
from model.data.sources import bundled_sample, downloaded_cifar10
from model.kernels.compiled import compile_kernels
from model.metrics import Measurement
from model.rivals.pca import FITTED_PATCHES, Keep, errors_by_component, principal_components
from model.runs.metadata import read_metadata

MEASURED_PATCHES = 10_000
MODELS_KEPT = 8
SHOWN_RUNS = 50
BUNDLED_PATCH_SIZE = ModelConfig().patch_size
BUNDLED = {Rule.RANK_ORDER.value: "Paper's rule", Rule.PROGRESSIVE.value: "Progressive rule"}


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


@st.cache_resource(show_spinner=False)
def sample() -> Dataset:
    """The bundled pictures: what trainings learn from and models are measured on."""
    return bundled_sample()


@st.cache_resource(show_spinner=False)
def pictures() -> Dataset:
    """The pictures to look at: all of CIFAR-10 once it has been downloaded, else the bundled sample."""
    try:
        return downloaded_cifar10() or sample()
    except DataError:  # damaged: whoever asks for it by name is told; looking goes on with what is there
        return sample()


@st.cache_resource(show_spinner=False)
def trainings() -> Trainings:
    """All trainings of this server."""
    return Trainings(runs_folder(), FOR_ONE_USER if for_one_user() else FOR_EACH_VISITOR)


def runs_folder() -> Path:
    """Where models trained in the app are kept."""
    return platformdirs.user_data_path("rankscope") / "runs"


def model_names() -> list[str]:
    """The bundled models, then the newest trained ones that the visitor sees; none that is being trained."""
    trained = {path.parent.name for path in runs_folder().glob("*/checkpoint.safetensors")}
    for training in trainings().all():
        if training.under_way:
            trained.discard(training.name)
        elif training.report().checkpoint is not None and (runs_folder() / training.name).is_dir():
            trained.add(training.name)  # even if the disk had no room for it
    visitor = state.visitor()
    theirs = (name for name in sorted(trained, reverse=True) if sees(visitor, owner_of(name)))
    return [*BUNDLED, *itertools.islice(theirs, SHOWN_RUNS)]


def owner_of(run: str) -> str:
    """Whose a run is; '' for everybody's."""
    training = trainings().find(run)
    return training.request.owner if training else read_metadata(runs_folder() / run).owner


def model_label(name: str) -> str:
    """A model's name for people: the title it was given, or when its training began and by which rule."""
    if name in BUNDLED:
        return BUNDLED[name]
    if title := read_metadata(runs_folder() / name).title:
        return title
    started = re.fullmatch(r"(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-(.+)", name)
    return "{}-{}-{} {}:{}:{}, {}".format(*started.groups()) if started else name


def load_model(name: str) -> LoadedModel:
    """A model by name, and what its units do over `test_patches`.

    Raises:
        CheckpointError: its file is missing or damaged.
    """
    path = run_checkpoint(name)
    kept = path.stat().st_mtime_ns if name not in BUNDLED and path.exists() else 0
    training = trainings().find(name)
    return _load_model(name, (kept, training.report().patches_seen if training else 0))


@st.cache_resource(max_entries=MODELS_KEPT, show_spinner=False)
def _load_model(name: str, version: tuple[int, int]) -> LoadedModel:
    """`version` tells a model apart from itself before it was trained on."""
    checkpoint = load_checkpoint_of(name)
    _, patches = test_patches(checkpoint.config.patch_size)
    return LoadedModel(name, checkpoint, measure_population(checkpoint.weights, patches))


@st.cache_resource(max_entries=4, show_spinner=False)
def test_patches(patch_size: int) -> tuple[Places, NDArray[np.float32]]:
    """The random test patches of the bundled pictures that every model of that patch size is measured on."""
    pictures = sample().test
    corners = random_corners(pictures, patch_size, MEASURED_PATCHES, np.random.default_rng(0))
    return places_of(pictures, corners), cut_patches(pictures, corners, patch_size)


@st.cache_resource(show_spinner=False)
def pca_errors() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """PCA on the patches that the bundled models are measured on.

    Returns:
        Mean error by number of components, each (n_inputs,): from the first components, and from those with
        the largest coefficients.
    """
    train = random_patches(sample().train, BUNDLED_PATCH_SIZE, FITTED_PATCHES, np.random.default_rng(1))
    components = principal_components(train)
    _, test = test_patches(BUNDLED_PATCH_SIZE)
    first, largest = (errors_by_component(components, test, keep) for keep in (Keep.FIRST, Keep.LARGEST))
    return first.mean(axis=0, dtype=np.float64), largest.mean(axis=0, dtype=np.float64)


def warm_up() -> None:
    """Once a server, as it starts: load in the background what the first visitor's page shows."""
    _in_background(pictures)
    _in_background(partial(load_model, next(iter(BUNDLED))))


@st.cache_resource(show_spinner=False)
def warm_up_rest() -> None:
    """Once a server, when the first page has been sent: load and compile what other pages will need.

    One after the other, because visitors are at work by now; and not at low priority, because a thread that
    is put aside while it holds Python's lock holds up everybody. PCA is left to whoever opens a talk.
    """
    _in_background(*(partial(load_model, name) for name in BUNDLED), _compile)


def kernels_are_ready() -> bool:
    """Whether training can begin without waiting for a compiler."""
    return _compiled().is_set()


@st.cache_resource(show_spinner=False)
def _compiled() -> threading.Event:
    return threading.Event()


def _compile() -> None:
    compile_kernels()
    _compiled().set()


def _in_background(*works: Callable[[], object]) -> None:
    """Do one piece of work after the other in a thread."""

    def run() -> None:
        for work in works:
            # What can't be loaded is named on the page, to whoever asks for it.
            with contextlib.suppress(CheckpointError, DataError):
                work()

    threading.Thread(target=run, name="rankscope-warm-up", daemon=True).start()


def run_checkpoint(name: str) -> Path:
    """Where the model of a run is kept."""
    return runs_folder() / name / "checkpoint.safetensors"


def load_checkpoint_of(name: str) -> Checkpoint:
    """A model by name, without what its units do.

    Raises:
        CheckpointError: its file is missing or damaged.
    """
    if name in BUNDLED:
        return load_checkpoint(ASSETS / f"{name}.safetensors")
    training = trainings().find(name)
    if training is not None and (kept := training.report().checkpoint) is not None:
        return kept
    if not run_checkpoint(name).exists():
        raise CheckpointError(f"There is no model {name!r} any more; choose another.")
    return load_checkpoint(run_checkpoint(name))
