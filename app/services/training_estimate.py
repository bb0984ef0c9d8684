"""How long a training will take on this machine, from timing a few updates."""

import time
from dataclasses import replace

import streamlit as st

from app.services.pictures import bundled_pictures
from app.services.warm_up import kernels_are_ready
from model.config import TrainingConfig
from model.training.optimizer import Optimizer, initial_state
from model.training.phases import phases

TIMED_SECONDS = 0.05
TIMED_BATCH = 16
"""Most patches per update while timing: larger batches are no slower per patch, but take too long to time."""


def estimate_text(config: TrainingConfig) -> str:
    """A sentence on how long a training takes; without a time until the kernels are compiled."""
    if not kernels_are_ready():
        return f"{config.patches:,} patches."
    alike = replace(
        config, patches=TrainingConfig.patches, batch_size=min(config.batch_size, TIMED_BATCH), seed=0
    )
    speeds = [_patches_per_second(alike, phase.begin) for phase in phases(alike)]
    shares = [(phase.end - phase.begin) / alike.patches for phase in phases(alike)]
    seconds = sum(config.patches * share / speed for share, speed in zip(shares, speeds, strict=True))
    return f"Takes about {_duration(seconds)} on this machine, going by how fast it learns right now."


@st.cache_data(ttl=120, max_entries=64, show_spinner=False)
def _patches_per_second(config: TrainingConfig, begin: int) -> float:
    """The speed of a training on the bundled pictures in the phase that begins after `begin` patches."""
    pictures = bundled_pictures().train
    state = replace(initial_state(config, pictures), patches_seen=begin)
    optimizer = Optimizer(config, pictures, state)
    optimizer.advance(1)  # the first update is slower: threads start
    first, started = optimizer.patches_seen, time.perf_counter()
    while (seconds := time.perf_counter() - started) < TIMED_SECONDS or optimizer.patches_seen == first:
        optimizer.advance(16)
    return (optimizer.patches_seen - first) / seconds


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
