"""Kill a training again and again, resume it each time, and compare with the run left alone.

Usage: python -m benchmarks.kill_and_resume [KILLS]   (default: 20; takes a few minutes)

Prints one JSON object; exits with status 1 if the weights differ in a single bit.
"""

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from model.checkpoint import load_checkpoint
from model.runs.folder import open_run
from model.runs.state import load_state

SETTINGS = ["--units", "64", "--patch-size", "5", "--patches", "12000000", "--rule", "progressive"]
SHORTEST, LONGEST = 1.0, 4.0
"""Seconds that a training is left to run before it is killed: from its start-up to well into its work."""


def survive(folder: Path, settings: list[str], kills: int, seed: int = 0) -> int:
    """Train in `folder` with `kills` kills at random moments, then to the end.

    Returns:
        How many times the training was killed; fewer than asked if it finished before.

    Raises:
        subprocess.CalledProcessError: the last, undisturbed attempt failed.
    """
    moments = random.Random(seed)
    killed = 0
    for _ in range(kills):
        with subprocess.Popen(command(folder, settings), stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(moments.uniform(SHORTEST, LONGEST))
                break
            except subprocess.TimeoutExpired:
                process.kill()
                killed += 1
    subprocess.run(command(folder, settings), stderr=subprocess.DEVNULL, check=True)
    return killed


def command(folder: Path, settings: list[str]) -> list[str]:
    """Start the run, or resume it once there is something to resume."""
    begun = (folder / "config.json").exists()
    where = ["--resume", str(folder)] if begun else [*settings, "--out", str(folder)]
    return [sys.executable, "-m", "model", "train", *where, "--json"]


def same_outcome(one: Path, other: Path) -> bool:
    """Whether two runs ended with the same bits in model, optimiser and history."""
    states = [load_state(open_run(folder)) for folder in (one, other)]
    if any(state is None for state in states):
        return False
    arrays = [
        {name: value for name, value in vars(state).items() if name != "patches_seen"} for state in states
    ]
    models = [load_checkpoint(folder / "checkpoint.safetensors").weights for folder in (one, other)]
    histories = [(folder / "metrics.jsonl").read_bytes() for folder in (one, other)]
    return (
        all(np.array_equal(arrays[0][name], arrays[1][name]) for name in arrays[0])
        and np.array_equal(models[0], models[1])
        and histories[0] == histories[1]
    )


def main() -> None:
    """Compare the two runs."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as home:
        killed, alone = Path(home) / "killed", Path(home) / "alone"
        count = survive(killed, SETTINGS, kills)
        survive(alone, SETTINGS, kills=0)
        same = same_outcome(killed, alone)
        seen = load_checkpoint(killed / "checkpoint.safetensors").patches_seen
    report = {"kills": count, "patches_seen": seen, "same_outcome": same}
    print(json.dumps(report))
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
