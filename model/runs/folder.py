"""A training on disk, in a folder of its own, which any interruption leaves fit to be resumed.

    card.json                 title and owner, written first, if it has any
    config.json               the settings and the pictures, written once; it makes the folder a run
    initial.safetensors       the model it starts from, unless that is noise
    metrics.jsonl             one line a snapshot, appended
    snapshots/*.safetensors   the model at each snapshot, named by patches seen
    checkpoint.safetensors    the model at the newest kept state
    state.safetensors         what it takes to go on from there
    ending.json               why it ended before its time, if somebody was there to say so
    lock                      held by the process that trains

`state.safetensors` is replaced in one step and last of all: what was written after the newest one is
dropped when the run is resumed, and made again. Other files in the folder are left alone.
"""

import contextlib
import dataclasses
import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from model.checkpoint import Checkpoint, CheckpointError, save_checkpoint
from model.config import ModelConfig, TrainingConfig
from model.data.pictures import SPLITS, Dataset, check_size
from model.files import write_whole
from model.runs.lock import locked
from model.runs.metadata import RunMetadata, write_metadata
from model.runs.reading import LONGEST_MESSAGE, ConfigFile, EndStatus, RunError, read_json

_SNAPSHOT_NAME = re.compile(r"([0-9]{9})\.safetensors")


@dataclass(frozen=True)
class Run:
    """A run folder and what it trains.

    Attributes:
        folder: where it lives.
        config: the settings.
        source: where its pictures come from, as `load_dataset` takes it.
        pictures: a checksum of the training pictures, so that others are not taken for them.
        initial_name: what people call the model it starts from; '' for noise.
    """

    folder: Path
    config: TrainingConfig
    source: str
    pictures: int
    initial_name: str = ""

    @property
    def checkpoint(self) -> Path:
        """The model as of the newest kept state."""
        return self.folder / "checkpoint.safetensors"

    @property
    def metrics(self) -> Path:
        """One line a recorded snapshot."""
        return self.folder / "metrics.jsonl"

    @property
    def initial(self) -> Path:
        """The model it starts from, unless that is noise."""
        return self.folder / "initial.safetensors"


@dataclass(frozen=True)
class InitialModel:
    """A model to train on from, in place of noise.

    Attributes:
        name: what people call it.
        checkpoint: the model.
    """

    name: str
    checkpoint: Checkpoint


def create_run(
    folder: Path,
    config: TrainingConfig,
    source: str,
    dataset: Dataset,
    start: InitialModel | None = None,
    metadata: RunMetadata | None = None,
) -> Run:
    """Make a run folder.

    Args:
        folder: where; made if it is not there.
        config: the settings.
        source: where the pictures come from, as `load_dataset` takes it.
        dataset: the pictures.
        start: a model of the shape that `config` says; None starts from noise.
        metadata: title and owner, in place before anybody can see the run; None for neither.

    Raises:
        ValueError: `start` has another shape.
        RunError: the folder holds a run already, or can't be written.
        DataError: a picture is smaller than a patch.
    """
    for split in SPLITS:
        check_size(dataset.split(split), config.model.patch_size)
    if start is not None and start.checkpoint.config != config.model:
        raise ValueError(f"{start.name} has other units or patches than the settings say.")
    run = Run(folder, config, source, checksum(dataset), start.name if start else "")
    try:
        if (folder / "config.json").exists():
            raise RunError(f"{folder} holds a run already; resume that one or choose another folder.")
        (folder / "snapshots").mkdir(parents=True, exist_ok=True)
        if metadata is not None:
            write_metadata(folder, metadata)
        if start is not None:
            save_checkpoint(start.checkpoint, run.initial)
        _write_config(run)
    except CheckpointError as error:
        raise RunError(str(error)) from error
    except OSError as error:
        raise RunError(f"{folder} can't be written: {error.strerror}.") from error
    return run


def _write_config(run: Run) -> None:
    content = {
        **dataclasses.asdict(run.config),
        "source": run.source,
        "pictures": run.pictures,
        "begun_from": run.initial_name,
    }
    try:
        encoded = json.dumps(content, indent=1, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise RunError(
            f"The name {run.source!a} can't be written down; rename that folder so that its path is UTF-8."
        ) from error
    write_whole(run.folder / "config.json", encoded)


def open_run(folder: Path) -> Run:
    """Open a run folder.

    Raises:
        RunError: there is none, or it is damaged.
    """
    path = folder / "config.json"
    said = read_json(path, ConfigFile)
    if said is None:
        raise RunError(f"There is no run in {folder}.")
    try:
        config = TrainingConfig(
            model=ModelConfig(said.model.n_units, said.model.patch_size),
            rule=said.rule,
            patches=said.patches,
            seed=said.seed,
            step_size=said.step_size,
            step_decay=said.step_decay,
            batch_size=said.batch_size,
            optimizer=said.optimizer,
            start=said.start,
            emphasis=said.emphasis,
        )
    except ValueError as error:
        raise RunError(f"{path} is damaged: {str(error).rstrip('.')}; start a new run.") from error
    return Run(folder, config, said.source, said.pictures, said.begun_from)


def write_end_status(run: Run, end_status: EndStatus) -> None:
    """Write why the run ended before its time; resuming it takes that back.

    No-op while another process trains in the folder, whose run has not ended, and where the disk is full.

    Args:
        run: which has ended.
        end_status: why; of a long message only the beginning is kept.
    """
    clipped = EndStatus(end_status.state, end_status.message[:LONGEST_MESSAGE])
    with contextlib.suppress(OSError, RunError), locked(run.folder):
        write_whole(run.folder / "ending.json", json.dumps(msgspec.structs.asdict(clipped)).encode())


def read_end_status(run: Run) -> EndStatus | None:
    """Why the run ended before its time; None if nobody said so.

    Raises:
        RunError: what somebody said can't be read.
    """
    return read_json(run.folder / "ending.json", EndStatus)


def checksum(dataset: Dataset) -> int:
    """Of the training pictures and their sizes."""
    return zlib.crc32(dataset.train.pixels.data, zlib.crc32(dataset.train.sizes.data))


def snapshot_path(run: Run, patches_seen: int) -> Path:
    """Where `run` keeps its model as it was after `patches_seen` patches, 0 to 100 million."""
    return run.folder / "snapshots" / f"{patches_seen:09d}.safetensors"


def snapshot_of_name(name: str) -> int | None:
    """The patches seen at the snapshot in a file of this name; None if a run never calls a file so."""
    matched = _SNAPSHOT_NAME.fullmatch(name)
    return int(matched[1]) if matched else None
