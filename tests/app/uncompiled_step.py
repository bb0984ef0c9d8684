"""The stops of a training step that a training reaches, for a process in which the loops are plain Python.

`NUMBA_DISABLE_JIT=1 python -m tests.app.uncompiled_step` prints them as JSON, in the order in which
they are reached.
"""

import json
import tempfile
from pathlib import Path

from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.runs import recorder
from model.runs.folder import create_run
from model.training import loop
from tests.walks import STEP, Stop, python_calls, walk

TINY = TrainingConfig(ModelConfig(n_units=4, patch_size=2), patches=130, batch_size=2)
"""Two draws of patches."""


def calls() -> list[Stop]:
    loop.MEASURED_PATCHES = 10  # thousands would take minutes
    with tempfile.TemporaryDirectory() as folder, python_calls(walk(STEP)) as recorded:
        pictures = bundled_sample()
        run = create_run(Path(folder) / "run", TINY, "sample", pictures)
        list(recorder.run_training(run, pictures))
    return recorded


if __name__ == "__main__":
    print(json.dumps(calls()))
