"""Sweeps: what they train, that nothing is trained twice or lost, and the table; in real processes."""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from model import cli
from model.checkpoint import load_checkpoint
from model.cli_parser import make_parser
from model.cluster.engines import on_cluster, on_this_machine
from model.cluster.job import Outcome, finish
from model.cluster.plan import Job, SweepError, planned_jobs
from model.cluster.sweep import Sweep
from model.config import ModelConfig, Rule, TrainingConfig
from model.data.sources import bundled_sample
from model.runs.folder import create_run, open_run
from model.runs.recorder import run_training
from model.runs.state import load_state

ROOT = Path(__file__).resolve().parents[2]
OTHER = TrainingConfig(ModelConfig(9, 3), patches=5_000)


def some_jobs(out: Path, **changes: object) -> list[Job]:
    settings = {
        "rules": [Rule.RANK_ORDER], "units": [9], "patch_sizes": [3], "seeds": [0, 1], "patches": 4_000,
        "source": "sample",
    }  # fmt: skip
    return planned_jobs(out, **{**settings, **changes})  # type: ignore[arg-type]


def weights_alone(config: TrainingConfig, folder: Path) -> np.ndarray:
    """What `python -m model train` ends with."""
    sample = bundled_sample()
    run = create_run(folder, config, "sample", sample)
    list(run_training(run, sample))
    return load_checkpoint(run.checkpoint).weights


def test_a_sweep_has_every_combination_once(tmp_path: Path) -> None:
    jobs = some_jobs(tmp_path, rules=[Rule.RANK_ORDER, Rule.PROGRESSIVE], units=[4, 9], seeds=[0, 5])
    assert [job.folder.name for job in jobs[:3]] == [
        "rank-order-4-3-seed0",
        "rank-order-4-3-seed5",
        "rank-order-9-3-seed0",
    ]
    assert len({job.config for job in jobs}) == 8
    with pytest.raises(SweepError, match=r"not 2\.$"):
        some_jobs(tmp_path, seeds=[1, 1])
    with pytest.raises(SweepError, match="not 20,000"):
        some_jobs(tmp_path, seeds=range(20_000))


@pytest.mark.parametrize(
    ("text", "numbers"), [("64,169", [64, 169]), ("0-4", [0, 1, 2, 3, 4]), ("3-3,7", [3, 7]), ("5-2", [])]
)
def test_ranges_of_numbers(text: str, numbers: list[int]) -> None:
    parser = make_parser(cli.COMMANDS)
    assert parser.parse_args(["sweep", "--out", "a", "--seeds", text]).seeds == numbers


@pytest.mark.parametrize(
    "options",
    [["--seeds", "1,x"], ["--seeds", "-1"], ["--seeds", "1-"], ["--rules", "none"], ["--units", "²"]],
)
def test_nonsense_is_one_line(options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sweep", "--out", str(tmp_path), *options]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_table_is_mean_and_deviation_over_seeds(tmp_path: Path) -> None:
    jobs = some_jobs(tmp_path, units=[2, 3])
    sweep, told = Sweep(jobs), []

    def outcome(error: float) -> Outcome:
        figures = {"final_error": error, "error_sum": 2 * error, "objective": 3 * error, "l0_mean": 1.0}
        return Outcome("", {"error_by_rank": [2 * error, error], **figures}, b"model")

    ended = [
        (jobs[0], outcome(1.0)),
        (jobs[1], outcome(3.0)),
        (jobs[2], outcome(5.0)),
        (jobs[3], ValueError("a fault")),
    ]
    sweep.take(ended, lambda so_far: told.append(so_far.in_words()))
    assert told[-1] == "3 of 4 trainings finished, 1 failed"
    first, second = sweep.rows()
    assert (first["units"], first["seeds"], first["error_at_1_mean"]) == (2, 2, 4.0)
    assert first["error_at_1_std"] == pytest.approx(8**0.5)
    assert (second["seeds"], second["error_sum_mean"], second["error_sum_std"]) == (1, 10.0, 0.0)
    assert (jobs[0].folder / "checkpoint.safetensors").read_bytes() == b"model"  # as without a shared folder
    sweep.write_table(tmp_path)
    rows = list(csv.DictReader((tmp_path / "sweep.csv").read_text().splitlines()))
    assert [row["units"] for row in rows] == ["2", "3"]
    assert json.loads((tmp_path / "sweep.json").read_text())["failed"] == {jobs[3].folder.name: "a fault"}


def test_finished_trainings_are_kept_and_interrupted_ones_go_on(tmp_path: Path) -> None:
    finished, interrupted = some_jobs(tmp_path / "sweep")
    finish(finished, 1)
    before = (finished.folder / "checkpoint.safetensors").stat().st_mtime_ns
    sample = bundled_sample()
    run = create_run(interrupted.folder, interrupted.config, "sample", sample)
    for snapshot in run_training(run, sample):
        if snapshot.patches_seen >= 2_000:
            break
    state = load_state(open_run(run.folder))
    assert state is not None
    assert state.patches_seen < 4_000
    outcomes = [finish(job, 1) for job in (finished, interrupted)]
    assert (finished.folder / "checkpoint.safetensors").stat().st_mtime_ns == before
    assert outcomes[1].measurement["patches"] == 10_000
    alone = weights_alone(interrupted.config, tmp_path / "alone")
    np.testing.assert_array_equal(load_checkpoint(run.checkpoint).weights, alone)


def test_a_folder_with_another_run_is_refused(tmp_path: Path) -> None:
    (job, _) = some_jobs(tmp_path)
    finish(job, 1)
    with pytest.raises(SweepError, match="other settings"):
        finish(Job(job.folder, OTHER, "sample"), 1)


def kill_one_that_trains(folder: Path, patterns: list[str]) -> None:
    """Kill a process of ours that has one of the patterns in its command line, once a run has begun."""
    while not list(folder.glob("*/state.safetensors")):
        time.sleep(0.01)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode().replace("\0", " ")
            parent = int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        if parent == os.getpid() and any(pattern in words for pattern in patterns):
            os.kill(int(process.name), signal.SIGKILL)
            return


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_a_process_that_is_killed_ends_nothing(tmp_path: Path) -> None:
    jobs = some_jobs(tmp_path / "sweep", patches=400_000)
    killer = threading.Thread(target=kill_one_that_trains, args=(tmp_path / "sweep", ["spawn_main"]))
    killer.start()
    ended = dict(on_this_machine(jobs, 2))
    killer.join()
    for job in jobs:
        assert isinstance(ended[job], Outcome), ended[job]
        alone = weights_alone(job.config, tmp_path / f"alone {job.config.seed}")
        np.testing.assert_array_equal(load_checkpoint(job.folder / "checkpoint.safetensors").weights, alone)


@contextmanager
def cluster(workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A Dask scheduler and workers on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    scheduler = ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    worker = ["worker", address, "--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard", "--no-nanny"]
    commands = [scheduler, *([worker] * workers)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{command}", *options],
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for command, *options in commands
    ]  # fmt: skip
    try:
        yield address, processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_cluster_gives_the_weights_of_the_command_line_and_survives_a_killed_worker(tmp_path: Path) -> None:
    jobs = some_jobs(tmp_path / "sweep", patches=400_000)
    with cluster(2) as (address, workers):

        def kill() -> None:
            while not list((tmp_path / "sweep").glob("*/state.safetensors")):
                time.sleep(0.01)
            workers[0].kill()

        killer = threading.Thread(target=kill)
        killer.start()
        ended = dict(on_cluster(jobs, address))
        killer.join()
    for job in jobs:
        assert isinstance(ended[job], Outcome), ended[job]
        alone = weights_alone(job.config, tmp_path / f"alone {job.config.seed}")
        np.testing.assert_array_equal(load_checkpoint(job.folder / "checkpoint.safetensors").weights, alone)


def test_a_scheduler_that_does_not_answer_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.cluster.engines.SECONDS_TO_CONNECT", 0.2)
    with pytest.raises(SweepError, match=r"^No Dask scheduler answers at tcp://127.0.0.1:9; .*\.$"):
        next(on_cluster(some_jobs(tmp_path), "tcp://127.0.0.1:9"))


def test_without_dask_a_cluster_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SweepError, match=r"requirements-cluster\.txt"):
        next(on_cluster(some_jobs(tmp_path), "tcp://127.0.0.1:9"))


def test_the_command_writes_a_table_and_names_what_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["sweep", "--units", "4", "--patch-sizes", "2", "--seeds", "0-1", "--patches", "500"]
    assert cli.main([*arguments, "--processes", "1", "--out", str(tmp_path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report["rows"][0]["seeds"] == 2
    (tmp_path / "rank-order-4-2-seed1" / "config.json").write_text("{")
    assert cli.main([*arguments, "--processes", "1", "--out", str(tmp_path)]) == 2
    assert "rank-order-4-2-seed1 failed" in capsys.readouterr().err
