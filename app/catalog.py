"""What there is to look at: the bundled pictures, the models, and the one trainer; each loaded once."""

import contextlib
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

from app.trainer import BUSY, Trainer, checkpoint_path
from model.baselines import FITTED_PATCHES, Keep, errors_by_component, principal_components
from model.checkpoint import Checkpoint, CheckpointError, load_checkpoint
from model.config import ModelConfig, Rule
from model.data import (
    ASSETS,
    DataError,
    Dataset,
    Places,
    cut_patches,
    places_of,
    random_corners,
    random_patches,
)
from model.history import PastSnapshot, past_run, past_snapshots
from model.kernels import compile_kernels
from model.metrics import Measurement
from model.population import Population, survey
from model.sources import bundled_sample, downloaded_cifar10

MEASURED_PATCHES = 10_000
MODELS_KEPT = 8
MOST_REPLAYED = 60
REPLAYED_WEIGHTS = 2_000_000
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
def trainer() -> Trainer:
    """The one trainer of this server."""
    return Trainer(runs_folder())


def runs_folder() -> Path:
    """Where models trained in the app are kept."""
    return platformdirs.user_data_path("rankscope") / "runs"


def model_names() -> list[str]:
    """The bundled models, then the newest trained ones; not the one that is being trained."""
    report = trainer().report()
    trained = {path.parent.name for path in runs_folder().glob("*/checkpoint.safetensors")}
    if report.state in BUSY:
        trained.discard(report.run)
    elif report.checkpoint is not None and (runs_folder() / report.run).is_dir():
        trained.add(report.run)  # even if the disk had no room for it
    return [*BUNDLED, *sorted(trained, reverse=True)[:SHOWN_RUNS]]


def model_label(name: str) -> str:
    """A model's name for people."""
    if name in BUNDLED:
        return BUNDLED[name]
    started = re.fullmatch(r"(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-(.+)", name)
    return "{}-{}-{} {}:{}:{}, {}".format(*started.groups()) if started else name


def load_model(name: str) -> LoadedModel:
    """A model by name, and what its units do over `test_patches`.

    Raises:
        CheckpointError: its file is missing or damaged.
    """
    report = trainer().report()
    path = checkpoint_path(runs_folder(), name)
    kept = path.stat().st_mtime_ns if name not in BUNDLED and path.exists() else 0
    return _load_model(name, (kept, report.patches_seen if name == report.run else 0))


@st.cache_resource(max_entries=MODELS_KEPT, show_spinner=False)
def _load_model(name: str, version: tuple[int, int]) -> LoadedModel:
    """`version` tells a model apart from itself before it was trained on."""
    checkpoint = _checkpoint(name)
    _, patches = test_patches(checkpoint.config.patch_size)
    return LoadedModel(name, checkpoint, survey(checkpoint.weights, patches))


def snapshots(run: str) -> tuple[list[PastSnapshot], int]:
    """Some of a run's snapshots, fewer the larger its model is, and its patch size.

    Raises:
        RunError: it is gone or damaged.
    """
    past = past_run(runs_folder() / run)
    return _snapshots(run, past.patches_seen), past.run.config.model.patch_size


@st.cache_resource(max_entries=2, show_spinner=False)
def _snapshots(run: str, patches_seen: int) -> list[PastSnapshot]:
    """`patches_seen` tells a run apart from itself before it was resumed."""
    folder = runs_folder() / run
    model = past_run(folder).run.config.model
    most = REPLAYED_WEIGHTS // (model.n_units * model.n_inputs)
    return past_snapshots(folder, min(max(most, 5), MOST_REPLAYED))


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
    _in_background(lambda: load_model(next(iter(BUNDLED))))


@st.cache_resource(show_spinner=False)
def warm_up_rest() -> None:
    """Once a server, when the first page has been sent: load and compile what other pages will need."""
    for name in BUNDLED:
        _in_background(partial(load_model, name))
    _in_background(compile_kernels)
    _in_background(pca_errors)


def _in_background(work: Callable[[], object]) -> None:
    def run() -> None:
        # What can't be loaded is named on the page, to whoever asks for it.
        with contextlib.suppress(CheckpointError, DataError):
            work()

    threading.Thread(target=run, name="rankscope-warm-up", daemon=True).start()


def _checkpoint(name: str) -> Checkpoint:
    if name in BUNDLED:
        return load_checkpoint(ASSETS / f"{name}.safetensors")
    report = trainer().report()
    if name == report.run and report.checkpoint is not None:
        return report.checkpoint
    if name not in model_names():
        raise CheckpointError(f"There is no model {name!r} any more; choose another.")
    return load_checkpoint(checkpoint_path(runs_folder(), name))
