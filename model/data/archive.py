"""The official archive of CIFAR-10, binary version: packed, unpacked, and checked record by record."""

import gzip
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

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
    return Dataset("cifar10", *[pictures_of_one_size(*split, np.arange(len(split[1]))) for split in splits])
