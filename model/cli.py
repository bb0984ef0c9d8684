"""The command line: `python -m model train`, `evaluate`, `compare`, `decompose`, `reproduce`, `sweep` ...

Progress goes to standard error; with --json the last line of standard output is one JSON object. The exit
status is 0, or 2 with one line on standard error for anything the user got wrong.
"""

# Long because each command is here whole: its options, what it does, how its answer is printed.

import argparse
import contextlib
import json
import math
import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from model.analysis.picture_quality import (
    NEVER,
    best_ranks,
    quality,
    quality_by_rank,
    tile_errors,
    units_needed,
)
from model.checkpoint import Checkpoint, CheckpointError
from model.cli_parser import LONGEST_DECOMPOSED_SIDE, OMP, UsageError, make_parser
from model.cluster.engines import on_cluster, on_this_machine
from model.cluster.plan import SweepError, planned_jobs
from model.cluster.sweep import Sweep
from model.coding.coder import dictionary_for
from model.coding.decomposition_files import read_picture_to_decompose, write_decomposition
from model.coding.picture_code import PictureCode, Tiling, encode_picture, reconstruct_values
from model.comparison.measured import common_ranks, figures, measure_contender, verdict_of, warnings
from model.comparison.names import check_names, contenders
from model.config import Coder, Emphasis, ModelConfig, OptimizerKind, Rule, Start, TrainingConfig
from model.data.pictures import DataError, Dataset, random_patches
from model.data.sources import NAMED_SOURCES, load_dataset
from model.imports.filters import Axes, Scale, load_model_file
from model.kernels.thread_pool import processors
from model.metrics import measure, summarise
from model.reference.speed import compare
from model.rivals.bundled import RivalsError
from model.rivals.omp import omp_errors
from model.runs.folder import InitialModel, Run, create_run, open_run
from model.runs.history import read_metrics
from model.runs.metadata import claim_folder
from model.runs.reading import RunError
from model.runs.recorder import run_training
from model.runs.state import load_state

MOST_NOTES = 10
"""On pictures left out; more are only counted."""
MOST_RANKED = 40_000_000
"""Patches times units of a picture: each takes up to 25 bytes."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status."""
    try:
        options = make_parser(COMMANDS).parse_args(arguments)
        report = options.command(options)
        _write(sys.stdout, json.dumps(report) if options.json else _as_lines(report))
    except (
        UsageError,
        DataError,
        CheckpointError,
        RunError,
        RivalsError,
        SweepError,
        ValueError,
        FloatingPointError,
    ) as error:
        message = str(error)
    except KeyboardInterrupt:
        message = "stopped before the end; a training goes on with --resume RUN_DIR."
    except OSError as error:  # mostly of what is printed: files that can't be used have errors of their own
        message = f"input or output failed ({error.strerror or error})."
    else:
        return 0
    with contextlib.suppress(OSError):
        _write(sys.stderr, f"error: {message}")
    return 2


def _write(stream: TextIO, text: str) -> None:
    """Print a line at once.

    Raises:
        OSError: the disk is full, or nobody reads any more. Python then does not try again at its end, which
            would change the exit status.
    """
    try:
        print(text, file=stream, flush=True)
    except OSError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise


def run_train(options: argparse.Namespace) -> dict[str, object]:
    """Train in a run folder, or resume one; return what the newest snapshot measured."""
    if options.resume:
        run = open_run(options.resume)
        dataset = load_with_progress(run.source, run.config.model.patch_size)
    else:
        run, dataset = _new_run(options)
    began = time.perf_counter()
    state = load_state(run)
    begun_with = state.patches_seen if state else 0
    with tqdm(
        total=run.config.patches, initial=begun_with, unit=" patches", unit_scale=True, file=sys.stderr
    ) as progress:
        for snapshot in run_training(run, dataset):
            progress.update(snapshot.patches_seen - progress.n)
            progress.set_postfix_str(f"test error {snapshot.test.final_error:.4f}", refresh=False)
    seconds = time.perf_counter() - began
    rows = read_metrics(run)
    if not rows:
        raise RunError(f"{run.folder} has lost its metrics.jsonl; start a new run.")
    newest = rows[-1]
    return {
        "checkpoint": str(run.checkpoint),
        "patches_seen": newest["patches_seen"],
        "seconds": seconds,
        "patches_per_second": (newest["patches_seen"] - begun_with) / seconds,
        "train": newest["train"],
        "test": newest["test"],
    }


def _new_run(options: argparse.Namespace) -> tuple[Run, Dataset]:
    start = _initial_model(options.start)
    rule = Rule(options.rule)
    if rule is Rule.PURSUIT and options.optimizer:
        raise UsageError("--rule pursuit has an optimizer of its own; leave --optimizer out.")
    if rule is not Rule.PURSUIT and options.emphasis:
        raise UsageError("--emphasis is for --rule pursuit alone.")
    shape = start.checkpoint.config if start else ModelConfig()
    config = TrainingConfig(
        model=ModelConfig(
            n_units=shape.n_units if options.units is None else options.units,
            patch_size=shape.patch_size if options.patch_size is None else options.patch_size,
        ),
        rule=rule,
        patches=options.patches,
        seed=options.seed,
        optimizer=OptimizerKind(options.optimizer or OptimizerKind.DECORRELATED),
        start=Start.NOISE if start else Start(options.start),
        emphasis=Emphasis(options.emphasis or Emphasis.MANY_UNITS),
    )
    dataset = load_with_progress(options.data, config.model.patch_size)
    wanted = f"{datetime.now():%Y%m%d-%H%M%S}-{options.rule}"
    folder = options.out or claim_folder(Path("runs"), wanted)
    # A run is resumed from anywhere, so a folder of pictures is remembered by its full name.
    source = options.data if options.data in NAMED_SOURCES else str(Path(options.data).expanduser().resolve())
    return create_run(folder, config, source, dataset, start), dataset


def _initial_model(start: str) -> InitialModel | None:
    """The model that --start names; None for a start that needs none."""
    if start in set(Start):
        return None
    return InitialModel(Path(start).stem, load_model_file(Path(start)))


def run_evaluate(options: argparse.Namespace) -> dict[str, object]:
    """Measure a checkpoint on random patches of one split."""
    _check_draw(options, 1, 1_000_000)
    checkpoint = _model_file(options)
    size = checkpoint.config.patch_size
    pictures = load_with_progress(options.data, size).split(options.split)
    rng = np.random.default_rng(options.seed)
    patches = random_patches(pictures, size, options.patches, rng)
    if options.coder == OMP:
        return summarise(*omp_errors(checkpoint.weights, patches)).as_json()
    coder = Coder(options.coder or checkpoint.rule.coder)
    return measure(checkpoint.weights, patches, coder).as_json()


def _model_file(options: argparse.Namespace) -> Checkpoint:
    """The checkpoint, or the filters made elsewhere, that a command is asked to use."""
    return load_model_file(options.checkpoint, *_layout(options))


def _layout(options: argparse.Namespace) -> tuple[Axes | None, Scale | None]:
    """How --axes and --scale say that filters made elsewhere are to be read."""
    return Axes(options.axes) if options.axes else None, Scale(options.scale) if options.scale else None


def _check_draw(options: argparse.Namespace, fewest: int, most: int) -> None:
    """Raise UsageError unless --patches and --seed can be drawn with."""
    if not fewest <= options.patches <= most:
        raise UsageError(f"--patches must be from {fewest:,} to {most:,}, not {options.patches}.")
    if options.seed < 0:
        raise UsageError(f"--seed must not be negative, not {options.seed}.")


def run_compare(options: argparse.Namespace) -> dict[str, object]:
    """Measure two to four models or rivals on the same test patches, and say in words who is better where."""
    _check_draw(options, 2, 100_000)
    check_names(options.models)
    dataset = load_with_progress(options.data, ModelConfig().patch_size)
    sides = []
    for each in tqdm(
        contenders(options.models, dataset, *_layout(options)), unit=" models", leave=False, file=sys.stderr
    ):
        rng = np.random.default_rng(options.seed)
        patches = random_patches(dataset.test, each.patch_size, options.patches, rng)
        sides.append(measure_contender(each, patches, options.ranks))
    ranks = common_ranks(sides)
    report: dict[str, object] = {"data": dataset.name, "patches": options.patches, "ranks": ranks}
    report["models"] = {each.contender.name: figures(each, ranks) for each in sides}
    if found := warnings(sides):
        report["warning"] = " ".join(found)
    return {**report, "verdict": verdict_of(sides)}


def run_decompose(options: argparse.Namespace) -> dict[str, object]:
    """Rebuild a picture at every rank; write it at some of them and as an animation."""
    if not 1 <= options.longest <= LONGEST_DECOMPOSED_SIDE:
        raise UsageError(f"--longest must be from 1 to {LONGEST_DECOMPOSED_SIDE}, not {options.longest}.")
    if options.budget is not None and options.budget < 0:
        raise UsageError(f"--budget must not be negative, not {options.budget}.")
    checkpoint = _model_file(options)
    coder = Coder(options.coder or checkpoint.rule.coder)
    weights, size = dictionary_for(coder, checkpoint.weights), checkpoint.config.patch_size
    picture = read_picture_to_decompose(options.image, size, options.longest)
    stride = size if options.stride is None else options.stride
    patches = len(Tiling(picture.shape[0], picture.shape[1], size, stride))
    if patches * len(weights) > MOST_RANKED:
        raise UsageError(
            f"{patches:,} patches are too many; choose a smaller --longest or a larger --stride."
        )
    code = encode_picture(picture, weights, size, stride, coder)
    folder = options.out or Path(f"{options.image.stem}-decomposed")
    files = write_decomposition(folder, picture, code, weights, options.ranks)
    qualities = quality_by_rank(code, picture, weights)[1:]
    return {
        "height": picture.shape[0],
        "width": picture.shape[1],
        "stride": stride,
        "patches": patches,
        "l0_mean": float(code.active_units.mean()),
        "psnr_by_rank": [_finite(each.psnr) for each in qualities],
        "mean_error_by_rank": [each.mean_error for each in qualities],
        "units_by_rank": [code.units_spent(k + 1) for k in range(len(qualities))],
        "files": [str(file) for file in files],
        **_spent(options, picture, code, weights),
    }


def _spent(
    options: argparse.Namespace, picture: NDArray[np.uint8], code: PictureCode, weights: NDArray[np.float32]
) -> dict[str, object]:
    """What a budget gives and what an error costs, if they were asked for."""
    if options.budget is None and options.error is None:
        return {}
    report: dict[str, object] = {}
    chosen = {}
    errors = tile_errors(code, picture, weights)
    if options.budget is not None:
        chosen["budget"] = best_ranks(errors, code, options.budget)
    if options.error is not None:
        needed = units_needed(errors, code, options.error)
        report["never_under_error"] = int((needed == NEVER).sum())
        chosen["error"] = np.where(needed == NEVER, code.active_units, needed)
    for name, ranks in chosen.items():
        found = quality(picture, reconstruct_values(code, weights, ranks))
        report[name] = {"units": code.units_spent(ranks), "psnr": _finite(found.psnr)}
    return report


def _finite(number: float) -> float | None:
    """JSON knows no infinity: a PSNR without error is null."""
    return number if math.isfinite(number) else None


def _as_lines(report: dict[str, object]) -> str:
    """A report for people: one line a figure, of the error by rank only a few ranks."""
    lines = []
    for name, value in report.items():
        if isinstance(value, dict):
            lines += [f"{name}:", *("  " + line for line in _as_lines(value).splitlines())]
        elif name == "files":
            lines.append(f"{name}: {', '.join(map(str, value))}" if isinstance(value, list) else str(value))
        elif isinstance(value, list):
            ranks = [k for k in (1, 5, 10, 20, 50, len(value)) if k <= len(value)]
            lines.append(f"{name}: " + ", ".join(f"k={k}: {_in_words(value[k - 1], name)}" for k in ranks))
        else:
            lines.append(f"{name}: {_in_words(value, name)}")
    return "\n".join(lines)


def _in_words(value: object, name: str) -> str:
    if value is None:
        return "exact" if name.startswith("psnr") else "-"
    return f"{value:,.4f}" if isinstance(value, float) else str(value)


def run_reproduce(options: argparse.Namespace) -> dict[str, object]:
    """Train as the paper does, and write its figures and a report."""
    # Imported here because it draws with matplotlib, for which no other command should wait.
    from model.report.reproduction import reproduce  # noqa: PLC0415

    config = TrainingConfig(patches=options.patches, seed=options.seed)
    dataset = load_with_progress(options.data, config.model.patch_size)
    with tqdm(total=config.patches, unit=" patches", unit_scale=True, file=sys.stderr) as bar:
        try:
            report = reproduce(dataset, config, options.out, lambda seen: bar.update(seen - bar.n))
        except OSError as error:
            raise UsageError(f"{options.out} can't be written ({error.strerror or error}).") from error
    told = {name: report.numbers[name] for name in ("verdict", "as_good_as_author", "beside_author")}
    return {"report": str(report.html), **told}


def run_sweep(options: argparse.Namespace) -> dict[str, object]:
    """Train every combination of some settings, and write a table of mean and deviation over seeds."""
    jobs = planned_jobs(
        options.out.absolute(), rules=options.rules, units=options.units, patch_sizes=options.patch_sizes,
        seeds=options.seeds, patches=options.patches, source=options.data,
    )  # fmt: skip
    load_with_progress(options.data, max(options.patch_sizes))  # what is missing is said, or loaded, once
    options.out.mkdir(parents=True, exist_ok=True)
    sweep = Sweep(jobs)
    if options.scheduler:
        ended = on_cluster(jobs, options.scheduler)
    else:
        ended = on_this_machine(jobs, options.processes or processors())
    with tqdm(total=len(jobs), unit=" trainings", file=sys.stderr) as bar:

        def show(so_far: Sweep) -> None:
            bar.update(len(so_far.outcomes) + len(so_far.failed) - bar.n)
            bar.set_postfix_str(so_far.in_words(), refresh=True)
            so_far.write_table(options.out)

        sweep.take(ended, show)
    if sweep.failed:
        name, reason = next(iter(sweep.failed.items()))
        others = f" (and {len(sweep.failed) - 1} more)" if len(sweep.failed) > 1 else ""
        raise SweepError(f"{name} failed{others}: {reason}")
    return {"table": str(options.out / "sweep.csv"), "rows": sweep.rows()}


def run_benchmark(_: argparse.Namespace) -> dict[str, object]:
    """The compiled training beside the plain loop, in the same run on this machine."""
    return {**compare()}


def load_with_progress(source: str, patch_size: int) -> Dataset:
    """`load_dataset`, with a bar while something is downloaded, and a line for each picture left out.

    Args:
        source: as `load_dataset` takes it.
        patch_size: height and width of a patch in pixels; smaller pictures of a folder are left out.

    Raises:
        DataError: nothing usable there.
    """
    with tqdm(desc="CIFAR-10", unit="B", unit_scale=True, leave=False, delay=0.5, file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(done - bar.n)

        dataset = load_dataset(source, show, patch_size)
    for sentence in dataset.left_out[:MOST_NOTES]:
        print(f"left out: {sentence}.", file=sys.stderr)
    more = len(dataset.left_out) - MOST_NOTES
    if more > 0:
        print(f"left out: {more:,} more.", file=sys.stderr)
    return dataset


COMMANDS = {
    "train": run_train,
    "evaluate": run_evaluate,
    "compare": run_compare,
    "decompose": run_decompose,
    "reproduce": run_reproduce,
    "sweep": run_sweep,
    "benchmark": run_benchmark,
}

if __name__ == "__main__":
    sys.exit(main())
