"""A model as one safetensors file: weights and what they are, nothing that could run as code."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from model.config import ModelConfig, Rule

FORMAT = "rankscope-1"
LARGEST_CHECKPOINT = 64 * 1024 * 1024
"""4096 units of 32 x 32 patches would be 50 MB; anything larger is not ours."""


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

    Raises:
        CheckpointError: the file can't be written.
    """
    metadata = {
        "format": FORMAT,
        "patch_size": str(checkpoint.config.patch_size),
        "rule": checkpoint.rule.value,
        "seed": str(checkpoint.seed),
        "patches_seen": str(checkpoint.patches_seen),
        "data": checkpoint.data,
    }
    content = save({"weights": np.ascontiguousarray(checkpoint.weights, np.float32)}, metadata)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        raise CheckpointError(f"{path} can't be written: {error.strerror}.") from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is either the old one or the whole new one, whatever happens.

    Raises:
        OSError: it can't be written; nothing half-written is left.
    """
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint, trusting nothing in it.

    Raises:
        CheckpointError: it is missing, damaged, or not a Rankscope checkpoint.
    """
    try:
        if path.stat().st_size > LARGEST_CHECKPOINT:
            raise CheckpointError(f"{path} is too large to be a Rankscope checkpoint.")
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            names = set(file.keys())
            weights = file.get_tensor("weights") if "weights" in names else None
    except (OSError, ValueError) as error:  # a null byte in the name is a ValueError
        raise CheckpointError(f"There is no readable checkpoint at {path}.") from error
    except (SafetensorError, TypeError, AttributeError) as error:  # NumPy lacks some tensor types
        raise CheckpointError(f"{path} is damaged or is not a checkpoint.") from error
    if metadata.get("format") != FORMAT or weights is None:
        raise CheckpointError(f"{path} is not a Rankscope checkpoint (format {FORMAT}).")
    try:
        return _checked(weights, metadata)
    except KeyError as error:
        raise CheckpointError(f"{path} does not say its {error.args[0]}; save it anew.") from error
    except ValueError as error:
        raise CheckpointError(f"{path} holds values that make no sense ({error}).") from error


def _checked(weights: NDArray[np.float32], metadata: dict[str, str]) -> Checkpoint:
    if weights.ndim != 2 or weights.dtype != np.float32:
        raise ValueError("weights must be a float32 matrix.")
    config = ModelConfig(n_units=weights.shape[0], patch_size=int(metadata["patch_size"]))
    if weights.shape[1] != config.n_inputs:
        raise ValueError(f"weights have {weights.shape[1]} columns, not {config.n_inputs}.")
    if not np.isfinite(weights).all():
        raise ValueError("weights must be finite numbers.")
    seed, patches_seen = int(metadata["seed"]), int(metadata["patches_seen"])
    if min(seed, patches_seen) < 0:
        raise ValueError("seed and patches_seen must not be negative")
    return Checkpoint(
        weights=weights,
        config=config,
        rule=Rule(metadata["rule"]),
        seed=seed,
        patches_seen=patches_seen,
        data=metadata["data"],
    )
