"""CIFAR-10 as its authors publish it: downloaded once, checked, and kept in a folder of its own.

The folder appears complete or not at all. Everything is downloaded and unpacked in a temporary folder beside
it and renamed into place when it is whole; whoever is killed before that leaves only the temporary folder,
which the next download removes.
"""

import errno
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import filelock
import pooch  # type: ignore[import-untyped]
from requests import exceptions as network

from model.data.archive import BATCH_BYTES, BATCHES, OFFICIAL_FOLDER, archive_batches
from model.data.pictures import DataError, Progress

OFFICIAL_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
OFFICIAL_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"
WORK_PREFIX = ".unfinished-"
CHUNK_BYTES = 1 << 20


class _Meter:
    """A progress bar as pooch wants it, which passes the progress on to a callback.

    Attributes:
        total: bytes to come; pooch sets it when the server has answered.
    """

    def __init__(self, progress: Progress) -> None:
        self.total = 0
        self._done = 0
        self._progress = progress

    def update(self, size: int) -> None:
        """Count `size` bytes more; pooch counts the last, smaller chunk as a whole one."""
        self._done += size
        self._progress(min(self._done, self.total) if self.total else self._done, self.total)

    def reset(self) -> None:
        """Pooch starts over at the end, to fill the bar."""
        self._done = 0

    def close(self) -> None:
        """Nothing to tidy up."""


def fetch_cifar10(
    cache: Path, url: str = OFFICIAL_URL, md5: str = OFFICIAL_MD5, progress: Progress | None = None
) -> Path:
    """The folder with the six batches of CIFAR-10, downloaded if it isn't there yet.

    Any number of processes may ask at once: one downloads, the others wait for it.

    Args:
        cache: folder to keep it in, made if need be.
        url: of the archive.
        md5: checksum of the archive, 32 hexadecimal digits.
        progress: called with the bytes downloaded and the bytes in all, 0 where the server does not say; what
            it raises ends the download and is passed on.

    Raises:
        DataError: it can't be downloaded, isn't the right archive, or can't be stored. Nothing of it is
            left behind then.
    """
    folder = cache / OFFICIAL_FOLDER
    if _is_whole(folder):
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _alone(cache):
            if not _is_whole(folder):
                _remove_unfinished(cache)
                _install(folder, url, md5, progress)
    except OSError as error:
        raise DataError(_about_storage(error, cache)) from error
    return folder


def _is_whole(folder: Path) -> bool:
    """Whether all six batches are there at their full size."""
    try:
        return all((folder / name).stat().st_size == BATCH_BYTES for name in BATCHES)
    except OSError:
        return False


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Wait until nobody else downloads into this folder; the system lets go for a process that is killed."""
    with filelock.FileLock(cache / "download.lock", thread_local=False):
        yield


def _remove_unfinished(cache: Path) -> None:
    """Clear away what a killed process left; only for the one that is alone."""
    for leftover in cache.glob(f"{WORK_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _install(folder: Path, url: str, md5: str, progress: Progress | None) -> None:
    """Download, unpack and check beside `folder`, then put it in place in one step."""
    with tempfile.TemporaryDirectory(prefix=WORK_PREFIX, dir=folder.parent) as place:
        work = Path(place)
        archive = _download(work, url, md5, progress)
        unpacked = work / "unpacked"
        unpacked.mkdir()
        for name, raw in archive_batches(archive, shown_as=url):
            (unpacked / name).write_bytes(raw)
        if os.path.lexists(folder):  # one that lost a file; a folder can't be renamed onto another
            folder.replace(work / "damaged")
        unpacked.replace(folder)


def _download(work: Path, url: str, md5: str, progress: Progress | None) -> Path:
    """The archive in `work`, its checksum verified.

    Raises:
        DataError: the server or the network fails, or the checksum is wrong.
        OSError: it can't be stored.
    """
    pooch.get_logger().setLevel(logging.WARNING)  # it reports every download
    meter = _Meter(progress) if progress else False
    # RunAction for as it is, no server packs or unpacks the archive on the way and changes its checksum.
    plain = {"Accept-Encoding": "identity"}
    try:
        with ExitStack() as answers:  # pooch leaves the connection open when a download breaks off
            hooks = {"response": lambda answer, **_: answers.enter_context(answer)}
            downloader = pooch.HTTPDownloader(meter, CHUNK_BYTES, headers=plain, hooks=hooks)
            file = pooch.retrieve(url, f"md5:{md5}", "archive.tar.gz", work, downloader=downloader)
    except network.RequestException as error:
        raise DataError(_about_network(error, url)) from error
    except ValueError as error:
        raise DataError(
            f"What {url} sent is not the archive of CIFAR-10 (its checksum is wrong); try again, or give the "
            "path of an archive that you trust."
        ) from error
    return Path(file)


def _about_network(error: network.RequestException, url: str) -> str:
    """One sentence on a failed download."""
    host = urlsplit(url).hostname
    instead = "or download the archive elsewhere and give its path"
    if isinstance(error, network.HTTPError) and error.response is not None:
        return f"{url} answered with HTTP status {error.response.status_code}; try again later, {instead}."
    if isinstance(error, network.Timeout) or "timed out" in str(error):
        return f"{host} did not answer in time; try again later, {instead}."
    if isinstance(error, network.ChunkedEncodingError | network.ContentDecodingError):
        return f"The connection to {host} broke off during the download; try again, {instead}."
    if isinstance(error, network.ConnectionError):
        return f"{host} can't be reached to download CIFAR-10; check the network and try again, {instead}."
    return f"CIFAR-10 can't be downloaded from {url}; check that address, {instead}."


def _about_storage(error: OSError, cache: Path) -> str:
    """One sentence on a cache that can't be written."""
    elsewhere = "or choose another place with the environment variable XDG_CACHE_HOME"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"There is no room for CIFAR-10 in {cache}; free 400 MB there, {elsewhere}."
    reason = error.strerror or "input or output error"
    return f"CIFAR-10 can't be stored in {cache} ({reason}); make that folder writable, {elsewhere}."
