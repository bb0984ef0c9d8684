"""The compiled training beside the plain loop: what `python -m model benchmark` prints.

Both start from the same weights, cut patches from the bundled pictures and run alternately in one process, so
that other load on the machine slows both; their ratio varies less than either speed.
"""

import statistics
import time

import numpy as np

from model.config import TrainingConfig
from model.data.pictures import Pictures, random_patches
from model.data.sources import bundled_sample
from model.kernels.compiled import compile_kernels
from model.metrics import measure
from model.reference.peak import multiply_adds, peak
from model.reference.plain_loop import speed
from model.training.loop import MEASURED_PATCHES
from model.training.optimizer import BATCHES_PER_DRAW, Optimizer, initial_state
from model.training.starts import initial_weights


def compare(seconds_each: float = 4.0, rounds: int = 3) -> dict[str, float]:
    """Time both trainings, one after the other in each round.

    Args:
        seconds_each: of wall clock for each training in each round, at least; above 0.
        rounds: how many, at least 1.

    Returns:
        `patches_per_second` of the compiled training, `plain_patches_per_second`, both the median of
        the rounds, and `ratio`, the first over the second; `multiply_adds_per_patch`, counted,
        `peak_multiply_adds_per_second`, the best that a matrix product reached in the rounds, and
        `share_of_peak`.
    """
    config, pictures = TrainingConfig(patches=100_000_000), bundled_sample().train
    start_weights = initial_weights(config.model, config.seed)
    compile_kernels()
    fused, plain, products, active = [], [], [], 0.0
    for number in range(rounds):
        per_second, active = _speed(config, pictures, seconds_each)
        fused.append(per_second)
        products.append(peak(seconds_each / 8))
        plain.append(speed(seconds_each, start_weights, pictures, config.model.patch_size, seed=number))
    medians = statistics.median(fused), statistics.median(plain)
    work = multiply_adds(config, active)
    return {
        "patches_per_second": medians[0],
        "plain_patches_per_second": medians[1],
        "ratio": medians[0] / medians[1],
        "multiply_adds_per_patch": work,
        "peak_multiply_adds_per_second": max(products),
        "share_of_peak": work * medians[0] / max(products),
    }


def _speed(config: TrainingConfig, pictures: Pictures, seconds: float) -> tuple[float, float]:
    """Patches per second of wall clock over at least that time, drawing and averaging included.

    And how many units are active for a patch in the end.
    """
    optimizer = Optimizer(config, pictures, initial_state(config, pictures))
    start = time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        optimizer.advance(BATCHES_PER_DRAW)
    patches = random_patches(pictures, config.model.patch_size, MEASURED_PATCHES, np.random.default_rng(0))
    return optimizer.patches_seen / elapsed, measure(optimizer.weights, patches).l0_mean
