"""All of CIFAR-10, from a server on this machine or an archive at hand: whole, or a clear refusal."""

# Long because a server on this machine plays each way in which a download can go wrong.

import errno
import gzip
import hashlib
import io
import re
import signal
import socket
import subprocess
import sys
import tarfile
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pooch
import pytest

from model.data import download as module
from model.data.download import OFFICIAL_MD5, OFFICIAL_URL, fetch_cifar10
from model.data.pictures import DataError
from model.data.sources import load_dataset

ROOT = Path(__file__).resolve().parents[2]
FOLDER = "cifar-10-batches-bin"
RECORD = 1 + 3 * 32 * 32
BATCHES = [*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"]
Members = dict[str, bytes]


def batch(number: int) -> bytes:
    """Black pictures of classes 0, 1, 2 ... in turn; the first has its batch's number in three places."""
    records = np.zeros((10_000, RECORD), np.uint8)
    records[:, 0] = (np.arange(10_000) + number) % 10
    records[0, [1, 1 + 1024 + 33, 1 + 2048 + 1023]] = number + 1  # red first, green at (1, 1), blue last
    return records.tobytes()


def packed(members: Members, kind: bytes = tarfile.REGTYPE) -> bytes:
    """A .tar.gz with these members, by path."""
    target = io.BytesIO()
    with (
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=target, mtime=0) as file,
        tarfile.open(fileobj=file, mode="w") as archive,
    ):
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.type, member.linkname = len(content), kind, "/etc/passwd"
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


@pytest.fixture(scope="module")
def archive() -> bytes:
    """A sound archive of full size, small because its pictures are black; the order is not the official."""
    members = {f"{FOLDER}/{name}": batch(i) for i, name in reversed(list(enumerate(BATCHES)))}
    return packed({f"{FOLDER}/readme.html": b"<p>read me", **members})


class Server(ThreadingHTTPServer):
    """Answers as told; `asked` counts the requests.

    Attributes:
        answer: status, content, and by how many bytes the promised length exceeds it.
        may_end: the connection stays open until this is set.
    """

    answer: tuple[int, bytes, int] = (404, b"", 0)
    asked = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.may_end = threading.Event()
        self.may_end.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/cifar-10-binary.tar.gz"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked += 1
        status, content, withheld = self.server.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) + withheld))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()
        self.server.may_end.wait(10)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "*")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.01,))
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def installed(archive: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which CIFAR-10 is; not to be written to."""
    folder = tmp_path_factory.mktemp("cache") / FOLDER
    folder.mkdir()
    for number, name in enumerate(BATCHES):
        (folder / name).write_bytes(batch(number))
    return folder.parent


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def fetch(server: Server, content: bytes, cache: Path, status: int = 200, withheld: int = 0) -> Path:
    """Download what the server is told to answer, the checksum being right."""
    server.answer = (status, content, withheld)
    return fetch_cifar10(cache, server.url, md5(content))


def refused(pattern: str, attempt: Callable[[], object]) -> None:
    """An attempt must end in one sentence like that."""
    with pytest.raises(DataError) as caught:
        attempt()
    assert re.search(pattern, str(caught.value)), caught.value
    assert re.fullmatch(r"[^\n]+[^.\n]\.", str(caught.value))
    assert not re.search(r"[a-z]\. [A-Z]", str(caught.value))


def assert_nothing_is_left(cache: Path) -> None:
    assert [path.name for path in cache.iterdir() if path.name != "download.lock"] == []


def test_the_official_archive_is_asked_for_unless_told_otherwise() -> None:
    assert fetch_cifar10.__defaults__ == (OFFICIAL_URL, OFFICIAL_MD5, None)
    assert OFFICIAL_URL == "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
    assert OFFICIAL_MD5 == "c32a1d4ab5d03f1284b67883e8d87530"


def test_cifar10_is_downloaded_once_and_loaded_in_the_official_order(
    archive: bytes,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(module, "fetch_cifar10", partial(fetch_cifar10, url=server.url, md5=md5(archive)))
    server.answer = (200, archive, 0)
    told: list[tuple[int, int]] = []
    dataset = load_dataset("cifar10", lambda done, total: told.append((done, total)))

    assert dataset.name == "cifar10"
    assert (len(dataset.train), len(dataset.test)) == (50_000, 10_000)
    assert dataset.train.numbers[[0, -1]].tolist() == [0, 49_999]
    every = [dataset.train.picture(10_000 * i) for i in range(5)] + [dataset.test.picture(0)]
    for number, picture in enumerate(every):
        expected = np.zeros((32, 32, 3), np.uint8)
        expected[0, 0, 0] = expected[1, 1, 1] = expected[31, 31, 2] = number + 1
        np.testing.assert_array_equal(picture, expected)
    assert dataset.train.labels[[0, 1, 10_000, 49_999]].tolist() == [0, 1, 1, 3]
    assert dataset.test.labels[[0, 9_999]].tolist() == [5, 4]

    assert told == sorted(told)
    assert told[-1] == (len(archive), len(archive))
    folder = tmp_path / "home" / "rankscope" / FOLDER
    assert sorted(path.name for path in folder.iterdir()) == BATCHES
    assert {path.name for path in folder.parent.iterdir()} == {FOLDER, "download.lock"}
    load_dataset("cifar10")
    assert server.asked == 1
    assert capfd.readouterr() == ("", "")


def test_what_is_there_already_needs_no_network(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", None)
    assert fetch_cifar10(installed) == installed / FOLDER
    assert not (installed / "download.lock").exists()  # nor leave to write


def test_memory_holds_the_pictures_and_little_else(installed: Path) -> None:
    tracemalloc.start()
    try:
        dataset = load_dataset(str(installed))
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert dataset.train.pixels.flags.c_contiguous
    assert kept < 190e6
    assert peak < 260e6


def test_an_archive_at_hand_is_read_where_it_lies(archive: bytes, installed: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.TGZ").write_bytes(archive)
    dataset = load_dataset(str(tmp_path / "mine.TGZ"))
    unpacked = load_dataset(str(installed))
    assert dataset.name == "cifar10"
    for split in ("train", "test"):
        assert np.array_equal(dataset.split(split).pixels, unpacked.split(split).pixels)
        assert np.array_equal(dataset.split(split).labels, unpacked.split(split).labels)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.TGZ"]


def test_a_missing_archive_is_reported_by_name(tmp_path: Path) -> None:
    refused("^There is no archive '.*gone.tar.gz'; ", lambda: load_dataset(str(tmp_path / "gone.tar.gz")))


@pytest.fixture(scope="module")
def bad_archives(archive: bytes) -> dict[str, bytes]:
    zeros = bytes(len(batch(0)))
    wrong_label = bytes([10]) + zeros[1:]
    padding = bytearray(gzip.compress(bytes(3_000_000)))
    padding[-5] ^= 1  # of the checksum that gzip puts at the end, here far behind the last picture
    endless = gzip.compress(tarfile.TarInfo("x").tobuf() + bytes(1024)) + gzip.compress(zeros, 1) * 8
    return {
        "empty": b"",
        "page": b"<html>Log in to the network</html>",
        "gzip only": gzip.compress(b"no archive at all" * 1000),
        "cut": archive[: len(archive) // 2],
        "cut at the last byte": archive[:-1],
        "flipped": archive + padding,
        "endless": endless,
        "member missing": packed({f"{FOLDER}/test_batch.bin": zeros}),
        "other folder": packed({f"cifar-10-batches-py/{name}": b"" for name in BATCHES}),
        "wrong size": packed({f"{FOLDER}/data_batch_2.bin": zeros[1:]}),
        "wrong label": packed({f"{FOLDER}/data_batch_3.bin": wrong_label}),
        "links": packed({f"{FOLDER}/{name}": b"" for name in BATCHES}, tarfile.SYMTYPE),
        "outside": packed({f"../../{FOLDER}/data_batch_1.bin": zeros, "/evil": b"x", "../evil": b"x"}),
    }


BAD_ARCHIVES = [
    ("empty", "is damaged or not a .tar.gz archive; download"),
    ("page", "is damaged or not a .tar.gz archive; download"),
    ("gzip only", "is damaged or not a .tar.gz archive; download"),
    ("cut", "is cut off before its end; download"),
    ("cut at the last byte", "is cut off before its end; download"),
    ("flipped", "is damaged or not"),
    ("endless", "is damaged or not"),
    ("member missing", f"lacks {FOLDER}/data_batch_1.bin; it must be the binary version"),
    ("other folder", f"lacks {FOLDER}/data_batch_1.bin; it must be the binary version"),
    ("wrong size", f"does not hold 10,000 pictures in {FOLDER}/data_batch_2.bin; download"),
    ("wrong label", f"does not hold 10,000 pictures in {FOLDER}/data_batch_3.bin; download"),
    ("links", f"lacks {FOLDER}/data_batch_1.bin"),
    ("outside", f"lacks {FOLDER}/data_batch_1.bin"),
]


@pytest.mark.parametrize(("kind", "message"), BAD_ARCHIVES, ids=[kind for kind, _ in BAD_ARCHIVES])
def test_a_bad_archive_is_refused_downloaded_or_at_hand(
    kind: str, message: str, bad_archives: dict[str, bytes], server: Server, tmp_path: Path
) -> None:
    content = bad_archives[kind]
    file = tmp_path / "archive.tar.gz"
    file.write_bytes(content)
    refused(f"^{re.escape(f'{file} {message}')}", lambda: load_dataset(str(file)))

    cache = tmp_path / "deep" / "er" / "cache"
    refused(f"^{re.escape(f'{server.url} {message}')}", lambda: fetch(server, content, cache))
    assert_nothing_is_left(cache)
    assert {path.name for path in tmp_path.iterdir()} == {"archive.tar.gz", "deep"}
    assert [path.name for path in cache.parent.iterdir()] == ["cache"]


def test_an_archive_that_cannot_be_read_is_reported_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.tar.gz"
    file.write_bytes(b"")
    # Root may read everything, so the system's answer is made up.
    monkeypatch.setattr("builtins.open", raising(PermissionError(errno.EACCES, "Permission denied")))
    refused(r"a\.tar\.gz can't be read \(Permission denied\); ", lambda: load_dataset(str(file)))


def raising(error: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("status", "content", "withheld", "message"),
    [
        (404, b"gone", 0, r"answered with HTTP status 404; try again later"),
        (500, b"oops", 0, r"answered with HTTP status 500; try again later"),
        (200, bytes(5000), 5000, r"^The connection to 127\.0\.0\.1 broke off during the download; try"),
        (200, b"", 5000, r"^The connection to 127\.0\.0\.1 broke off"),
    ],
    ids=["404", "500", "half-way", "at once"],
)
def test_a_server_that_fails_is_reported(
    status: int, content: bytes, withheld: int, message: str, server: Server, tmp_path: Path
) -> None:
    refused(message, lambda: fetch(server, content, tmp_path, status, withheld))
    assert_nothing_is_left(tmp_path)


def test_a_wrong_checksum_is_refused_before_anything_is_unpacked(server: Server, tmp_path: Path) -> None:
    server.answer = (200, b"tampered", 0)
    refused("is not the archive of CIFAR-10", lambda: fetch_cifar10(tmp_path, server.url, OFFICIAL_MD5))
    assert_nothing_is_left(tmp_path)


def test_a_host_that_nobody_knows_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    monkeypatch.setattr(socket, "getaddrinfo", raising(unknown))
    refused(r"^www\.cs\.toronto\.edu can't be reached .*; check the network", lambda: fetch_cifar10(tmp_path))
    assert_nothing_is_left(tmp_path)


@pytest.mark.parametrize(
    ("listening", "message"), [(False, "can't be reached"), (True, "did not answer in time")]
)
def test_a_port_where_nobody_answers_is_reported(
    listening: bool, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooch.downloaders, "DEFAULT_TIMEOUT", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if listening:
            silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/a.tar.gz"
        refused(rf"^127\.0\.0\.1 {message}", lambda: fetch_cifar10(tmp_path, url))
    assert_nothing_is_left(tmp_path)


def test_a_server_that_falls_silent_is_reported(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooch.downloaders, "DEFAULT_TIMEOUT", 0.2)
    server.may_end.clear()
    attempt = partial(fetch, server, bytes(5000), tmp_path, withheld=5000)
    refused(r"^127\.0\.0\.1 did not answer in time", attempt)
    server.may_end.set()
    assert_nothing_is_left(tmp_path)


@pytest.mark.parametrize("url", ["nowhere", "http://", "ftp://127.0.0.1/a.tar.gz"])
def test_an_address_that_makes_no_sense_is_reported(url: str, tmp_path: Path) -> None:
    refused(f"can't be downloaded from {url}; check that address", lambda: fetch_cifar10(tmp_path, url))
    assert_nothing_is_left(tmp_path)


class FullDisk(io.BytesIO):
    def write(self, *_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("stage", ["download", "unpacking"])
def test_a_full_disk_is_reported_and_left_as_it_was(
    stage: str, archive: bytes, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if stage == "download":
        monkeypatch.setattr(pooch.downloaders, "open", lambda *_: FullDisk(), raising=False)
    else:
        monkeypatch.setattr(Path, "write_bytes", lambda *_: FullDisk().write())
    refused("^There is no room for CIFAR-10 in .*; free 400 MB", lambda: fetch(server, archive, tmp_path))
    assert_nothing_is_left(tmp_path)


@pytest.mark.parametrize("cache", ["file", "file/cache"])
def test_a_cache_that_cannot_be_a_folder_is_reported(cache: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused(r"^CIFAR-10 can't be stored in .* \(.+\); ", lambda: fetch_cifar10(tmp_path / cache))


def test_a_cache_that_may_not_be_written_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    denied = PermissionError(errno.EACCES, "Permission denied")
    monkeypatch.setattr(module.tempfile, "TemporaryDirectory", raising(denied))
    refused(r"can't be stored in .* \(Permission denied\); make", lambda: fetch_cifar10(tmp_path))
    assert_nothing_is_left(tmp_path)


def test_whoever_watches_may_end_the_download(archive: bytes, server: Server, tmp_path: Path) -> None:
    server.answer = (200, archive, 0)
    with pytest.raises(KeyboardInterrupt):
        fetch_cifar10(tmp_path, server.url, md5(archive), raising(KeyboardInterrupt()))
    assert_nothing_is_left(tmp_path)


def child(code: str, *arguments: str) -> subprocess.Popen[str]:
    """A process of its own that has imported what it takes to download."""
    script = f"import os, sys, signal\nfrom pathlib import Path\nfrom model.data.download import *\n{code}"
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )


KILLED_DOWNLOADING = """
fetch_cifar10(Path(sys.argv[1]), *sys.argv[2:], lambda *_: os.kill(os.getpid(), signal.SIGKILL))
"""
KILLED_UNPACKING = """
write = Path.write_bytes
def write_some(path, content):
    write(path, content[:1000])
    if path.name == "data_batch_5.bin":
        os.kill(os.getpid(), signal.SIGKILL)
Path.write_bytes = write_some
fetch_cifar10(Path(sys.argv[1]), *sys.argv[2:])
"""

SECOND = """
print("asking", file=sys.stderr, flush=True)
print(fetch_cifar10(Path(sys.argv[1]), *sys.argv[2:]), file=sys.stderr)
"""


def test_after_all_that_can_go_wrong_the_next_attempt_succeeds(
    archive: bytes, server: Server, tmp_path: Path
) -> None:
    with pytest.raises(DataError):
        fetch(server, b"", tmp_path, status=500)
    with pytest.raises(DataError):
        fetch(server, archive[:-1], tmp_path)
    server.answer = (200, archive, 0)
    for code in (KILLED_DOWNLOADING, KILLED_UNPACKING):
        process = child(code, str(tmp_path), server.url, md5(archive))
        process.communicate(timeout=180)
        assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / FOLDER).exists()
    assert len(list(tmp_path.glob(".unfinished-*"))) == 1  # the second cleared away what the first left

    (tmp_path / FOLDER).mkdir()  # as if someone had begun to unpack by hand
    (tmp_path / FOLDER / "data_batch_1.bin").write_bytes(b"part")
    fetch(server, archive, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {FOLDER, "download.lock"}
    for number, name in enumerate(BATCHES):
        assert (tmp_path / FOLDER / name).read_bytes() == batch(number)


def test_of_two_processes_at_once_one_downloads(archive: bytes, server: Server, tmp_path: Path) -> None:
    server.answer = (200, archive, 0)
    told = (str(tmp_path), server.url, md5(archive))
    others: list[subprocess.Popen[str]] = []

    def start_another(*_: object) -> None:
        """Start the second process when the first is in the midst of it, and wait until it asks."""
        if not others:
            others.append(child(SECOND, *told))
            assert others[0].stderr is not None
            assert others[0].stderr.readline() == "asking\n"

    folder = fetch_cifar10(tmp_path, server.url, md5(archive), start_another)
    _, printed = others[0].communicate(timeout=180)
    assert printed == f"{folder}\n"
    assert server.asked == 1


def test_a_kept_copy_that_went_bad_is_reported_with_its_place(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "rankscope" / FOLDER
    folder.mkdir(parents=True)
    for name in BATCHES[1:]:
        (folder / name).symlink_to(installed / FOLDER / name)
    (folder / BATCHES[0]).write_bytes(bytes([10]) + batch(0)[1:])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    refused(
        f"^The CIFAR-10 kept in {folder} is damaged; remove that folder and", lambda: load_dataset("cifar10")
    )
    refused(r"data_batch_1\.bin does not hold 10,000 pictures; ", lambda: load_dataset(str(folder)))
