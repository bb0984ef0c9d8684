"""Pictures from a folder: one's own, or the official CIFAR-10 archive."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from model.data.pictures import DataError, random_patches
from model.data.sources import load_dataset

RECORD = 1 + 3 * 32 * 32
BATCHES = [*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"]


def archive_record(label: int, shade: int) -> bytes:
    """A label and three planes; the pixel in row r and column c is (shade, r, c)."""
    rows, columns = np.indices((32, 32)).astype(np.uint8)
    planes = [np.full((32, 32), shade, np.uint8), rows, columns]
    return bytes([label]) + b"".join(plane.tobytes() for plane in planes)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive's six files, black but for the first and last picture of each."""
    folder = tmp_path_factory.mktemp("archive")
    for number, name in enumerate(BATCHES):
        with (folder / name).open("wb") as file:
            file.truncate(10_000 * RECORD)
            file.write(archive_record(number, 10 * number))
            file.seek(-RECORD, 2)
            file.write(archive_record(9 - number, 10 * number + 1))
    return folder


def linked(archive: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for name in BATCHES:
        (folder / name).symlink_to(archive / name)
    return folder


def test_the_official_archive_is_read_batch_after_batch(archive: Path) -> None:
    dataset = load_dataset(str(archive))
    assert dataset.name == "cifar10"
    assert (len(dataset.train), len(dataset.test)) == (50_000, 10_000)
    assert dataset.train.numbers[[0, 10_000, 49_999]].tolist() == [0, 10_000, 49_999]
    firsts, lasts = [0, 10_000, 20_000, 30_000, 40_000], [9_999, 19_999, 29_999, 39_999, 49_999]
    assert dataset.train.labels[firsts].tolist() == [0, 1, 2, 3, 4]
    assert dataset.train.labels[lasts].tolist() == [9, 8, 7, 6, 5]
    assert dataset.test.labels[[0, 1, 9_999]].tolist() == [5, 0, 4]
    for position, shade in [(0, 0), (10_000, 10), (49_999, 41)]:
        picture = dataset.train.picture(position)
        assert (picture[..., 0] == shade).all()
        np.testing.assert_array_equal(picture[..., 1:].transpose(2, 0, 1), np.indices((32, 32)))
    patches = random_patches(dataset.test, 7, 100, np.random.default_rng(0))
    assert patches.shape == (100, 147)


def test_a_batch_missing_from_the_folder_the_archive_unpacks_to_is_reported_by_name(
    archive: Path, tmp_path: Path
) -> None:
    linked(archive, tmp_path / "cifar-10-batches-bin")
    (tmp_path / "cifar-10-batches-bin" / "data_batch_1.bin").unlink()
    with pytest.raises(DataError, match=r"cifar-10-batches-bin/data_batch_1\.bin can't be read"):
        load_dataset(str(tmp_path))


@pytest.mark.parametrize("length", [0, 1, 10_000 * RECORD - 1, 10_000 * RECORD + RECORD], ids=str)
def test_an_archive_file_of_another_length_is_refused(length: int, archive: Path, tmp_path: Path) -> None:
    folder = linked(archive, tmp_path)
    (folder / "data_batch_1.bin").unlink()
    with (folder / "data_batch_1.bin").open("wb") as file:
        file.truncate(length)
    with pytest.raises(DataError, match=r"data_batch_1\.bin does not hold 10,000 pictures; .*\.$"):
        load_dataset(str(folder))


def test_a_missing_folder_is_reported_by_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^There is no folder '.*nowhere'; .*\.$"):
        load_dataset(str(tmp_path / "nowhere"))


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    Image.new("RGB", (8, 8)).save(file)
    with pytest.raises(DataError, match="There is no folder"):
        load_dataset(str(file))


@pytest.mark.parametrize("other", [None, "notes.txt", "film.mp4"], ids=["empty", "text", "film"])
def test_a_folder_without_pictures_is_refused(other: str | None, tmp_path: Path) -> None:
    if other:
        (tmp_path / other).write_bytes(b"something else")
    with pytest.raises(DataError, match=r"^There are no pictures in .*\.$"):
        load_dataset(str(tmp_path))


def shaded(folder: Path, name: str, shade: int, size: tuple[int, int] = (8, 8)) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    Image.new("RGB", size, (shade, 0, 255 - shade)).save(folder / name)


def test_of_a_folder_every_fifth_picture_in_order_of_name_is_held_out(tmp_path: Path) -> None:
    for shade in reversed(range(11)):
        shaded(tmp_path, f"{shade:02}.png", shade)
    dataset = load_dataset(str(tmp_path))
    assert dataset.name == tmp_path.name
    shades = [[int(p.picture(i)[0, 0, 0]) for i in range(len(p))] for p in (dataset.train, dataset.test)]
    assert shades == [[0, 1, 2, 3, 5, 6, 7, 8, 10], [4, 9]]
    assert (dataset.train.labels == -1).all()


@pytest.mark.parametrize("count", [1, 4])
def test_a_handful_of_pictures_is_both_learned_from_and_tested_on(count: int, tmp_path: Path) -> None:
    for shade in range(count):
        shaded(tmp_path, f"{shade}.png", shade)
    dataset = load_dataset(str(tmp_path))
    assert len(dataset.train) == len(dataset.test) == count


def test_pictures_of_different_sizes_may_lie_together(tmp_path: Path) -> None:
    sizes = [(9, 4), (4, 9), (30, 20)]
    for i, size in enumerate(sizes):
        shaded(tmp_path, f"{i}.png", 100 + i, size)
    train = load_dataset(str(tmp_path)).train
    assert train.sizes.tolist() == [[height, width] for width, height in sizes]
    assert train.smallest_side == 4
    patches = (random_patches(train, 4, 60, np.random.default_rng(0)) * 256).reshape(60, 16, 3)
    assert set(patches[:, :, 0].ravel()) == {100, 101, 102}
    assert (np.ptp(patches, axis=1) == 0).all()  # no patch mixes two pictures


@pytest.mark.parametrize(
    "name", ["a.png", "a.PNG", "a.jpg", "a.jpeg", "a.webp", "a.gif", "a.bmp", "in/a.png"]
)
def test_pictures_of_every_usual_kind_are_found_below_the_folder(name: str, tmp_path: Path) -> None:
    shaded(tmp_path, name, 255)
    picture = load_dataset(str(tmp_path)).train.picture(0).astype(int)
    assert picture.shape == (8, 8, 3)
    assert np.abs(picture - [255, 0, 0]).max() <= 3  # JPEG and WebP lose a little


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_grey_palette_and_transparent_pictures_become_rgb(mode: str, tmp_path: Path) -> None:
    Image.new("L", (5, 6), 255).convert(mode).save(tmp_path / "a.png")
    picture = load_dataset(str(tmp_path)).train.picture(0)
    assert picture.shape == (6, 5, 3)
    assert (picture == 255).all()


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"plain text"], ids=["empty", "cut", "text"])
def test_a_broken_picture_is_reported_by_name(content: bytes, tmp_path: Path) -> None:
    shaded(tmp_path, "a.png", 1)
    (tmp_path / "b.png").write_bytes(content)
    with pytest.raises(DataError, match=r"b\.png can't be read as a picture; repair or remove it\.$"):
        load_dataset(str(tmp_path))


def test_a_folder_called_like_a_picture_is_reported_by_name(tmp_path: Path) -> None:
    (tmp_path / "b.png").mkdir()
    with pytest.raises(DataError, match=r"b\.png can't be read as a picture"):
        load_dataset(str(tmp_path))


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@pytest.mark.parametrize("side", [10_000, 20_000, 60_000])
def test_a_picture_that_would_unpack_to_far_too_many_pixels_is_refused(side: int, tmp_path: Path) -> None:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    body = png_chunk(b"IDAT", zlib.compress(bytes(100)))
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + body + png_chunk(b"IEND", b""))
    with pytest.raises(DataError, match=r"bomb\.png can't be read as a picture"):
        load_dataset(str(tmp_path))


def test_a_picture_with_a_part_of_the_wrong_length_is_reported_by_name(tmp_path: Path) -> None:
    # Pillow answers a damaged length with a SyntaxError when it decodes.
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)).save(tmp_path / "a.png")
    content = bytearray((tmp_path / "a.png").read_bytes())
    place = content.index(b"IDAT") - 4
    content[place : place + 4] = struct.pack(">I", 5_000)
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.png can't be read as a picture"):
        load_dataset(str(tmp_path))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), kind=st.sampled_from(["png", "jpeg", "gif", "webp", "bmp"]))
def test_a_damaged_picture_is_either_read_or_refused(
    data: st.DataObject, kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    file = folder / f"a.{kind}"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (9, 9, 3), np.uint8)).save(file)
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    file.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        dataset = load_dataset(str(folder))
    except DataError as error:
        assert f"a.{kind} can't be read as a picture" in str(error)
    else:
        assert dataset.train.pixels.shape == (dataset.train.sizes.prod(axis=1).sum(), 3)
