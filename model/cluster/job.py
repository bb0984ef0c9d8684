"""What one worker does for a sweep: train one run to its end, or go on with it, and measure it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from model.checkpoint import load_checkpoint
from model.cluster.plan import Job, SweepError
from model.data.pictures import Dataset, random_patches
from model.data.sources import load_dataset
from model.kernels.thread_pool import using_processors
from model.metrics import measure
from model.runs.folder import Run, create_run, open_run
from model.runs.history import past_run
from model.runs.recorder import run_training

MEASURED_PATCHES = 10_000


@dataclass(frozen=True)
class Outcome:
    """A training of a sweep that has come to its end.

    Attributes:
        name: of its run folder.
        measurement: the model's figures on MEASURED_PATCHES random test patches, as `Measurement.as_json`.
        checkpoint: the file, for those who do not share the folder.
    """

    name: str
    measurement: dict[str, Any]
    checkpoint: bytes


def finish(job: Job, processors: int) -> Outcome:
    """Train a run from where it stands to its end; no-op if it is there.

    Args:
        job: which one.
        processors: that the training uses at most.

    Raises:
        RunError: another process trains in the folder, or it is damaged.
        SweepError: the folder holds a run with other settings.
        DataError: the pictures are missing or too small.
        FloatingPointError: the weights ran off to infinity.
    """
    dataset = load_dataset(job.source)
    run = _run_of(job, dataset)
    with using_processors(processors):
        if past_run(run.folder).state != "finished":
            for _ in run_training(run, dataset):
                pass
        size = job.config.model.patch_size
        patches = random_patches(dataset.test, size, MEASURED_PATCHES, np.random.default_rng(0))
        weights = load_checkpoint(run.checkpoint).weights
        measurement = measure(weights, patches, job.config.rule.coder)
    return Outcome(run.folder.name, measurement.as_json(), run.checkpoint.read_bytes())


def _run_of(job: Job, dataset: Dataset) -> Run:
    if not (job.folder / "config.json").exists():
        return create_run(job.folder, job.config, job.source, dataset)
    run = open_run(job.folder)
    if run.config != job.config:
        raise SweepError(f"{job.folder} holds a run with other settings; choose another folder.")
    return run
