"""Trainings that tests start, resume and wait for."""

import threading
import time
from functools import partial
from typing import Any

from app.training.job import Training, TrainingRequest
from app.training.manager import Trainings
from app.training.report import State
from model.config import ModelConfig, TrainingConfig
from model.data.sources import load_dataset

SMALL = TrainingConfig(model=ModelConfig(n_units=16, patch_size=3), patches=2_000)
ENDLESS = TrainingConfig(model=ModelConfig(n_units=16, patch_size=3), patches=100_000_000)


def request_for(config: TrainingConfig, source: str = "sample", **more: Any) -> TrainingRequest:
    return TrainingRequest(config, source, partial(load_dataset, source), **more)


def begin(trainings: Trainings, config: TrainingConfig, source: str = "sample", **more: Any) -> Training:
    training = trainings.find(trainings.start(request_for(config, source, **more)))
    assert training is not None
    return training


def resume(trainings: Trainings, name: str) -> Training:
    run = trainings.open(name)
    trainings.resume(run, request_for(run.config, run.source))
    training = trainings.find(name)
    assert training is not None
    return training


def wait_for(training: Training, state: State) -> None:
    for _ in range(3600):
        if training.report().state is state:
            return
        time.sleep(0.05)
    raise AssertionError(f"still {training.report().state}, not {state}: {training.report().message}")


def wait_until_learning(training: Training) -> None:
    while training.report().patches_seen == 0:
        time.sleep(0.01)


def training_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "rankscope-training"]
