"""Kill trainings, saves, exports and imports at random moments, and take away the disk and the clock.

Usage: python -m benchmarks.kill_anything [KILLS]   (default: 50; takes some minutes)

After every kill each run must be readable, with all snapshots that its metrics name and all that the killed
process had said were kept; a cut-off export is taken in whole or refused in one sentence. Resumed trainings
must end in the weights of one that was left alone, bit for bit. Prints a table and one JSON object; exits
with status 1 on any finding.
"""

import ctypes
import io
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.kill_and_resume import command, same_outcome, survive
from model.checkpoint import CheckpointError, load_checkpoint
from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.runs.archive import export_run, import_run
from model.runs.folder import create_run, open_run, snapshot_path
from model.runs.history import PastRun, past_runs, read_metrics
from model.runs.metadata import delete_run
from model.runs.reading import RunError
from model.runs.recorder import run_training

SETTINGS = ["--units", "64", "--patch-size", "5", "--patches", "16000000", "--rule", "progressive"]
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1
"""Of Linux: see prctl(2) and capabilities(7)."""
SMALL_DISK = 200_000
"""Bytes of the largest file that a full disk takes: the newest weights, but not the state to go on from."""
SHARES = {"training": 0.4, "save": 0.2, "export": 0.2, "import": 0.2}
"""Which part of the kills each kind of work gets."""

# Each works until it is killed, in the folder that it is given; the first line says that it has begun, and
# each further one which snapshot is kept.
SAVING = """
import sys
from pathlib import Path
from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.runs import recorder
from model.runs.folder import create_run
recorder.SECONDS_BETWEEN_STATES = 0
config = TrainingConfig(ModelConfig(n_units=256, patch_size=9), patches=100_000_000)
sample = bundled_sample()
run = create_run(Path(sys.argv[1]) / sys.argv[2], config, "sample", sample)
print("begun", flush=True)
for snapshot in recorder.run_training(run, sample):
    if snapshot.recorded:
        print(snapshot.patches_seen, flush=True)
"""
EXPORTING = """
import sys
from pathlib import Path
from model.runs.archive import export_run
print("begun", flush=True)
while True:
    with open(Path(sys.argv[1]) / "out.zip", "wb") as file:
        export_run(Path(sys.argv[1]) / "runs" / "whole", file)
"""
IMPORTING = """
import sys
from pathlib import Path
from model.runs.archive import import_run
from model.runs.metadata import delete_run
runs = Path(sys.argv[1]) / "runs"
print("begun", flush=True)
while True:
    with open(Path(sys.argv[1]) / "whole.zip", "rb") as file:
        delete_run(runs, import_run(file, "again", runs))
"""


def main() -> None:
    """Kill, look, and print."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    counts = {kind: round(share * kills) for kind, share in SHARES.items()}
    moments = random.Random(0)
    findings: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        whole_run(home)
        findings["training"] = killed_trainings(home, counts["training"])
        for kind, script in (("save", SAVING), ("export", EXPORTING), ("import", IMPORTING)):
            findings[kind] = killed_work(home, script, counts[kind], moments)
        findings["full disk"] = full_disk(home)
        findings["clock set back"] = clock_set_back(home)
        findings["no home"] = no_home(home)
    for kind, found in findings.items():
        print(f"{kind:15} {counts.get(kind, 1):3}  {'nothing wrong' if not found else '; '.join(found)}")
    print(json.dumps({"counts": counts, "findings": findings}))
    sys.exit(1 if any(findings.values()) else 0)


def whole_run(home: Path) -> None:
    """A finished run in `home`/runs/whole, and the same as a file."""
    config = TrainingConfig(ModelConfig(n_units=256, patch_size=9), patches=20_000)
    sample = bundled_sample()
    for _ in run_training(create_run(home / "runs" / "whole", config, "sample", sample), sample):
        pass
    file = io.BytesIO()
    export_run(home / "runs" / "whole", file)
    (home / "whole.zip").write_bytes(file.getvalue())


def damage(runs: Path) -> list[str]:
    """What is wrong with the runs in a folder."""
    found = []
    for run in past_runs(runs):
        if not isinstance(run, PastRun):
            found.append(f"{run.name} is damaged: {run.reason}")
            continue
        for row in read_metrics(run.run):
            try:
                load_checkpoint(snapshot_path(run.run, int(row["patches_seen"])))
            except CheckpointError as error:
                found.append(f"{run.name} lost a snapshot: {error}")
    return found


def lost(run: Path, announced: list[int]) -> list[str]:
    """Which of the snapshots that a process had said were kept a run does not have any more."""
    rows = {int(row["patches_seen"]) for row in read_metrics(open_run(run))}
    return [f"{run.name} lost snapshot {seen}, row and all" for seen in announced if seen not in rows]


def cut_off_export(file: Path, home: Path) -> list[str]:
    """What is wrong with how an export that was killed half-way is taken in."""
    runs = home / "taken in"
    try:
        with file.open("rb") as content:
            name = import_run(content, "a", runs)
    except RunError as error:
        return [] if len(str(error).splitlines()) == 1 else [f"refused, but not in one sentence: {error}"]
    found = damage(runs)
    delete_run(runs, name)
    return found


def killed_trainings(home: Path, kills: int) -> list[str]:
    """Kill one training again and again; it must end as if it had been left alone."""
    killed, alone = home / "trainings" / "killed", home / "trainings" / "alone"
    count = survive(killed, SETTINGS, kills)
    survive(alone, SETTINGS, kills=0)
    found = damage(home / "trainings")
    if count < kills:
        found.append(f"it was killed {count} times only")
    return found if same_outcome(killed, alone) else [*found, "it ended in other weights"]


def killed_work(home: Path, script: str, kills: int, moments: random.Random) -> list[str]:
    """Kill processes that execute a script, each at a random moment of its work, and look at the runs."""
    found = []
    for number in range(kills):
        arguments = [
            sys.executable,
            "-c",
            script,
            str(home / "saves" if script == SAVING else home),
            f"{number}",
        ]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            if process.stdout.readline() != b"begun\n":
                found.append("the work did not begin")
            time.sleep(moments.uniform(0, 0.7))
            process.kill()
            output, errors = process.communicate()
            if errors:
                found.append(errors.decode().strip().splitlines()[-1])
        found += damage(home / "runs") + damage(home / "saves")
        if script == SAVING:
            whole_lines = output.decode().split("\n")[:-1]
            found += lost(home / "saves" / f"{number}", [int(line) for line in whole_lines])
        elif script == EXPORTING:
            found += cut_off_export(home / "out.zip", home)
    return found


def full_disk(home: Path) -> list[str]:
    """A training on a disk that gets full says so in one line, and goes on once there is room."""
    limited, alone = home / "disks" / "limited", home / "disks" / "alone"
    settings = ["--patches", "200000"]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_DISK, SMALL_DISK))

    process = attempt(command(limited, settings), preexec_fn=limit)
    found = damage(home / "disks")
    if process.returncode != 2 or "can't be written" not in process.stderr.splitlines()[-1]:
        found.append(f"status {process.returncode}: {process.stderr.splitlines()[-1:]}")
    for folder in (limited, alone):
        subprocess.run(
            command(folder, settings), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True
        )
    return found if same_outcome(limited, alone) else [*found, "it ended in other weights"]


def clock_set_back(home: Path) -> list[str]:
    """A training that was killed, whose files are of next year, is listed, exported, and goes on."""
    folder = home / "clocks" / "early"
    with subprocess.Popen(command(folder, SETTINGS), stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not (folder / "state.safetensors").exists():
            time.sleep(0.05)
        time.sleep(1)
        process.kill()
    next_year = time.time() + 365 * 86_400
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (next_year, next_year))
    found = damage(home / "clocks")
    try:
        file = io.BytesIO()
        export_run(folder, file)
        import_run(file, "early", home / "clocks")
        open_run(folder)
    except RunError as error:
        found.append(str(error))
    subprocess.run(
        command(folder, SETTINGS), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True
    )
    same = same_outcome(folder, home / "trainings" / "alone")
    return found + damage(home / "clocks") + ([] if same else ["it ended in other weights"])


def no_home(home: Path) -> list[str]:
    """The command line works for a user whose home is no folder, or one that can't be written to."""
    locked = home / "locked"
    locked.mkdir(mode=0o555)
    found = []
    for folder in (Path("/proc"), locked):
        environment = {"HOME": folder, "XDG_DATA_HOME": folder / "data", "XDG_CACHE_HOME": folder / "cache"}
        evaluated = attempt(
            [sys.executable, "-m", "model", "evaluate", "assets/rank-order.safetensors", "--patches", "100"],
            env={**os.environ, **{name: str(path) for name, path in environment.items()}},
            preexec_fn=drop_rights,
        )
        found += [] if evaluated.returncode == 0 else [f"{folder}: {evaluated.stderr.splitlines()[-1]}"]
    return found


def drop_rights() -> None:
    """Let the superuser write only where the mode allows it, from the next program on."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE)


def attempt(
    arguments: list[str], env: dict[str, str] | None = None, preexec_fn: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, whatever its status."""
    return subprocess.run(
        arguments, env=env, preexec_fn=preexec_fn, capture_output=True, text=True, check=False
    )  # fmt: skip


if __name__ == "__main__":
    main()
