"""Windows has no `fcntl` and its like: everything can be imported, and a small run trained, without them."""

import os
import subprocess
import sys
from pathlib import Path

from scripts.import_graph import modules

ROOT = Path(__file__).resolve().parents[2]
POSIX_MODULES = [
    "fcntl",
    "resource",
    "termios",
    "tty",
    "pty",
    "pwd",
    "grp",
    "posix",
    "syslog",
    "readline",
    "curses",
]
POSIX_FUNCTIONS = [
    "setpriority",
    "getpriority",
    "nice",
    "fork",
    "forkpty",
    "getuid",
    "geteuid",
    "mkfifo",
    "chown",
]
WITHOUT_POSIX = f"""
import importlib, os, sys

# Libraries are imported as this system has them: on Windows they have parts of their own for it. Ours are
# imported a second time, without what Windows lacks.
ours = {sorted(modules())!r}
for name in ours:
    importlib.import_module(name)
for name in [name for name in sys.modules if name.split(".")[0] in ("app", "model")]:
    del sys.modules[name]
for name in {POSIX_MODULES}:
    sys.modules[name] = None
for name in {POSIX_FUNCTIONS}:
    delattr(os, name)
for name in ours:
    importlib.import_module(name)
print("imported", len(ours), "modules", flush=True)
"""
TRAINING = """
from itertools import islice
from pathlib import Path
from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.runs.folder import create_run, open_run
from model.runs.history import past_run
from model.runs.reading import RunError
from model.runs.recorder import run_training

folder, sample = Path(sys.argv[1]) / "a", bundled_sample()
config = TrainingConfig(ModelConfig(n_units=5, patch_size=2), patches=4_000)
training = run_training(create_run(folder, config, "sample", sample), sample)
list(islice(training, 2))
try:
    next(run_training(open_run(folder), sample))
except RunError as error:
    print(error)
training.close()
list(run_training(open_run(folder), sample))
print(past_run(folder).state)

from app.training.job import Training, TrainingRequest
from app.training.queue import TrainingQueue

request = TrainingRequest(config, "sample", lambda _: sample)
training = Training("b", request, folder.parent, TrainingQueue(1), None)
training._thread.join()
print(training.report().state, training.report().message)
"""


def test_everything_is_imported_and_a_run_trained_without_posix_modules(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WITHOUT_POSIX + TRAINING, str(tmp_path)],
        cwd=ROOT,
        env={
            **os.environ,
            "XDG_DATA_HOME": str(tmp_path / "data"),
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-4:] == [
        f"imported {len(modules())} modules",
        f"Another process is training in {tmp_path / 'a'}; wait for it or end it.",
        "finished",
        "finished ",
    ]
