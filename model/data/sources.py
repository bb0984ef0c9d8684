"""Where pictures come from: the bundled sample, all of CIFAR-10, an archive, a folder."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray
from PIL import Image

from model.config import CHANNELS
from model.data.archive import (
    BATCHES,
    OFFICIAL_FOLDER,
    archive_batches,
    dataset_of_batches,
    is_archive,
    refuse_python_version,
    unpacked_archive,
)
from model.data.picture_folder import read_folder
from model.data.pictures import (
    ASSETS,
    CIFAR_SIZE,
    SPLITS,
    DataError,
    Dataset,
    Pictures,
    Progress,
    pictures_of_one_size,
)

NAMED_SOURCES = ("sample", "cifar10")
"""What `load_dataset` knows by name; anything else is a place."""
ARCHIVE_ENDINGS = {".gz", ".tgz", ".tar", ".zip"}
HOLD_OUT = 5
"""Of a folder of pictures, every fifth is kept for testing."""


def load_dataset(source: str, progress: Progress | None = None, patch_size: int = 1) -> Dataset:
    """Pictures by name or place.

    Args:
        source: `sample` for the bundled 1,500 pictures of CIFAR-10; `cifar10` for all 60,000, which are
            downloaded (170 MB) unless they are in the user's cache already; the official archive as a file,
            packed as .tar.gz, .tar or .zip; or a folder: the unpacked official archive (`data_batch_1.bin`
            ... `test_batch.bin`), or pictures of one's own. `~` is the user's home.
        progress: told about the download, if there is one; what it raises ends it and is passed on.
        patch_size: pixels along a patch's side; smaller pictures of one's own are named and left out.

    Raises:
        DataError: nothing usable there.
    """
    if source == "sample":
        return bundled_sample()
    if source == "cifar10":
        return _full_cifar10(progress)
    try:
        place = Path(source).expanduser()
        found, is_file = place.is_dir(), place.is_file()
    except (OSError, RuntimeError):  # a name too long for the system, a folder one may not enter, no home
        place, found, is_file = Path(source), False, False
    called_archive = place.suffix.lower() in ARCHIVE_ENDINGS
    if is_file and (called_archive or is_archive(place)):
        return dataset_of_batches(archive_batches(place, shown_as=source))
    if not found:
        raise DataError(
            f"There is no {'archive' if called_archive else 'folder'} {source!r}; give 'sample', 'cifar10', "
            "a folder of pictures, or the CIFAR-10 archive."
        )
    for folder in (place, place / OFFICIAL_FOLDER):
        if (folder / BATCHES[-1]).is_file():
            return unpacked_archive(folder)
    refuse_python_version(place)
    return _folder_of_pictures(place, patch_size)


def bundled_sample() -> Dataset:
    """The first pictures of each class of CIFAR-10: 100 for training and 50 for testing.

    Raises:
        DataError: the files in `assets/` are missing or broken.
    """
    try:
        listing = json.loads((ASSETS / "cifar10_sample.json").read_text())
        train, test = (_mosaic(ASSETS / f"cifar10_sample_{s}.png", listing[s]) for s in SPLITS)
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            "The bundled pictures in assets/ are missing or damaged; fetch the project again."
        ) from error
    return Dataset("sample", train, test)


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
    return pictures_of_one_size(squares, labels, numbers)


def downloaded_cifar10() -> Dataset | None:
    """All of CIFAR-10 if it has been downloaded before; None if not. Asks no network.

    Raises:
        DataError: what is there is damaged.
    """
    folder = platformdirs.user_cache_path("rankscope") / OFFICIAL_FOLDER
    return unpacked_archive(folder) if folder.is_dir() else None


def _full_cifar10(progress: Progress | None) -> Dataset:
    """All of CIFAR-10, from the user's cache or downloaded into it."""
    # Imported here because only a download needs a network library.
    from model.data.download import fetch_cifar10  # noqa: PLC0415

    folder = fetch_cifar10(platformdirs.user_cache_path("rankscope"), progress=progress)
    try:
        return unpacked_archive(folder)
    except DataError as error:
        raise DataError(
            f"The CIFAR-10 kept in {folder} is damaged; remove that folder and try again."
        ) from error


def _folder_of_pictures(folder: Path, patch_size: int) -> Dataset:
    found = read_folder(folder, patch_size)
    if not found.arrays:
        reason = f"; {found.left_out[0]}" if found.left_out else ""
        raise DataError(
            f"There are no pictures in {folder} to learn from{reason}; it needs PNG, JPEG, WebP, GIF or BMP."
        )
    # A name that is no text (the system allows any bytes) could not be recorded with a model.
    name = folder.resolve().name.encode(errors="replace").decode()
    return dataset_of_pictures(name, found.arrays, found.left_out)


def dataset_of_pictures(
    name: str, arrays: Sequence[NDArray[np.uint8]], left_out: Sequence[str] = ()
) -> Dataset:
    """Pictures of any sizes: every HOLD_OUT-th is for testing. Fewer than that serve as both.

    Args:
        name: what a checkpoint records.
        arrays: (height, width, 3) bytes each, at least one.
        left_out: what else was there and why it is not among them.
    """
    place = np.arange(len(arrays))
    held_out = place % HOLD_OUT == HOLD_OUT - 1
    if not held_out.any():
        both = _of_many_sizes(arrays, place)
        return Dataset(name, both, both, tuple(left_out))
    train, test = (_of_many_sizes(arrays, place[chosen]) for chosen in (~held_out, held_out))
    return Dataset(name, train, test, tuple(left_out))


def _of_many_sizes(arrays: Sequence[NDArray[np.uint8]], chosen: NDArray[np.int64]) -> Pictures:
    picked = [arrays[i] for i in chosen]
    pixels = np.concatenate([a.reshape(-1, CHANNELS) for a in picked])
    sizes = np.array([a.shape[:2] for a in picked], np.int64)
    return Pictures(pixels, sizes, np.full(len(picked), -1), chosen)
