"""Models by name: the bundled ones, and those of runs."""

import itertools
import math
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.access import sees
from app.services.byte_cache import ByteCache
from app.services.pictures import measured_patches
from app.services.runs import owner_of, runs_folder, server_trainings
from model.analysis.population import Population, measure_population, order_by_likeness
from model.analysis.unit_summary import UnitSummary, summarise_unit
from model.checkpoint import Checkpoint, CheckpointError, load_checkpoint
from model.coding.coder import dictionary_for
from model.config import Coder
from model.data.pictures import ASSETS
from model.metrics import Measurement
from model.runs.metadata import check_name, read_metadata
from model.runs.reading import RunError

SECONDS_UNUSED = 120.0
"""After which a run's model may go: about as long as a closed page may come back."""
MOST_MODEL_BYTES = 160 << 20
"""Memory for models with their populations over the test patches: some fifteen of the paper's size."""
UNIT_SUMMARIES_KEPT = 512
"""Summaries of single units that are kept in memory at a time, a few kilobytes each."""
MOST_PURSUIT_WORK = 150_000_000
"""Multiplications for the products of all units with each other, at which a browser still answers in time."""
SHOWN_RUNS = 50
"""Models of runs that a visitor can choose from, the newest."""
BUNDLED = {
    "rank-order": "Paper's rule",
    "progressive": "Progressive rule",
    "progressive-293": "Progressive, 293 units",
    "pursuit": "Pursuit",
    "pursuit-338": "Pursuit, 338 units",
}
"""The bundled models' names and labels."""


@dataclass(frozen=True)
class LoadedModel:
    """A model, the coder that it is shown with, and its population over test patches of the bundled pictures.

    Attributes:
        name: of the bundled model, or of the run.
        checkpoint: weights and settings.
        coder: how units are chosen.
        dictionary: (n_units, n_inputs), the weights as the coder uses them.
        population: what the units do over `measured_patches`.
        version: changes when a run's model does: when it was saved (ns), and how many patches it has seen.
    """

    name: str
    checkpoint: Checkpoint
    coder: Coder
    dictionary: NDArray[np.float32]
    population: Population
    version: tuple[int, int] = (0, 0)

    @property
    def nbytes(self) -> int:
        """Bytes that it takes in memory."""
        return self.checkpoint.weights.nbytes + self.dictionary.nbytes + self.population.nbytes

    @property
    def measurement(self) -> Measurement:
        """Error by rank and other figures over those patches."""
        return self.population.measurement

    def unit_summary(self, unit: int) -> UnitSummary:
        """What a unit, 0 to n_units - 1, does over those patches; computed once for each model and unit."""
        return _unit_summary(self.name, self.version, self.coder, unit, self.population)

    @cached_property
    def units_by_likeness(self) -> NDArray[np.int64]:
        """(n_units,) the units in an order in which neighbours look alike."""
        return order_by_likeness(self.checkpoint.weights)

    @property
    def coders(self) -> tuple[Coder, ...]:
        """The coders that it can be shown with, the one it learned for first.

        Filters that learned for pursuit lean on each other so that ranked at once they rebuild nothing well.
        """
        own, shape = self.checkpoint.rule.coder, self.checkpoint.config
        if own is Coder.RANK_ORDER and shape.n_units <= most_pursuit_units(shape.n_inputs):
            return Coder.RANK_ORDER, Coder.PURSUIT
        return (own,)

    @property
    def work_of_patch(self) -> float:
        """Roughly the multiplications and additions that decompose a patch.

        Every unit answers to the patch once; in pursuit, to each chosen unit as well.
        """
        units, inputs = self.dictionary.shape
        chosen = self.measurement.l0_mean if self.coder is Coder.PURSUIT else 0.0
        return float(units * (inputs + chosen))

    def coded_by(self, coder: Coder) -> "LoadedModel":
        """The same model shown with one of its `coders`, its population measured again for that."""
        if coder is self.coder:
            return self
        key = self.name, self.version, coder
        return _loaded_models().get(key, lambda: _measured(self.name, self.checkpoint, self.version, coder))


def most_pursuit_units(n_inputs: int) -> int:
    """The most units, of `n_inputs` weights each, that a browser chooses one after another in time."""
    return math.isqrt(MOST_PURSUIT_WORK // n_inputs)


def model_names(visitor: str) -> list[str]:
    """The bundled models, then those of the newest SHOWN_RUNS ended runs that a visitor sees."""
    trained = {path.parent.name for path in runs_folder().glob("[!.]*/checkpoint.safetensors")}
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


def load_model(name: str, visitor: str | None) -> LoadedModel:
    """Load a model by name, with its population over the test patches of its patch size.

    Args:
        name: of a bundled model or of a run; it may come from an untrusted message.
        visitor: who wants it, as `app.access.visitor_of` returns it.

    Raises:
        CheckpointError: the name is invalid, the visitor may not see the run, or the file is missing or
            damaged.
    """
    _check_access(name, visitor)
    path = checkpoint_path(name)
    saved_at = path.stat().st_mtime_ns if name not in BUNDLED and path.exists() else 0
    training = server_trainings().find(name)
    version = (saved_at, training.report().patches_seen if training else 0)
    return _loaded_models().get((name, version), lambda: _load_model(name, version))


def load_checkpoint_of(name: str, visitor: str | None) -> Checkpoint:
    """Load a model's checkpoint by name.

    Args:
        name: of a bundled model or of a run; it may come from an untrusted message.
        visitor: who wants it, as `app.access.visitor_of` returns it.

    Raises:
        CheckpointError: as for `load_model`.
    """
    _check_access(name, visitor)
    return _read_checkpoint(name)


def _check_access(name: str, visitor: str | None) -> None:
    """Raise CheckpointError unless a visitor sees the model; another visitor's is treated as missing."""
    if name in BUNDLED:
        return
    try:
        check_name(name)
    except RunError as error:
        raise CheckpointError(str(error)) from error
    if not sees(visitor, owner_of(name)):
        raise _missing(name)


def _missing(name: str) -> CheckpointError:
    return CheckpointError(f"There is no model {name!r} any more; choose another.")


def _read_checkpoint(name: str) -> Checkpoint:
    if name in BUNDLED:
        return load_checkpoint(ASSETS / f"{name}.safetensors")
    training = server_trainings().find(name)
    if training is not None and (checkpoint := training.report().checkpoint) is not None:
        return checkpoint
    if not checkpoint_path(name).exists():
        raise _missing(name)
    return load_checkpoint(checkpoint_path(name))


def checkpoint_path(name: str) -> Path:
    """Where the newest checkpoint of a run is saved."""
    return runs_folder() / name / "checkpoint.safetensors"


def drop_unused_models() -> None:
    """Let go of the models of runs that no page has asked for lately; the bundled ones stay."""
    _loaded_models().drop_unused(SECONDS_UNUSED, lambda key: isinstance(key, tuple) and key[0] not in BUNDLED)


@st.cache_resource(show_spinner=False)
def _loaded_models() -> ByteCache[LoadedModel]:
    return ByteCache(MOST_MODEL_BYTES, lambda model: model.nbytes)


def _load_model(name: str, version: tuple[int, int]) -> LoadedModel:
    checkpoint = _read_checkpoint(name)
    return _measured(name, checkpoint, version, checkpoint.rule.coder)


def _measured(name: str, checkpoint: Checkpoint, version: tuple[int, int], coder: Coder) -> LoadedModel:
    _, patches = measured_patches(checkpoint.config.patch_size)
    population = measure_population(checkpoint.weights, patches, coder)
    return LoadedModel(
        name, checkpoint, coder, dictionary_for(coder, checkpoint.weights), population, version
    )


@st.cache_resource(max_entries=UNIT_SUMMARIES_KEPT, show_spinner=False)
def _unit_summary(
    name: str, version: tuple[int, int], coder: Coder, unit: int, _population: Population
) -> UnitSummary:
    """`_population` follows from the other arguments, which are the cache's key."""
    return summarise_unit(_population, unit)
