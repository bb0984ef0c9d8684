"""The only way in for everything that a run folder holds as JSON: typed, and limited in size and depth.

A run folder may come from anybody. Each file is decoded into one of the types below, which say which
fields there are and in what range. JSON knows no NaN and no infinity; numbers too large for a float, lone
surrogates, wrong types, unknown settings and deep nesting are refused by the decoder. Whatever is wrong, the
error is a `RunError` that names the file and, where it is known, the field. It never quotes the file: what
it quoted would be shown on pages.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO, NotRequired, TypedDict, TypeVar

import msgspec
from msgspec import Meta

from model.config import PLAIN_RECIPE, Emphasis, OptimizerKind, Rule, Start, TrainingConfig
from model.files import open_regular, read_bounded

LARGEST_JSON = 1 << 16
"""Bytes of `config.json`, `ending.json` and `card.json`, each."""
LARGEST_METRICS = 1 << 26
"""Bytes of `metrics.jsonl`. The largest model is recorded in at most 27 MB."""
LONGEST_LINE = 1 << 19
"""Bytes of a line of `metrics.jsonl`. One of 4096 units takes at most 221 kB."""
MOST_SNAPSHOTS = 2000
"""Lines of `metrics.jsonl`. A training records at most 161 snapshots, and one more whenever it is stopped."""
LARGEST_FIGURE = 1e12
"""No error, objective or count that a training measures comes near; sums of many still fit float32."""
LONGEST_MESSAGE = 1000
_FIRST_REACH = 1 << 14  # bytes: two lines of metrics with 169 units

Figure = Annotated[float, Meta(ge=0, le=LARGEST_FIGURE)]
Count = Annotated[int, Meta(ge=0, le=10**9)]
Share = Annotated[float, Meta(gt=0, le=1)]
Text = Annotated[str, Meta(max_length=4096)]

Decoded = TypeVar("Decoded")


class RunError(Exception):
    """A run folder that can't be used; the message says why and what to do."""


class MeasurementRow(TypedDict):
    """A `Measurement` as a line of `metrics.jsonl` holds it; the same names and units.

    Attributes:
        error_by_rank: (n_units,).
        error_sum, final_error, objective, l0_mean: figures, finite and not negative.
        dead_units, patches: counts.
    """

    error_by_rank: Annotated[list[Figure], Meta(min_length=1, max_length=4096)]
    error_sum: Figure
    final_error: Figure
    objective: Figure
    l0_mean: Figure
    dead_units: Count
    patches: Count


class MetricsRow(TypedDict):
    """A line of `metrics.jsonl`: a recorded snapshot. Unknown figures are left out.

    Attributes:
        patches_seen: until then.
        train: on training patches.
        test: on test patches.
        step_size: the step at the start of the training, as it was in force.
        step_decay: the step at the end, as a share of that at the start.
    """

    patches_seen: Count
    train: MeasurementRow
    test: MeasurementRow
    step_size: NotRequired[Share]
    step_decay: NotRequired[Share]


class RowPosition(TypedDict):
    """As much of a line of `metrics.jsonl` as says where in the training it belongs."""

    patches_seen: Count


class ModelFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`ModelConfig` as `config.json` holds it.

    Attributes:
        n_units: as in `ModelConfig`.
        patch_size: as in `ModelConfig`.
    """

    n_units: Count
    patch_size: Count


class ConfigFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`config.json`: `TrainingConfig`, and where the pictures and the starting weights come from.

    What is missing says what versions did that did not know it.

    Attributes:
        model: the shape of the model.
        rule, patches, seed, step_size, step_decay, batch_size, optimizer, start, emphasis: as in
            `TrainingConfig`.
        source: of the pictures, as `load_dataset` takes it.
        pictures: CRC-32 of the training pictures and their sizes.
        begun_from: what people call the model that the training starts from; '' for noise.
    """

    model: ModelFields
    rule: Rule
    source: Text
    pictures: Annotated[int, Meta(ge=0, lt=2**32)]
    patches: Count = TrainingConfig.patches
    seed: Annotated[int, Meta(ge=0, lt=2**32)] = TrainingConfig.seed
    step_size: Share = PLAIN_RECIPE.step_size
    step_decay: Share = PLAIN_RECIPE.step_decay
    batch_size: Count = PLAIN_RECIPE.batch_size
    optimizer: OptimizerKind = OptimizerKind.PLAIN
    start: Start = Start.NOISE
    emphasis: Emphasis = Emphasis.MANY_UNITS
    begun_from: Text = ""


class EndStatus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`ending.json`: why a run ended before its time.

    Attributes:
        state: 'stopped' by its owner, or 'failed'.
        message: why it failed, for people.
    """

    state: Annotated[str, Meta(pattern="^(stopped|failed)$")]
    message: str = ""


class MetadataFile(msgspec.Struct, frozen=True):
    """`card.json`: what a run is called and whose it is.

    Attributes:
        title: as in `RunMetadata`.
        owner: as in `RunMetadata`.
    """

    title: str = ""
    owner: str | None = ""


def read_json(path: Path, kind: type[Decoded]) -> Decoded | None:
    """A small JSON file of a run folder.

    Args:
        path: of the file.
        kind: what it must hold, one of the types above.

    Returns:
        Its content; None where there is no such file.

    Raises:
        RunError: it can't be read, is larger than LARGEST_JSON, or holds something else.
    """
    try:
        return _decoded(read_bounded(path, LARGEST_JSON), msgspec.json.Decoder(kind), path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unreadable(path, error) from error


def metrics_lines(path: Path) -> Iterator[bytes]:
    """The whole lines of a `metrics.jsonl`, one after the other; none where there is no such file.

    A last line without an end was cut off while it was written, and is left out.

    Raises:
        RunError: it can't be read, or is longer than any training's record.
    """
    try:
        with open_regular(path, LARGEST_METRICS) as file:
            for number in range(MOST_SNAPSHOTS + 1):
                line = file.readline(LONGEST_LINE)
                if not line.endswith(b"\n"):
                    if len(line) == LONGEST_LINE:
                        raise RunError(f"{path} is damaged: a line is too long; start a new run.")
                    return
                if number == MOST_SNAPSHOTS:
                    raise RunError(f"{path} has more than {MOST_SNAPSHOTS} lines; start a new run.")
                yield line
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise unreadable(path, error) from error


def metrics_rows(path: Path, until: int | None = None) -> Iterator[MetricsRow]:
    """The whole lines of a `metrics.jsonl`, decoded.

    Args:
        path: of the file.
        until: where the rows end, in patches seen; what was recorded later may be damaged. None reads all.

    Raises:
        RunError: as `metrics_lines`, or a line holds something else than a snapshot's metrics.
    """
    position, whole = msgspec.json.Decoder(RowPosition), msgspec.json.Decoder(MetricsRow)
    for line in metrics_lines(path):
        if until is not None and _decoded(line, position, path)["patches_seen"] > until:
            return
        yield _decoded(line, whole, path)


def last_metrics_row(path: Path) -> MetricsRow | None:
    """The last whole line of a `metrics.jsonl`, read from the end: those before it may be many.

    Raises:
        RunError: as `metrics_rows`.
    """
    try:
        with open_regular(path, LARGEST_METRICS) as file:
            line = _last_whole_line(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unreadable(path, error) from error
    if line is None:
        raise RunError(f"{path} is damaged: a line is too long; start a new run.")
    return _decoded(line, msgspec.json.Decoder(MetricsRow), path) if line else None


def unreadable(path: Path, error: OSError) -> RunError:
    """What to raise for a file of a run that can't be read.

    Args:
        path: of the file.
        error: what the system said.
    """
    reason = error.strerror or type(error).__name__
    return RunError(f"{path} can't be read ({reason}); start a new run.")


def _decoded(content: bytes, decoder: msgspec.json.Decoder[Decoded], path: Path) -> Decoded:
    try:
        return decoder.decode(content)
    except (ValueError, RecursionError) as error:  # msgspec's own errors are ValueErrors
        place = re.search(r" - at `\$\.?([\w.\[\]]+)`$", str(error))
        where = f" at {place[1]}" if place else ""
        raise RunError(f"{path} is damaged{where}; start a new run.") from error


def _last_whole_line(file: BinaryIO) -> bytes | None:
    """What stands before the last line end; b'' where there is no line, None where it is too long."""
    size = file.seek(0, os.SEEK_END)
    reach = _FIRST_REACH
    while True:
        file.seek(max(0, size - reach))
        *lines, unfinished = file.read(reach).split(b"\n")
        if len(lines) > 1 or (lines and reach >= size):
            return lines[-1] if len(lines[-1]) < LONGEST_LINE else None
        if reach >= size:
            return b"" if len(unfinished) < LONGEST_LINE else None
        if reach > 2 * LONGEST_LINE:
            return None
        reach *= 8
