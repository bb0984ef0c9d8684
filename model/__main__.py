"""The command line: `python -m model train` and `python -m model evaluate`.

Progress goes to standard error; with --json the last line of standard output is one JSON object. The exit
status is 0, or 2 with one line on standard error for anything the user got wrong.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from model.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from model.config import ModelConfig, Rule, TrainingConfig
from model.data import SPLITS, DataError, load_dataset, random_patches
from model.metrics import Measurement, measure
from model.training import checkpoint_of, train

EVALUATED_PATCHES = 10_000


class UsageError(Exception):
    """Something the user got wrong; the message is all that is shown."""


class Parser(argparse.ArgumentParser):
    """An argument parser that answers a mistake with one line."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Raise instead of printing usage and leaving."""
        raise UsageError(f"{message} (see {self.prog} --help)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status."""
    try:
        options = _parser().parse_args(arguments)
        report = options.command(options)
    except (UsageError, DataError, CheckpointError, ValueError, FloatingPointError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("error: stopped before the end; nothing was saved.", file=sys.stderr)
        return 2
    print(json.dumps(report) if options.json else _as_lines(report))
    return 0


def _parser() -> Parser:
    parser = Parser(prog="python -m model", description="Train and measure rank-ordered autoencoders.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    training = commands.add_parser("train", help="train a model and keep it")
    training.set_defaults(command=run_train)
    training.add_argument("--rule", choices=[r.value for r in Rule], default=Rule.RANK_ORDER.value)
    training.add_argument("--units", type=int, default=169, help="units in the hidden layer")
    training.add_argument("--patch-size", type=int, default=7, help="pixels along a patch's side")
    training.add_argument("--patches", type=int, default=1_000_000, help="patches to learn from")
    training.add_argument("--out", type=Path, default=Path("run"), help="folder for the checkpoint")

    evaluation = commands.add_parser("evaluate", help="measure a checkpoint")
    evaluation.set_defaults(command=run_evaluate)
    evaluation.add_argument("checkpoint", type=Path)
    evaluation.add_argument("--split", choices=SPLITS, default="test")
    evaluation.add_argument("--patches", type=int, default=EVALUATED_PATCHES)

    for command in (training, evaluation):
        command.add_argument("--data", default="sample", help="'sample' or a folder of pictures")
        command.add_argument("--seed", type=int, default=0)
        command.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def run_train(options: argparse.Namespace) -> dict[str, object]:
    """Train, show progress, save the checkpoint; return what the last snapshot measured."""
    config = TrainingConfig(
        model=ModelConfig(n_units=options.units, patch_size=options.patch_size),
        rule=Rule(options.rule),
        patches=options.patches,
        seed=options.seed,
    )
    dataset = load_dataset(options.data)
    began = time.perf_counter()
    with tqdm(total=config.patches, unit=" patches", unit_scale=True, file=sys.stderr) as progress:
        for snapshot in train(config, dataset):
            progress.update(snapshot.patches_seen - progress.n)
            progress.set_postfix_str(f"test error {snapshot.test.final_error:.4f}")
    seconds = time.perf_counter() - began
    path = options.out / "checkpoint.safetensors"
    save_checkpoint(checkpoint_of(snapshot, config, dataset), path)
    return {
        "checkpoint": str(path),
        "patches_seen": snapshot.patches_seen,
        "seconds": seconds,
        "patches_per_second": config.patches / seconds,
        "train": _as_json(snapshot.train),
        "test": _as_json(snapshot.test),
    }


def run_evaluate(options: argparse.Namespace) -> dict[str, object]:
    """Measure a checkpoint on random patches of one split."""
    if not 1 <= options.patches <= 1_000_000:
        raise UsageError(f"--patches must be from 1 to 1,000,000, not {options.patches}.")
    if options.seed < 0:
        raise UsageError(f"--seed must not be negative, not {options.seed}.")
    checkpoint = load_checkpoint(options.checkpoint)
    pictures = load_dataset(options.data).split(options.split)
    rng = np.random.default_rng(options.seed)
    patches = random_patches(pictures, checkpoint.config.patch_size, options.patches, rng)
    return _as_json(measure(checkpoint.weights, patches))


def _as_json(measurement: Measurement) -> dict[str, object]:
    return {
        "error_by_rank": measurement.error_by_rank.tolist(),
        "error_sum": measurement.error_sum,
        "final_error": measurement.final_error,
        "objective": measurement.objective,
        "l0_mean": measurement.l0_mean,
        "dead_units": measurement.dead_units,
        "patches": measurement.patches,
    }


def _as_lines(report: dict[str, object]) -> str:
    """A report for people: one line a figure, of the error by rank only a few ranks."""
    lines = []
    for name, value in report.items():
        if isinstance(value, dict):
            lines += [f"{name}:", *("  " + line for line in _as_lines(value).splitlines())]
        elif isinstance(value, list):
            ranks = [k for k in (1, 5, 10, 20, 50, len(value)) if k <= len(value)]
            lines.append(f"{name}: " + ", ".join(f"k={k}: {value[k - 1]:.4f}" for k in ranks))
        else:
            lines.append(f"{name}: {value:,.4f}" if isinstance(value, float) else f"{name}: {value}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
