"""A training recorded for playback: its errors, and its filters as pictures at some points of it.

One safetensors file, small enough to be bundled; safetensors holds no executable code.
"""

import contextlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from model.analysis.filter_mosaic import filter_bytes
from model.data.pictures import DataError
from model.files import write_whole
from model.tensor_files import TensorFileError, read_tensors
from model.training.loop import Snapshot

FORMAT = "rankscope-recording-1"
LARGEST_RECORDING = 64 * 1024 * 1024
"""Bytes; the bundled one takes 0.3 MB."""
_DTYPES = {"patches": "I32", "test_error": "F32", "filters": "U8", "points": "I32"}


@dataclass(frozen=True)
class Recording:
    """The errors and filters of a training at some points of it.

    Attributes:
        patches: (points,) int32, seen at each point, increasing from 0.
        test_error: (points,) float32, with all units, on test patches.
        filters: (frames, n_units, n_inputs) uint8, each filter scaled to its own smallest and largest weight.
        points: (frames,) int32, the point that each frame of filters belongs to, increasing from 0.
        seconds: how long the training took in all.
    """

    patches: NDArray[np.int32]
    test_error: NDArray[np.float32]
    filters: NDArray[np.uint8]
    points: NDArray[np.int32]
    seconds: float


def record(snapshots: Iterable[Snapshot], frames: int, seconds: float) -> Recording:
    """Make a recording.

    Args:
        snapshots: of one training, in order, at least one.
        frames: of filters, at most, evenly spread over the snapshots; at least 1.
        seconds: how long the training took.
    """
    kept = list(snapshots)
    points = np.unique(np.linspace(0, len(kept) - 1, frames).round().astype(np.int32))
    return Recording(
        patches=np.array([s.patches_seen for s in kept], np.int32),
        test_error=np.array([s.test.final_error for s in kept], np.float32),
        filters=np.stack([filter_bytes(kept[point].weights) for point in points]),
        points=points,
        seconds=seconds,
    )


def save_recording(recording: Recording, path: Path) -> None:
    """Write a recording to the file `path`, in one step.

    Raises:
        OSError: it can't be written.
    """
    arrays = {name: getattr(recording, name) for name in _DTYPES}
    write_whole(path, save(arrays, {"format": FORMAT, "seconds": repr(recording.seconds)}))


def load_recording(path: Path) -> Recording:
    """Read a file that `save_recording` wrote.

    Raises:
        DataError: the file is missing, damaged or something else.
    """
    with contextlib.suppress(OSError, TensorFileError, KeyError, ValueError):
        arrays, metadata = read_tensors(path, _DTYPES, LARGEST_RECORDING)
        if metadata["format"] != FORMAT:
            raise ValueError(metadata["format"])
        recording = Recording(**arrays, seconds=float(metadata["seconds"]))
        if _is_whole(recording):
            return recording
    raise DataError(f"The recorded training {path.name} is missing or damaged; fetch the project again.")


def _is_whole(recording: Recording) -> bool:
    count, frames = len(recording.patches), len(recording.points)
    fits = recording.test_error.shape == (count,) and recording.filters.shape[:1] == (frames,)
    return (
        fits
        and recording.filters.ndim == 3
        and count > 0
        and frames > 0
        and bool((recording.points < count).all())
        and bool(np.isfinite(recording.test_error).all())
        and math.isfinite(recording.seconds)
    )
