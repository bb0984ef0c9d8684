"""The official archive of CIFAR-10, binary version: packed, unpacked, and checked record by record."""

import gzip
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

import numpy as np

from model.config import CHANNELS
from model.data.pictures import CIFAR_SIZE, CLASSES, DataError, Dataset, pictures_of_one_size

OFFICIAL_FOLDER = "cifar-10-batches-bin"
BATCHES = (*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin")
"""The files of the official archive, in the order of the pictures."""
BATCH_PICTURES = 10_000
RECORD_BYTES = 1 + CHANNELS * CIFAR_SIZE * CIFAR_SIZE
BATCH_BYTES = BATCH_PICTURES * RECORD_BYTES
UNPACKED_AT_ONCE = 1 << 20

_PYTHON_FOLDER = "cifar-10-batches-py"
_PYTHON_FILES = ("batches.meta", "data_batch_1")
_GZIP_START, _ZIP_START = b"\x1f\x8b", b"PK\3\4"
_TAR_MARK, _TAR_MARK_AT = b"ustar", 257


def unpacked_archive(folder: Path) -> Dataset:
    """CIFAR-10 as its authors publish it, unpacked."""
    return dataset_of_batches(_records([folder / name for name in BATCHES]))


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


def is_archive(file: Path) -> bool:
    """Whether the content of a regular file is that of a .tar.gz, .tar or .zip archive."""
    head = _head(file)
    return head.startswith((_GZIP_START, _ZIP_START)) or _is_tar(head)


def refuse_python_version(place: Path) -> None:
    """Raise DataError if this folder is CIFAR-10 for Python, or holds it: pickles are never opened."""
    for folder in (place, place / _PYTHON_FOLDER):
        if all((folder / name).is_file() for name in _PYTHON_FILES):
            raise DataError(
                f"{folder} is the Python version of CIFAR-10, whose files can run code when they are opened; "
                "give the binary version, or 'cifar10' to have it downloaded."
            )


def archive_batches(archive: Path, shown_as: str) -> Iterator[tuple[str, bytes]]:
    """Name and content of the six batches in an official archive, checked, in the archive's order.

    Nothing else in the archive is looked at, whatever its name says. The archive is read through to its end,
    so that its own checksum is verified; it is sound only if the iterator ends without an error.

    Args:
        archive: a .tar.gz file with the layout of the binary version, or the same as .tar or .zip.
        shown_as: what messages call it.

    Raises:
        DataError: it isn't such an archive, or is damaged, cut off or incomplete.
    """
    missing = {f"{OFFICIAL_FOLDER}/{name}" for name in BATCHES}
    is_for_python = False
    try:
        with _members(archive) as members:
            for name, size, file in members:
                is_for_python = is_for_python or name.startswith(f"{_PYTHON_FOLDER}/")
                name = name if "/" in name else f"{OFFICIAL_FOLDER}/{name}"  # noqa: PLW2901
                if name in missing:
                    missing.remove(name)
                    yield PurePosixPath(name).name, _batch(name, size, file, shown_as)
    except DataError:
        raise
    except EOFError as error:
        raise DataError(f"{shown_as} is cut off before its end; download the archive again.") from error
    except Exception as error:  # unpackers raise anything at all on a damaged file
        raise DataError(_about_archive(error, shown_as)) from error
    if missing:
        found = "not the one for Python" if is_for_python else "or a folder of pictures, unpacked"
        raise DataError(
            f"{shown_as} lacks {min(missing)}; it must be the binary version of CIFAR-10, {found}."
        )


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as content:
            return content.read(512)
    except OSError:
        return b""


def _is_tar(head: bytes) -> bool:
    return head.startswith(_TAR_MARK, _TAR_MARK_AT)


_Member = tuple[str, int, IO[bytes]]
"""Name without a leading `./`, size in bytes as the archive says it, and content of a regular file."""


@contextmanager
def _members(archive: Path) -> Iterator[Iterator[_Member]]:
    """The regular files in an archive of any of the three kinds."""
    head = _head(archive)
    if head.startswith(_ZIP_START):
        with zipfile.ZipFile(archive) as zipped:
            yield _zip_members(zipped)
        return
    with archive.open("rb") if _is_tar(head) else _BoundedGzip(archive) as file:
        with tarfile.open(fileobj=file, mode="r|", bufsize=UNPACKED_AT_ONCE) as content:
            yield _tar_members(content)
        while file.read(UNPACKED_AT_ONCE):
            pass


def _tar_members(content: tarfile.TarFile) -> Iterator[_Member]:
    for member in content:
        file = content.extractfile(member) if member.isreg() else None
        if file is not None:
            yield str(PurePosixPath(member.name)), member.size, file


def _zip_members(content: zipfile.ZipFile) -> Iterator[_Member]:
    for member in content.infolist():
        if not member.is_dir():
            with content.open(member) as file:
                yield str(PurePosixPath(member.filename)), member.file_size, file


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


def _batch(name: str, size: int, file: IO[bytes], shown_as: str) -> bytes:
    """One batch out of an archive."""
    # All at once: without a size it is read crumb by crumb.
    raw = file.read(BATCH_BYTES) if size == BATCH_BYTES else b""
    if not _is_batch(raw):
        raise DataError(f"{shown_as} does not hold 10,000 pictures in {name}; download the archive again.")
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


def dataset_of_batches(batches: Iterable[tuple[str, bytes]]) -> Dataset:
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
    train, test = (pictures_of_one_size(*split, np.arange(len(split[1]))) for split in splits)
    return Dataset("cifar10", train, test)
