"""A model as one safetensors file: weights and what they are, nothing that could run as code."""

import errno
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from model.config import ModelConfig, Rule
from model.files import write_whole
from model.tensor_files import TensorFileError, read_tensors

FORMAT = "rankscope-1"
LARGEST_CHECKPOINT = 64 * 1024 * 1024
"""4096 units of 32 x 32 patches would be 50 MB; anything larger is not ours."""

LARGEST_COUNT = 2**53
"""Of a seed or a number of patches. Whole numbers up to this are exact in JavaScript too."""


class CheckpointError(Exception):
    """A checkpoint that can't be read or written; the message says why and what to do."""


@dataclass(frozen=True)
class Checkpoint:
    """A trained model and where it comes from.

    Attributes:
        weights: (n_units, n_inputs) float32.
        config: the shape of the model.
        rule: how it learned.
        seed: of its training.
        patches_seen: patches it learned from.
        data: name of the pictures it learned from.
    """

    weights: NDArray[np.float32]
    config: ModelConfig
    rule: Rule
    seed: int
    patches_seen: int
    data: str


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write a checkpoint; the file is either the old one or the whole new one, never half.

    Args:
        checkpoint: the model; its weights are written as float32.
        path: of the file; folders above it are made.

    Raises:
        CheckpointError: the file can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, checkpoint_as_file(checkpoint))
    except OSError as error:
        raise CheckpointError(f"{path} can't be written: {error.strerror}.") from error


def checkpoint_as_file(checkpoint: Checkpoint) -> bytes:
    """What `save_checkpoint` writes."""
    metadata = {
        "format": FORMAT,
        "patch_size": str(checkpoint.config.patch_size),
        "rule": checkpoint.rule.value,
        "seed": str(checkpoint.seed),
        "patches_seen": str(checkpoint.patches_seen),
        "data": checkpoint.data,
    }
    return save({"weights": np.ascontiguousarray(checkpoint.weights, np.float32)}, metadata)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint, trusting nothing in it.

    Raises:
        CheckpointError: it is missing, damaged, or not a Rankscope checkpoint.
    """
    try:
        tensors, metadata = read_tensors(path, {"weights": "F32"}, LARGEST_CHECKPOINT)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise CheckpointError(f"{path} is too large to be a Rankscope checkpoint.") from error
        reason = "" if error.errno == errno.ENOENT else f" ({error.strerror})"
        raise CheckpointError(f"There is no readable checkpoint at {path}{reason}.") from error
    except TensorFileError as error:
        raise CheckpointError(f"{path} is damaged or is not a checkpoint: {error}.") from error
    if metadata.get("format") != FORMAT:
        raise CheckpointError(f"{path} is not a Rankscope checkpoint (format {FORMAT}).")
    try:
        return _checked(tensors["weights"], metadata)
    except KeyError as error:
        raise CheckpointError(f"{path} does not say its {error.args[0]}; save it anew.") from error
    except ValueError as error:
        reason = str(error)[:120]  # it may quote the file
        raise CheckpointError(f"{path} holds values that make no sense ({reason}).") from error


def _checked(weights: NDArray[np.float32], metadata: dict[str, str]) -> Checkpoint:
    if weights.ndim != 2:
        raise ValueError("weights must be a matrix.")
    config = ModelConfig(n_units=weights.shape[0], patch_size=int(metadata["patch_size"]))
    if weights.shape[1] != config.n_inputs:
        raise ValueError(f"weights have {weights.shape[1]} columns, not {config.n_inputs}.")
    if not np.isfinite(weights).all():
        raise ValueError("weights must be finite numbers.")
    seed, patches_seen = int(metadata["seed"]), int(metadata["patches_seen"])
    if not (0 <= seed <= LARGEST_COUNT and 0 <= patches_seen <= LARGEST_COUNT):
        raise ValueError(f"seed and patches_seen must be from 0 to {LARGEST_COUNT:,}")
    return Checkpoint(
        weights=weights,
        config=config,
        rule=Rule(metadata["rule"]),
        seed=seed,
        patches_seen=patches_seen,
        data=metadata["data"],
    )
