"""How much of what the processors could do a training does: multiply-adds counted, and their peak measured.

What stands between the two, for the paper's rule with 169 units and batches of 8 (times are a patch's, on one
of two threads, of about 7 microseconds): a unit's turn in the cumulative sum waits for the one before it, and
each of its three multiply-adds a column needs a load or a store of its own (1.3 to 1.9); Adam's root and
quotient, which are no multiply-adds and twenty times as slow (1.0); ranking, which compares (0.45); cutting,
scaling and turning a patch (0.5); waiting for the other thread, whose sums have to come from its cache.
"""

import time

import torch

from model.config import CHANNELS, OptimizerKind, TrainingConfig
from model.kernels.thread_pool import processors

SIDE = 768
"""Of the square matrices whose product is timed: they fit into the second cache, and fill the pipelines."""


def multiply_adds(config: TrainingConfig, active: float) -> float:
    """What one patch takes in a training by `rank-order` or `saturation-gated`, counted from the formulas.

    Args:
        config: the settings.
        active: units that are active for a patch, on average.

    Returns:
        Multiply-adds. For each weight one of W x, one of W E_last, one of delta x, and three of Adam's step a
        batch; for each weight of an active unit one of the cumulative sum, one of a E and one of W . E; and
        those of writing the patch in the basis that is learned in.
    """
    size, width = config.model.patch_size, CHANNELS * config.model.patch_size
    weights = config.model.n_units * config.model.n_inputs
    of_basis = size * width * (width + size) if config.optimizer is OptimizerKind.DECORRELATED else 0
    return weights * (3 + 3 / config.batch_size) + 3 * active * config.model.n_inputs + of_basis


def peak(seconds: float) -> float:
    """Multiply-adds a second of a large matrix product, float32, on as many processors as a training uses.

    Args:
        seconds: how long to try, at least; the best product counts.
    """
    matrix = torch.rand(SIDE, SIDE)
    threads = torch.get_num_threads()
    torch.set_num_threads(processors())
    try:
        best, began = float("inf"), time.perf_counter()
        while (now := time.perf_counter()) - began < seconds or best == float("inf"):
            torch.mm(matrix, matrix)
            best = min(best, time.perf_counter() - now)
    finally:
        torch.set_num_threads(threads)
    return SIDE**3 / best
