"""Pictures, kept as bytes, and random patches of them."""

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.config import CHANNELS, PIXEL_SCALE

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SPLITS = ("train", "test")
ASSETS = Path(__file__).resolve().parent.parent / "assets"
CIFAR_SIZE = 32
PICTURE_ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"}
HOLD_OUT = 5
"""Of a folder of pictures, every fifth is kept for testing."""


class DataError(Exception):
    """Pictures that can't be had; the message says what is wrong and what to do."""


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
    """Training and test pictures under the name that a checkpoint records."""

    name: str
    train: Pictures
    test: Pictures

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
    if pictures.smallest_side < patch_size:
        raise DataError(f"Every picture must be at least {patch_size} x {patch_size} pixels large.")
    which = rng.integers(len(pictures), size=count)
    corners = rng.integers(pictures.sizes[which] - patch_size + 1)
    widths = pictures.sizes[which, 1]
    return Corners(pictures.starts[which] + corners[:, 0] * widths + corners[:, 1], widths)


def cut_patches(pictures: Pictures, corners: Corners, patch_size: int) -> NDArray[np.float32]:
    """The patches at some corners, (count, n_inputs) in [0, 1)."""
    down, across = np.divmod(np.arange(patch_size**2), patch_size)
    pixel = corners.first[:, None] + down * corners.widths[:, None] + across
    return as_patches(pictures.pixels[pixel])


def random_patches(
    pictures: Pictures, patch_size: int, count: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """`random_corners`, cut out: (count, n_inputs) in [0, 1)."""
    return cut_patches(pictures, random_corners(pictures, patch_size, count, rng), patch_size)


def load_dataset(source: str) -> Dataset:
    """Pictures by name or place.

    Args:
        source: `sample` for the bundled 1,500 pictures of CIFAR-10, or a folder: the unpacked
            official archive (`data_batch_1.bin` ... `test_batch.bin`), or pictures of one's own.

    Raises:
        DataError: nothing usable there.
    """
    if source == "sample":
        return bundled_sample()
    folder = Path(source)
    try:
        found = folder.is_dir()
    except OSError:  # a name too long for the system, or a folder one may not enter
        found = False
    if not found:
        raise DataError(f"There is no folder {source!r}; give 'sample' or a folder of pictures.")
    for place in (folder, folder / "cifar-10-batches-bin"):
        if (place / "test_batch.bin").is_file():
            return _official_archive(place)
    return _folder_of_pictures(folder)


def bundled_sample() -> Dataset:
    """The first pictures of each class of CIFAR-10: 100 for training and 50 for testing.

    Raises:
        DataError: the files in `assets/` are missing or broken.
    """
    try:
        listing = json.loads((ASSETS / "cifar10_sample.json").read_text())
        splits = [_mosaic(ASSETS / f"cifar10_sample_{s}.png", listing[s]) for s in SPLITS]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            "The bundled pictures in assets/ are missing or damaged; fetch the project again."
        ) from error
    return Dataset("sample", *splits)


def _mosaic(path: Path, listing: dict[str, list[int]]) -> Pictures:
    """Undo the layout of a sample file: one row of pictures a class."""
    with Image.open(path) as image:
        mosaic = np.asarray(image.convert("RGB"))
    rows, cols = mosaic.shape[0] // CIFAR_SIZE, mosaic.shape[1] // CIFAR_SIZE
    tiles = mosaic.reshape(rows, CIFAR_SIZE, cols, CIFAR_SIZE, CHANNELS).swapaxes(1, 2)
    squares = tiles.reshape(-1, CIFAR_SIZE, CIFAR_SIZE, CHANNELS)
    labels, numbers = (np.array(listing[name], np.int64) for name in ("labels", "numbers"))
    if not len(squares) == len(labels) == len(numbers):
        raise ValueError(f"{path.name} and its listing disagree")
    return _of_one_size(squares, labels, numbers)


def _official_archive(folder: Path) -> Dataset:
    """CIFAR-10 as its authors publish it: records of a label byte and three planes of 32 x 32."""
    train = _records([folder / f"data_batch_{i}.bin" for i in range(1, 6)])
    return Dataset("cifar10", train, _records([folder / "test_batch.bin"]))


def _records(files: Sequence[Path]) -> Pictures:
    plane = CIFAR_SIZE * CIFAR_SIZE
    squares, labels = [], []
    for file in files:
        try:
            raw = np.fromfile(file, np.uint8)
        except OSError as error:
            raise DataError(f"{file} can't be read; unpack the CIFAR-10 archive again.") from error
        if len(raw) != 10_000 * (1 + CHANNELS * plane):
            raise DataError(f"{file} does not hold 10,000 pictures; unpack the archive again.")
        records = raw.reshape(10_000, -1)
        labels.append(records[:, 0].astype(np.int64))
        squares.append(records[:, 1:].reshape(-1, CHANNELS, plane).transpose(0, 2, 1))
    every = np.concatenate(squares)
    return _of_one_size(
        every.reshape(-1, CIFAR_SIZE, CIFAR_SIZE, CHANNELS),
        np.concatenate(labels),
        np.arange(len(every)),
    )


def _of_one_size(
    squares: NDArray[np.uint8], labels: NDArray[np.int64], numbers: NDArray[np.int64]
) -> Pictures:
    sizes = np.tile(np.array(squares.shape[1:3], np.int64), (len(squares), 1))
    return Pictures(np.ascontiguousarray(squares).reshape(-1, CHANNELS), sizes, labels, numbers)


def _folder_of_pictures(folder: Path) -> Dataset:
    """Every readable picture below a folder, in order of name."""
    arrays = []
    for file in sorted(p for p in folder.rglob("*") if p.suffix.lower() in PICTURE_ENDINGS):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                with Image.open(file) as image:
                    arrays.append(np.asarray(image.convert("RGB")))
        except Exception as error:  # decoders raise anything at all on a damaged file
            raise DataError(f"{file} can't be read as a picture; repair or remove it.") from error
    if not arrays:
        raise DataError(f"There are no pictures in {folder}; it needs PNG, JPEG, WebP, GIF or BMP.")
    place = np.arange(len(arrays))
    held_out = place % HOLD_OUT == HOLD_OUT - 1
    if not held_out.any():
        return Dataset(folder.name, *[_of_many_sizes(arrays, place)] * 2)
    parts = [_of_many_sizes(arrays, place[chosen]) for chosen in (~held_out, held_out)]
    return Dataset(folder.name, *parts)


def _of_many_sizes(arrays: Sequence[NDArray[np.uint8]], chosen: NDArray[np.int64]) -> Pictures:
    picked = [arrays[i] for i in chosen]
    pixels = np.concatenate([a.reshape(-1, CHANNELS) for a in picked])
    sizes = np.array([a.shape[:2] for a in picked], np.int64)
    return Pictures(pixels, sizes, np.full(len(picked), -1), np.arange(len(picked)))
