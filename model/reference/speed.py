"""The compiled training beside the plain loop: what `python -m model benchmark` prints.

Both start from the same weights, cut patches from the bundled pictures and run alternately in one process, so
that other load on the machine slows both; their ratio varies less than either speed.
"""

import statistics
import time

from model.config import TrainingConfig
from model.data.pictures import Pictures
from model.data.sources import bundled_sample
from model.kernels.compiled import compile_kernels
from model.reference.plain_loop import speed
from model.training.optimizer import BATCHES_PER_DRAW, Optimizer, initial_state
from model.training.starts import initial_weights


def compare(seconds_each: float = 4.0, rounds: int = 3) -> dict[str, float]:
    """Time both trainings, one after the other in each round.

    Args:
        seconds_each: of wall clock for each training in each round, at least; above 0.
        rounds: how many, at least 1.

    Returns:
        `patches_per_second` of the compiled training, `plain_patches_per_second`, both the median of
        the rounds, and `ratio`, the first over the second.
    """
    config, pictures = TrainingConfig(patches=100_000_000), bundled_sample().train
    start_weights = initial_weights(config.model, config.seed)
    compile_kernels()
    fused, plain = [], []
    for number in range(rounds):
        fused.append(_speed(config, pictures, seconds_each))
        plain.append(speed(seconds_each, start_weights, pictures, config.model.patch_size, seed=number))
    medians = statistics.median(fused), statistics.median(plain)
    return {
        "patches_per_second": medians[0],
        "plain_patches_per_second": medians[1],
        "ratio": medians[0] / medians[1],
    }


def _speed(config: TrainingConfig, pictures: Pictures, seconds: float) -> float:
    """Patches per second of wall clock over at least that time, drawing and averaging included."""
    optimizer = Optimizer(config, pictures, initial_state(config, pictures))
    start = time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        optimizer.advance(BATCHES_PER_DRAW)
    return optimizer.patches_seen / elapsed
