"""Pictures, kept as bytes, and random patches of them."""

import gzip
import json
import tarfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
import platformdirs
from numpy.typing import NDArray
from PIL import Image

from model.config import CHANNELS, PIXEL_SCALE

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SPLITS = ("train", "test")
ASSETS = Path(__file__).resolve().parent.parent / "assets"
CIFAR_SIZE = 32
PICTURE_ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"}
NAMED_SOURCES = ("sample", "cifar10")
"""What `load_dataset` knows by name; anything else is a place."""
ARCHIVE_ENDINGS = {".gz", ".tgz"}
OFFICIAL_FOLDER = "cifar-10-batches-bin"
BATCHES = (*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin")
"""The files of the official archive, in the order of the pictures."""
BATCH_PICTURES = 10_000
RECORD_BYTES = 1 + CHANNELS * CIFAR_SIZE * CIFAR_SIZE
BATCH_BYTES = BATCH_PICTURES * RECORD_BYTES
UNPACKED_AT_ONCE = 1 << 20
HOLD_OUT = 5
"""Of a folder of pictures, every fifth is kept for testing."""


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
    check_size(pictures, patch_size)
    which = rng.integers(len(pictures), size=count)
    corners = rng.integers(pictures.sizes[which] - patch_size + 1)
    widths = pictures.sizes[which, 1]
    return Corners(pictures.starts[which] + corners[:, 0] * widths + corners[:, 1], widths)


def check_size(pictures: Pictures, patch_size: int) -> None:
    """Raise DataError if a picture is smaller than a patch."""
    if pictures.smallest_side < patch_size:
        raise DataError(f"Every picture must be at least {patch_size} x {patch_size} pixels large.")


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


def load_dataset(source: str, progress: Progress | None = None) -> Dataset:
    """Pictures by name or place.

    Args:
        source: `sample` for the bundled 1,500 pictures of CIFAR-10; `cifar10` for all 60,000, which are
            downloaded (170 MB) unless they are in the user's cache already; the official archive as a file;
            or a folder: the unpacked official archive (`data_batch_1.bin` ... `test_batch.bin`), or pictures
            of one's own.
        progress: told about the download, if there is one; what it raises ends it and is passed on.

    Raises:
        DataError: nothing usable there.
    """
    if source == "sample":
        return bundled_sample()
    if source == "cifar10":
        return _full_cifar10(progress)
    place = Path(source)
    is_archive = place.suffix.lower() in ARCHIVE_ENDINGS
    try:
        found, is_file = place.is_dir(), place.is_file()
    except OSError:  # a name too long for the system, or a folder one may not enter
        found = is_file = False
    if is_archive and is_file:
        return _of_batches(archive_batches(place, shown_as=source))
    if not found:
        raise DataError(
            f"There is no {'archive' if is_archive else 'folder'} {source!r}; give 'sample', 'cifar10', a "
            "folder of pictures, or the CIFAR-10 archive."
        )
    for folder in (place, place / OFFICIAL_FOLDER):
        if (folder / BATCHES[-1]).is_file():
            return _official_archive(folder)
    return _folder_of_pictures(place)


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


def _full_cifar10(progress: Progress | None) -> Dataset:
    """All of CIFAR-10, from the user's cache or downloaded into it."""
    # Imported here because that module builds on this one, and only a download needs a network library.
    from model.download import fetch_cifar10  # noqa: PLC0415

    folder = fetch_cifar10(platformdirs.user_cache_path("rankscope"), progress=progress)
    try:
        return _official_archive(folder)
    except DataError as error:
        raise DataError(
            f"The CIFAR-10 kept in {folder} is damaged; remove that folder and try again."
        ) from error


def _official_archive(folder: Path) -> Dataset:
    """CIFAR-10 as its authors publish it, unpacked."""
    return _of_batches(_records([folder / name for name in BATCHES]))


def _records(files: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file, checked, as they are asked for.

    Raises:
        DataError: a file can't be read or isn't a batch.
    """
    for file in files:
        try:
            raw = file.read_bytes() if file.stat().st_size == BATCH_BYTES else b""
        except OSError as error:
            raise DataError(f"{file} can't be read; unpack the CIFAR-10 archive again.") from error
        if not _is_batch(raw):
            raise DataError(f"{file} does not hold 10,000 pictures; unpack the archive again.")
        yield file.name, raw


def archive_batches(archive: Path, shown_as: str) -> Iterator[tuple[str, bytes]]:
    """Name and content of the six batches in an official archive, checked, in the archive's order.

    Nothing else in the archive is looked at, whatever its name says. The archive is read through to its end,
    so that its own checksum is verified; it is sound only if the iterator ends without an error.

    Args:
        archive: a .tar.gz file with the layout of the binary version.
        shown_as: what messages call it.

    Raises:
        DataError: it isn't such an archive, or is damaged, cut off or incomplete.
    """
    missing = {f"{OFFICIAL_FOLDER}/{name}" for name in BATCHES}
    try:
        with _BoundedGzip(archive) as file:
            with tarfile.open(fileobj=file, mode="r|", bufsize=UNPACKED_AT_ONCE) as content:
                for member in content:
                    name = str(PurePosixPath(member.name))  # without a leading ./
                    if name in missing and member.isreg():
                        missing.remove(name)
                        yield PurePosixPath(name).name, _member(content, member, shown_as)
            while file.read(UNPACKED_AT_ONCE):
                pass
    except DataError:
        raise
    except EOFError as error:
        raise DataError(f"{shown_as} is cut off before its end; download the archive again.") from error
    except Exception as error:  # unpackers raise anything at all on a damaged file
        raise DataError(_about_archive(error, shown_as)) from error
    if missing:
        raise DataError(f"{shown_as} lacks {min(missing)}; it must be the binary version of CIFAR-10.")


class _BoundedGzip(gzip.GzipFile):
    """An unpacked stream that ends in an error after more than an official archive can hold.

    A small file can unpack to any size; this one is not followed that far.
    """

    def __init__(self, archive: Path) -> None:
        super().__init__(archive)
        self._left = (len(BATCHES) + 1) * BATCH_BYTES

    def read(self, size: int | None = -1) -> bytes:
        """The next `size` bytes, fewer only at the end."""
        content = super().read(size)
        self._left -= len(content)
        if self._left < 0:
            raise ValueError("more than CIFAR-10 holds")
        return content


def _member(content: tarfile.TarFile, member: tarfile.TarInfo, shown_as: str) -> bytes:
    """One batch out of an archive."""
    file = content.extractfile(member) if member.size == BATCH_BYTES else None
    raw = file.read(BATCH_BYTES) if file else b""  # all at once: without a size it reads crumb by crumb
    if not _is_batch(raw):
        raise DataError(
            f"{shown_as} does not hold 10,000 pictures in {member.name}; download the archive again."
        )
    return raw


def _about_archive(error: Exception, shown_as: str) -> str:
    """One sentence on an archive that can't be unpacked."""
    if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
        return f"{shown_as} can't be read ({error.strerror}); make it readable or give another archive."
    return f"{shown_as} is damaged or not a .tar.gz archive; download the archive again."


def _is_batch(raw: bytes) -> bool:
    """Whether this is 10,000 records of a label 0 to 9 and three planes of 32 x 32."""
    labels = np.frombuffer(raw, np.uint8)[::RECORD_BYTES]
    return len(raw) == BATCH_BYTES and bool((labels < len(CLASSES)).all())


def _of_batches(batches: Iterable[tuple[str, bytes]]) -> Dataset:
    """Put batches in their places as they come, so that memory holds few beside the pictures."""
    count = len(BATCHES) * BATCH_PICTURES
    squares = np.empty((count, CIFAR_SIZE, CIFAR_SIZE, CHANNELS), np.uint8)
    labels = np.empty(count, np.int64)
    for name, raw in batches:
        start = BATCHES.index(name) * BATCH_PICTURES
        place = slice(start, start + BATCH_PICTURES)
        records = np.frombuffer(raw, np.uint8).reshape(BATCH_PICTURES, RECORD_BYTES)
        labels[place] = records[:, 0]
        planes = records[:, 1:].reshape(-1, CHANNELS, CIFAR_SIZE, CIFAR_SIZE)
        squares[place] = planes.transpose(0, 2, 3, 1)
    cut = count - BATCH_PICTURES
    splits = [(squares[part], labels[part]) for part in (slice(cut), slice(cut, count))]
    return Dataset("cifar10", *[_of_one_size(*split, np.arange(len(split[1]))) for split in splits])


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
    # A name that is no text (the system allows any bytes) could not be recorded with a model.
    name = folder.resolve().name.encode(errors="replace").decode()
    place = np.arange(len(arrays))
    held_out = place % HOLD_OUT == HOLD_OUT - 1
    if not held_out.any():
        return Dataset(name, *[_of_many_sizes(arrays, place)] * 2)
    parts = [_of_many_sizes(arrays, place[chosen]) for chosen in (~held_out, held_out)]
    return Dataset(name, *parts)


def _of_many_sizes(arrays: Sequence[NDArray[np.uint8]], chosen: NDArray[np.int64]) -> Pictures:
    picked = [arrays[i] for i in chosen]
    pixels = np.concatenate([a.reshape(-1, CHANNELS) for a in picked])
    sizes = np.array([a.shape[:2] for a in picked], np.int64)
    return Pictures(pixels, sizes, np.full(len(picked), -1), chosen)
