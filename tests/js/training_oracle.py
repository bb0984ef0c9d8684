"""What the browser must make of a training: the feed's answers, the moments to go to, the units' order."""

import base64
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.api import feed_of_past_run
from model.analysis.population import measure_population, order_by_likeness
from model.checkpoint import load_checkpoint
from model.config import ModelConfig, TrainingConfig
from model.data.pictures import ASSETS, random_patches
from model.data.sources import bundled_sample
from model.runs.folder import Run, create_run, snapshot_path
from model.runs.history import past_run, recorded_points
from model.runs.state import record_snapshot
from model.training.loop import train

SMALL = TrainingConfig(ModelConfig(n_units=9, patch_size=3), patches=20_000)
HAD = 3
"""Points that the browser has already, of those that a later answer continues."""
MOST_WEIGHTS = 24_000_000
FEWEST_PLACES = 4


def feed() -> dict[str, Any]:
    """Answers about a small training, and what its folder says of every recorded snapshot."""
    with TemporaryDirectory() as folder:
        run = trained_run(Path(folder) / "run")
        past, points = past_run(run.folder), recorded_points(run)
        attempt = f"past {past.patches_seen}"
        answers = {
            "whole": feed_of_past_run(past, 0, ""),
            "rest": feed_of_past_run(past, HAD, attempt),
            "nothing": feed_of_past_run(past, len(points), attempt),
            "otherAttempt": feed_of_past_run(past, HAD, "an earlier one"),
        }
        return {
            "had": HAD,
            "answers": {name: base64.b64encode(answer).decode() for name, answer in answers.items()},
            "snapshots": [
                {
                    "figures": {
                        "seen": point.patches_seen,
                        "trainError": point.train.final_error,
                        "testError": point.test.final_error,
                        "trainObjective": point.train.objective,
                        "testObjective": point.test.objective,
                        "errorSum": point.test.error_sum,
                        "dead": point.test.dead_units,
                        "active": point.test.l0_mean,
                    },
                    "errors": point.test.error_by_rank.tolist(),
                    "weights": load_checkpoint(snapshot_path(run, point.patches_seen))
                    .weights.ravel()
                    .tolist(),
                }
                for point in points
            ],
        }


def trained_run(folder: Path) -> Run:
    """A run that has finished."""
    dataset = bundled_sample()
    run = create_run(folder, SMALL, "sample", dataset)
    for snapshot in train(SMALL, dataset):
        record_snapshot(run, snapshot, dataset)
    return run


def places() -> list[dict[str, Any]]:
    """Which of so many recorded snapshots of a model can be gone to."""
    cases = [(1, 169, 7), (2, 169, 7), (81, 169, 7), (200, 1024, 16), (81, 1024, 16), (30, 1024, 16)]
    return [
        {"count": count, "units": units, "patchSize": size, "places": evenly(count, most_places(units, size))}
        for count, units, size in cases
    ]


def most_places(units: int, patch_size: int) -> int:
    """How many snapshots of a model the browser keeps."""
    return max(FEWEST_PLACES, MOST_WEIGHTS // (units * 3 * patch_size**2))


def evenly(count: int, most: int) -> list[int]:
    """At most `most` of the numbers 0 to `count` - 1, both ends among them; halves are rounded up."""
    if count <= most:
        return list(range(count))
    return [(2 * i * (count - 1) + most - 1) // (2 * (most - 1)) for i in range(most)]


def histograms() -> list[dict[str, Any]]:
    """Values and how many of them fall into each bar."""
    rng = np.random.default_rng(0)
    ramp = np.arange(-8, 9) / 4  # on edges, exactly
    cases: list[tuple[NDArray[np.float64], float, float, int]] = [
        (rng.normal(0, 1, 169), -3.0, 3.0, 40),
        (rng.random(169), 0.0, 1.0, 40),
        (ramp, -2.0, 2.0, 16),
        (np.zeros(5), 0.0, 1.0, 20),
    ]
    return [
        {
            "values": values.tolist(),
            "low": low,
            "high": high,
            "counts": np.histogram(values.clip(low, high), bars, (low, high))[0].tolist(),
        }
        for values, low, high, bars in cases
    ]


def unit_order() -> dict[str, Any]:
    """What a bundled model's units do over some patches, and their orders."""
    weights = load_checkpoint(ASSETS / "rank-order.safetensors").weights
    patches = random_patches(bundled_sample().test, 7, 400, np.random.default_rng(0))
    population = measure_population(weights, patches)
    figures = {
        "meanActivation": population.mean_activation.astype(np.float32),
        "firingRate": population.firing_rate.astype(np.float32),
        "meanRank": population.mean_rank.astype(np.float32),
        "likeness": order_by_likeness(weights).astype(np.uint16),
    }
    orders = {
        "index": np.arange(len(weights)),
        "meanActivation": np.argsort(-figures["meanActivation"], kind="stable"),
        "firingRate": np.argsort(-figures["firingRate"], kind="stable"),
        "meanRank": np.argsort(figures["meanRank"], kind="stable"),
        "likeness": figures["likeness"],
    }
    return {
        "figures": {name: values.tolist() for name, values in figures.items()},
        "orders": {name: order.tolist() for name, order in orders.items()},
    }
