"""Pictures by their place: the command line and folders read as uploads do, and open regular files only."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model import cli
from model.coding.decomposition_files import read_picture_to_decompose
from model.data.pictures import DataError
from model.data.sources import load_dataset
from model.files import read_beginning
from model.pictures import reader
from model.pictures.pixels import scaled_size
from tests.unit.colour_profiles import P3
from tests.unit.picture_files import exif_of, flat, gradient, quarters, read_picture, saved

needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")


@contextmanager
def within_seconds(seconds: int) -> Iterator[None]:
    """End what waits for ever with an error."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


PICTURES = {
    "with a profile": saved(Image.fromarray(quarters()), "PNG", icc_profile=P3),
    "turned": saved(Image.fromarray(quarters()), "JPEG", quality=95, exif=exif_of(6)),
    "half clear": saved(flat("RGBA", (255, 0, 0, 127)), "PNG"),
    "clear over a hidden colour": saved(flat("RGBA", (255, 0, 0, 0)), "PNG"),
    "16-bit grey": saved(Image.fromarray(np.arange(384, dtype=np.uint16).reshape(16, 24) * 170), "PNG"),
    "without its end": saved(gradient(), "JPEG")[:-2],
    "AVIF": saved(gradient(), "AVIF"),
    "BMP": saved(gradient(), "BMP"),
}


@pytest.mark.parametrize("name", ["a.png", "b.jpe", "c.jfif", "d", "e.txt"])
@pytest.mark.parametrize("content", PICTURES.values(), ids=PICTURES)
def test_every_door_shows_the_same_whatever_the_name(content: bytes, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    shown = read_picture(content, 7)
    assert (read_picture_to_decompose(tmp_path / name, 7, 2048) == shown).all()
    assert (load_dataset(str(tmp_path), patch_size=7).train.picture(0) == shown).all()


@pytest.mark.parametrize(
    ("size", "longest", "expected"),
    [
        ((4000, 7), 2048, (4000, 7)),
        ((7, 4000), 2048, (7, 4000)),
        ((4000, 14), 2048, (2048, 7)),
        ((4000, 10), 2048, (2800, 7)),
        ((100, 50), 5, (14, 7)),
        ((100, 50), None, (100, 50)),
    ],
    ids=str,
)
def test_no_side_is_scaled_below_a_patch(
    size: tuple[int, int], longest: int | None, expected: tuple[int, int]
) -> None:
    assert scaled_size(*size, longest, smallest_side=7) == expected


def test_a_long_thin_picture_is_decomposed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (4000, 7), (9, 99, 199)).save(tmp_path / "strip.png")
    out = tmp_path / "out"
    assert cli.main(["decompose", str(tmp_path / "strip.png"), "--out", str(out), "--ranks", "1"]) == 0
    assert "width: 4000" in capsys.readouterr().out
    with Image.open(out / "original.png") as original:
        assert original.size == (4000, 7)


def special_files() -> None:
    """Put what is called like a picture and is no file into the working folder."""
    os.mkfifo("pipe.png")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.png")
    Path("device.png").symlink_to("/dev/zero")
    Path("circle.png").symlink_to("circle.png")


@needs_pipes
@pytest.mark.parametrize("name", ["pipe", "socket", "device", "circle"])
def test_what_is_no_regular_file_is_refused_at_once(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # the whole name would be too long for a socket
    special_files()
    with within_seconds(10), pytest.raises(OSError, match=r"regular|symbolic"):
        reader.read_picture_file(Path(f"{name}.png"), 7, 512)
    with within_seconds(10):
        assert cli.main(["decompose", f"{name}.png"]) == 2
    assert f"{name}.png can't be read as a picture" in capsys.readouterr().err


@needs_pipes
def test_a_folder_names_what_is_no_regular_file_and_leaves_it_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    special_files()
    os.mkfifo("pipe")
    Image.new("RGB", (8, 8)).save("z.png")
    with within_seconds(10):
        dataset = load_dataset(str(tmp_path))
    assert len(dataset.train) == 1
    named = [sentence.partition(" ")[0] for sentence in dataset.left_out]
    assert named == ["circle.png", "device.png", "pipe.png", "socket.png"]


@needs_pipes
def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "file.png").write_bytes(b"x")
    status = (tmp_path / "file.png").stat()
    monkeypatch.setattr(Path, "stat", lambda *_, **__: status)  # what was there when it was looked at
    with within_seconds(10), pytest.raises(OSError, match="Not a regular file"):
        read_beginning(tmp_path / "pipe.png", 10)


def test_a_file_is_read_as_far_as_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    assert read_beginning(tmp_path / "a", 4) == b"0123"
    assert read_beginning(tmp_path / "a", 99) == b"0123456789"


def test_a_file_of_more_than_its_limit_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "large.png").open("wb") as file:
        file.write(saved(flat("L", 9), "PNG"))
        file.truncate(reader.LARGEST_FILE + 1)
    with pytest.raises(
        DataError, match=r"large\.png can't be read as a picture: this file is larger than 100"
    ):
        read_picture_to_decompose(tmp_path / "large.png", 7, 512)


NAMED_FORMATS = {
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "TIFF": saved(flat("L", 0), "TIFF"),
    "JPEG XL": b"\0\0\0\x0cJXL \x0d\x0a\x87\x0a",
    "JPEG 2000": saved(flat("L", 0), "JPEG2000"),
    "SVG": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>',
    "PDF": b"%PDF-1.7\n",
    "Photoshop": b"8BPS\0\1",
}


@pytest.mark.parametrize(("name", "content"), NAMED_FORMATS.items(), ids=NAMED_FORMATS)
def test_a_format_that_is_not_read_is_named_at_every_door(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(DataError, match=rf"a\.png can't be read as a picture: this is .*{name}.*\.$"):
        read_picture_to_decompose(tmp_path / "a.png", 7, 512)
    with pytest.raises(DataError, match=rf"There are no pictures in .*{name}.*\.$"):
        load_dataset(str(tmp_path))
    (tmp_path / "a.png").rename(tmp_path / "a.other")
    Image.new("RGB", (8, 8)).save(tmp_path / "b.png")
    dataset = load_dataset(str(tmp_path))
    assert len(dataset.train) == 1
    assert dataset.left_out == (f"a.other is a file of the format {name}, which is not read",)
