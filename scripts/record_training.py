"""Make assets/recorded_training.safetensors anew: the training that Talk plays where none can run.

Usage: python -m scripts.record_training
"""

import os
import time

from model.config import TrainingConfig
from model.data.pictures import ASSETS
from model.data.sources import bundled_sample
from model.kernels.compiled import compile_kernels
from model.kernels.thread_pool import using_processors
from model.training.loop import train
from model.training.recording import record, save_recording

FRAMES = 16


def main() -> None:
    """Train as the Talk page does, and keep what one sees of it."""
    compile_kernels()
    began = time.perf_counter()
    with using_processors((os.cpu_count() or 2) - 1):
        snapshots = list(train(TrainingConfig(), bundled_sample()))
    recording = record(snapshots, FRAMES, time.perf_counter() - began)
    path = ASSETS / "recorded_training.safetensors"
    save_recording(recording, path)
    print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB, {len(snapshots)} points")
    print(f"{recording.seconds:.0f} s, last test error {recording.test_error[-1]:.4f}")


if __name__ == "__main__":
    main()
