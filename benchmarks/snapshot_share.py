"""How much of a training its snapshots take. Usage: python -m benchmarks.snapshot_share [ROUNDS].

Each round makes the same updates bare and as `python -m model train` does, measuring snapshots and keeping
the run on disk, alternately. Prints one JSON line: for each length in patches the share of the kept
training's time that the bare one does without, the median of the rounds, and how many snapshots there were.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from model.config import TrainingConfig
from model.data.pictures import Dataset
from model.data.sources import load_dataset
from model.kernels.compiled import compile_kernels
from model.runs.folder import create_run
from model.runs.recorder import run_training
from model.training.optimizer import Optimizer, initial_state

LENGTHS = (110_000, 500_000, 1_000_000)


def main() -> None:
    """Measure and print one JSON line."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    dataset = load_dataset("sample")
    compile_kernels()
    figures = {}
    for patches in LENGTHS:
        config = TrainingConfig(patches=patches)
        shares, snapshots = [], 0
        for _ in range(rounds):
            bare = _bare(config, dataset)
            kept, snapshots = _kept(config, dataset)
            shares.append(1 - bare / kept)
        figures[patches] = {"share": round(statistics.median(shares), 3), "snapshots": snapshots}
    print(json.dumps(figures))


def _bare(config: TrainingConfig, dataset: Dataset) -> float:
    """Seconds that the updates alone take."""
    began = time.perf_counter()
    optimizer = Optimizer(config, dataset.train, initial_state(config, dataset.train))
    while optimizer.patches_seen < config.patches:
        optimizer.advance(1_000_000)
    return time.perf_counter() - began


def _kept(config: TrainingConfig, dataset: Dataset) -> tuple[float, int]:
    """Seconds of the training in a run folder, and how many snapshots it made."""
    with tempfile.TemporaryDirectory() as parent:
        run = create_run(Path(parent) / "run", config, "sample", dataset)
        began = time.perf_counter()
        snapshots = sum(1 for _ in run_training(run, dataset))
        return time.perf_counter() - began, snapshots


if __name__ == "__main__":
    main()
