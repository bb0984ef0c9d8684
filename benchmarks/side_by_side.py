"""Two trainings at once beside one alone. Usage: python -m benchmarks.side_by_side.

Both trainings run in threads of one process, as two visitors' trainings do. Prints one JSON line: patches
learned per second by one training alone, by the slower and the faster of two at once, and by both together;
medians of alternating rounds.
"""

import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from model.config import TrainingConfig
from model.data.sources import bundled_sample
from model.kernels.compiled import compile_kernels
from model.training.optimizer import BATCHES_PER_DRAW, Optimizer, initial_state

SECONDS = 4.0
ROUNDS = 3


def main() -> None:
    """Measure and print one JSON line."""
    alone, pairs = [], []
    for _ in range(ROUNDS):
        alone += _speeds(1)
        pairs.append(_speeds(2))
    figures = {
        "alone": statistics.median(alone),
        "each_of_two": [statistics.median(min(pair) for pair in pairs), statistics.median(map(max, pairs))],
        "both": statistics.median(map(sum, pairs)),
    }
    print(json.dumps(figures))


def _speeds(trainings: int) -> list[float]:
    """Patches per second of each of some trainings that run at once, sampling included."""
    config, pictures = TrainingConfig(patches=100_000_000), bundled_sample().train
    compile_kernels()

    def speed(_: int) -> float:
        optimizer = Optimizer(config, pictures, initial_state(config, pictures))
        began = time.perf_counter()
        while (elapsed := time.perf_counter() - began) < SECONDS:
            optimizer.advance(BATCHES_PER_DRAW)
        return optimizer.patches_seen / elapsed

    with ThreadPoolExecutor(trainings) as pool:
        return list(pool.map(speed, range(trainings)))


if __name__ == "__main__":
    main()
