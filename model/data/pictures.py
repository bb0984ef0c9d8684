"""Pictures, kept as bytes, and random patches of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.config import CHANNELS, PIXEL_SCALE

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SPLITS = ("train", "test")
ASSETS = Path(__file__).resolve().parents[2] / "assets"
CIFAR_SIZE = 32


class DataError(Exception):
    """Pictures that can't be had; the message says what is wrong and what to do."""


Progress = Callable[[int, int], None]
"""Called during a download: bytes that are here, and bytes in all, 0 where the server doesn't say."""


@dataclass(frozen=True)
class Pictures:
    """Pictures of any sizes, end to end in one array of bytes.

    Attributes:
        pixels: (total pixels, 3) uint8, RGB; picture after picture, each row-major.
        sizes: (count, 2) int64, height and width.
        labels: (count,) int64, an index into CLASSES, or -1 where a picture has no class.
        numbers: (count,) int64, the place of each picture in its source's own order.
    """

    pixels: NDArray[np.uint8]
    sizes: NDArray[np.int64]
    labels: NDArray[np.int64]
    numbers: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.sizes)

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """(count,) index of each picture's first pixel."""
        areas: NDArray[np.int64] = self.sizes.prod(axis=1)
        return np.cumsum(areas) - areas

    @cached_property
    def smallest_side(self) -> int:
        """Pixels along the shortest side of any picture."""
        return int(self.sizes.min())

    def picture(self, position: int) -> NDArray[np.uint8]:
        """One picture, (height, width, 3) bytes."""
        height, width = self.sizes[position]
        start = self.starts[position]
        return self.pixels[start : start + height * width].reshape(height, width, CHANNELS)

    def position(self, number: int) -> int | None:
        """Where the picture of that number stands here, or None."""
        found = np.flatnonzero(self.numbers == number)
        return int(found[0]) if len(found) else None


@dataclass(frozen=True)
class Dataset:
    """Training and test pictures under the name that a checkpoint records.

    Attributes:
        name: of the source.
        train: the pictures to learn from.
        test: the pictures to measure on.
        left_out: for each file of the source that was meant to be a picture and is in neither, a sentence
            without its full stop.
    """

    name: str
    train: Pictures
    test: Pictures
    left_out: tuple[str, ...] = ()

    def split(self, name: str) -> Pictures:
        """The pictures of 'train' or 'test'."""
        return {"train": self.train, "test": self.test}[name]


def as_patches(squares: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(count, rows, columns, 3) bytes -> (count, n_inputs) in [0, 1), row-major."""
    return squares.reshape(len(squares), -1).astype(np.float32) / np.float32(PIXEL_SCALE)


class Corners(NamedTuple):
    """Where patches lie in the pixels of `Pictures`.

    Attributes:
        first: (count,) int64, index of the upper left pixel in `Pictures.pixels`.
        widths: (count,) int64, of the picture around each patch: the way from row to row.
    """

    first: NDArray[np.int64]
    widths: NDArray[np.int64]


def random_corners(pictures: Pictures, patch_size: int, count: int, rng: np.random.Generator) -> Corners:
    """Patches drawn at random: picture, row and column uniform and independent.

    Args:
        pictures: none smaller than a patch.
        patch_size: height and width in pixels.
        count: how many.
        rng: the same generator state gives the same patches.

    Raises:
        DataError: a picture is smaller than a patch.
    """
    check_size(pictures, patch_size)
    which = rng.integers(len(pictures), size=count)
    corners = rng.integers(pictures.sizes[which] - patch_size + 1)
    widths = pictures.sizes[which, 1]
    return Corners(pictures.starts[which] + corners[:, 0] * widths + corners[:, 1], widths)


class Places(NamedTuple):
    """Where patches lie, as people say it.

    Attributes:
        numbers: (count,) int64, of the picture around each patch, as in `Pictures.numbers`.
        rows, cols: (count,) int64, of each patch's upper left pixel.
    """

    numbers: NDArray[np.int64]
    rows: NDArray[np.int64]
    cols: NDArray[np.int64]


def places_of(pictures: Pictures, corners: Corners) -> Places:
    """Picture, row and column of some corners in `pictures`."""
    position = np.searchsorted(pictures.starts, corners.first, side="right") - 1
    rows, cols = np.divmod(corners.first - pictures.starts[position], corners.widths)
    return Places(pictures.numbers[position], rows, cols)


def check_size(pictures: Pictures, patch_size: int) -> None:
    """Raise DataError if one of `pictures` is smaller than `patch_size` pixels, down or across."""
    if pictures.smallest_side < patch_size:
        raise DataError(f"Every picture must be at least {patch_size} x {patch_size} pixels large.")


def cut_patches(pictures: Pictures, corners: Corners, patch_size: int) -> NDArray[np.float32]:
    """The patches at some corners.

    Args:
        pictures: that the corners lie in.
        corners: (count,) as `random_corners` gives them.
        patch_size: height and width in pixels.

    Returns:
        (count, n_inputs) float32 in [0, 1), each row-major.
    """
    down, across = np.divmod(np.arange(patch_size**2), patch_size)
    pixel = corners.first[:, None] + down * corners.widths[:, None] + across
    return as_patches(pictures.pixels[pixel])


def random_patches(
    pictures: Pictures, patch_size: int, count: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Patches drawn at random: picture, row and column uniform and independent.

    Args:
        pictures: none smaller than a patch.
        patch_size: height and width in pixels.
        count: how many.
        rng: the same generator state gives the same patches.

    Returns:
        (count, n_inputs) float32 in [0, 1), each row-major.

    Raises:
        DataError: a picture is smaller than a patch.
    """
    return cut_patches(pictures, random_corners(pictures, patch_size, count, rng), patch_size)


def pictures_of_one_size(
    squares: NDArray[np.uint8], labels: NDArray[np.int64], numbers: NDArray[np.int64]
) -> Pictures:
    """Pictures from one array.

    Args:
        squares: (count, height, width, 3) bytes, RGB.
        labels: (count,) an index into CLASSES, or -1 where a picture has no class.
        numbers: (count,) the place of each picture in its source's own order.
    """
    sizes = np.tile(np.array(squares.shape[1:3], np.int64), (len(squares), 1))
    return Pictures(np.ascontiguousarray(squares).reshape(-1, CHANNELS), sizes, labels, numbers)
