"""The options of the command line: `python -m model train`, `evaluate`, `compare` and so on."""

import argparse
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from model import __version__
from model.cluster.plan import MOST_TRAININGS
from model.config import Coder, Emphasis, OptimizerKind, Rule, Start
from model.data.pictures import ASSETS, SPLITS
from model.imports.filters import Axes, Scale

Command = Callable[[argparse.Namespace], dict[str, object]]

EVALUATED_PATCHES = 10_000
OMP = "omp"
"""As a coder that only measures: orthogonal matching pursuit."""
SHOWN_RANKS = (1, 2, 3, 5, 10, 20, 50)
LONGEST_DECOMPOSED_SIDE = 2048


class UsageError(Exception):
    """Something the user got wrong; the message is all that is shown."""


class Parser(argparse.ArgumentParser):
    """An argument parser that answers a mistake with one line."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Raise instead of printing usage and leaving."""
        raise UsageError(f"{message} (see {self.prog} --help)")


# Long because it lists every option of every command.
def make_parser(commands_by_name: Mapping[str, Command]) -> Parser:
    """The parser; what it parses has the chosen command as `command`.

    Args:
        commands_by_name: what carries out 'train', 'evaluate', 'compare', 'decompose', 'reproduce', 'sweep'
            and 'benchmark'.
    """
    parser = Parser(prog="python -m model", description="Train and measure rank-ordered autoencoders.")
    parser.add_argument("--version", action="version", version=f"Rankscope {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    training = commands.add_parser("train", help="train a model and keep it")
    training.set_defaults(command=commands_by_name["train"])
    training.add_argument("--rule", choices=[r.value for r in Rule], default=Rule.RANK_ORDER.value)
    training.add_argument("--units", type=int, help="units in the hidden layer (default: 169)")
    training.add_argument("--patch-size", type=int, help="pixels along a patch's side (default: 7)")
    training.add_argument("--patches", type=int, default=1_000_000, help="patches to learn from")
    training.add_argument(
        "--optimizer",
        choices=[o.value for o in OptimizerKind],
        help="Adam's coordinates (default: decorrelated)",
    )
    training.add_argument(
        "--start",
        default=Start.NOISE.value,
        help="'noise' (default), 'dct-pairs', or a checkpoint to train on",
    )
    training.add_argument(
        "--emphasis", choices=[e.value for e in Emphasis], help="of --rule pursuit (default: many-units)"
    )
    where = training.add_mutually_exclusive_group()
    where.add_argument("--out", type=Path, help="a new folder for the run (default: one below runs/)")
    where.add_argument("--resume", type=Path, metavar="RUN_DIR", help="go on with an interrupted run")

    evaluation = commands.add_parser("evaluate", help="measure a checkpoint")
    evaluation.set_defaults(command=commands_by_name["evaluate"])
    evaluation.add_argument("checkpoint", type=Path)
    evaluation.add_argument("--split", choices=SPLITS, default="test")
    evaluation.add_argument("--patches", type=int, default=EVALUATED_PATCHES)
    evaluation.add_argument(
        "--coder",
        choices=[*(c.value for c in Coder), OMP],
        help="how units are chosen (default: as it learned)",
    )

    comparing = commands.add_parser("compare", help="models and rivals on the same patches, with a verdict")
    comparing.set_defaults(command=commands_by_name["compare"])
    comparing.add_argument(
        "models",
        nargs="+",
        metavar="MODEL",
        help="two to four: pca, pca-first, dct, dct-zigzag, dictionary-learning, topk-sae, matryoshka-sae, "
        "a bundled model or a file; +rank-order, +pursuit or +omp behind a name asks for another coder",
    )
    comparing.add_argument("--patches", type=int, default=EVALUATED_PATCHES, help="test patches")
    comparing.add_argument(
        "--ranks",
        type=_whole_rank,
        default=4096,
        help="components up to which all are measured (default: all)",
    )

    decomposing = commands.add_parser("decompose", help="rebuild a whole picture rank by rank")
    decomposing.set_defaults(command=commands_by_name["decompose"])
    decomposing.add_argument("image", type=Path)
    decomposing.add_argument("--checkpoint", type=Path, default=ASSETS / "rank-order.safetensors")
    decomposing.add_argument("--out", type=Path, help="a folder (default: IMAGE's name with -decomposed)")
    decomposing.add_argument("--ranks", type=_ranks, default=list(SHOWN_RANKS), help="such as 1,5,20")
    decomposing.add_argument("--stride", type=int, help="pixels from patch to patch (default: patch size)")
    decomposing.add_argument(
        "--longest",
        type=int,
        default=LONGEST_DECOMPOSED_SIDE,
        help="scale down to this side, not below a patch",
    )
    decomposing.add_argument(
        "--coder",
        choices=[c.value for c in Coder],
        help="how units are chosen (default: as the model learned)",
    )
    decomposing.add_argument("--budget", type=int, help="also: so many units where they help most")
    decomposing.add_argument("--error", type=float, help="also: as many units as bring each patch under it")

    reproducing = commands.add_parser("reproduce", help="train as the paper does, and write its figures")
    reproducing.add_argument("--patches", type=int, default=1_000_000, help="patches to learn from")
    reproducing.add_argument("--out", type=Path, default=Path("reproduction"), help="folder of the report")

    sweeping = commands.add_parser("sweep", help="train every combination of some settings")
    _add_sweep_options(sweeping)
    benchmark = commands.add_parser("benchmark", help="how fast this machine trains")
    for name, command in (("reproduce", reproducing), ("sweep", sweeping), ("benchmark", benchmark)):
        command.set_defaults(command=commands_by_name[name])

    for command in (training, evaluation, comparing, decomposing, reproducing, sweeping, benchmark):
        command.add_argument("--json", action="store_true", help="print one JSON object")
    for command in (evaluation, comparing, decomposing):
        command.add_argument(
            "--axes", choices=[a.value for a in Axes], help="of filters made elsewhere: order of values"
        )
        command.add_argument(
            "--scale", choices=[s.value for s in Scale], help="of filters made elsewhere: what lengths mean"
        )
    for command in (training, evaluation, comparing, reproducing):
        command.add_argument("--data", default="sample", help="'sample', 'cifar10', an archive or a folder")
        command.add_argument("--seed", type=int, default=0)
    return parser


def _add_sweep_options(sweeping: argparse.ArgumentParser) -> None:
    add = sweeping.add_argument
    add("--rules", type=_rules, default=[Rule.RANK_ORDER], help="such as rank-order,pursuit")
    add("--units", type=_whole_numbers, default=[169], help="such as 64,169")
    add("--patch-sizes", type=_whole_numbers, default=[7], help="such as 7,8")
    add("--seeds", type=_whole_numbers, default=[0, 1, 2], help="such as 0-4 (default: 0-2)")
    add("--patches", type=int, default=500_000, help="to learn from in each training")
    add("--out", type=Path, required=True, help="folder of the run folders and of the table")
    add("--scheduler", help="of a Dask cluster, such as tcp://host:8786 (default: this machine)")
    add("--processes", type=int, help="at a time on this machine (default: one a processor)")
    add("--data", default="sample", help="'sample', 'cifar10', an archive or a folder")


def _rules(text: str) -> list[Rule]:
    """Learning rules, separated by commas."""
    try:
        return [Rule(name) for name in text.split(",")]
    except ValueError as error:
        known = ", ".join(rule.value for rule in Rule)
        raise argparse.ArgumentTypeError(f"rules are {known}, separated by commas, not {text!r}") from error


def _whole_numbers(text: str) -> list[int]:
    """Whole numbers and ranges of them, separated by commas: 0-4,7 is 0, 1, 2, 3, 4, 7."""
    numbers: list[int] = []
    for part in text.split(","):
        found = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", part, re.ASCII)
        if found is None:
            raise argparse.ArgumentTypeError(f"this takes whole numbers, as in 64,169 or 0-4, not {text!r}")
        low, high = int(found[1]), int(found[2] or found[1])
        numbers += range(low, min(high, low + MOST_TRAININGS) + 1)
    return numbers


def _whole_rank(text: str) -> int:
    """One rank from 1 to 4096."""
    ranks = _ranks(text)
    if len(ranks) != 1:
        raise argparse.ArgumentTypeError(f"this takes one whole number, not {text!r}")
    return ranks[0]


def _ranks(text: str) -> list[int]:
    """Ranks from 1 to 4096, separated by commas."""
    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() and 1 <= int(part[:9]) <= 4096 for part in parts):
        raise argparse.ArgumentTypeError(
            f"ranks are whole numbers from 1 to 4096, as in 1,5,20, not {text!r}"
        )
    return [int(part) for part in parts]
