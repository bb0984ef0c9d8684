"""Which files of a folder are learned from, and what CIFAR-10 may be packed as."""

import pickle
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model import cli
from model.data.archive import BATCHES, OFFICIAL_FOLDER
from model.data.pictures import DataError
from model.data.sources import load_dataset


def shaded(place: Path, shade: int, size: tuple[int, int] = (8, 8)) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (shade, shade, shade)).save(place, "PNG")


def shades(folder: Path, patch_size: int = 1) -> list[int]:
    train = load_dataset(str(folder), patch_size=patch_size).train
    return [int(train.picture(position)[0, 0, 0]) for position in range(len(train))]


@pytest.mark.parametrize(
    "hidden",
    ["._a.png", ".a.png", "__MACOSX/._a.png", "__MACOSX/a.png", ".ipynb_checkpoints/a.png", "in/.b/c.png"],
)
def test_hidden_files_and_folders_are_left_out_without_a_word(hidden: str, tmp_path: Path) -> None:
    folder = tmp_path / ".of-the-user" / "pictures"  # that may be hidden itself
    shaded(folder / "a.png", 1)
    shaded(folder / hidden, 2)
    (folder / hidden).with_name("._broken.png").write_bytes(b"Mac OS X")
    dataset = load_dataset(str(folder))
    assert len(dataset.train) == 1
    assert dataset.left_out == ()


def test_a_picture_smaller_than_a_patch_is_named_and_left_out(tmp_path: Path) -> None:
    for place, size in (("a.png", (8, 8)), ("in/b.png", (7, 6)), ("c.png", (7, 7))):
        shaded(tmp_path / place, len(place), size)
    assert shades(tmp_path, patch_size=7) == [5, 5]
    left_out = load_dataset(str(tmp_path), patch_size=7).left_out
    assert left_out == ("in/b.png is smaller than a patch, at least 7 x 7 pixels",)
    assert len(load_dataset(str(tmp_path), patch_size=1).train) == 3


def test_a_folder_of_pictures_smaller_than_a_patch_only_is_refused(tmp_path: Path) -> None:
    shaded(tmp_path / "a.png", 1)
    with pytest.raises(DataError, match=r"There are no pictures in .* to learn from; a\.png is smaller than"):
        load_dataset(str(tmp_path), patch_size=9)


def test_the_command_line_says_what_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shaded(tmp_path / "in" / "large.png", 1, (40, 40))
    for number in range(12):
        shaded(tmp_path / "in" / f"small{number:02}.png", 2, (6, 9))
    out = str(tmp_path / "run")
    arguments = ["--data", str(tmp_path / "in"), "--units", "8", "--patches", "64", "--out", out]
    assert cli.main(["train", *arguments]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("left out: ")]
    assert lines[0] == "left out: small00.png is smaller than a patch, at least 7 x 7 pixels."
    assert lines[10:] == ["left out: 2 more."]


def test_links_are_followed_and_circles_are_not(tmp_path: Path) -> None:
    shaded(tmp_path / "elsewhere" / "a.png", 1)
    folder = tmp_path / "in"
    shaded(folder / "b.png", 2)
    shaded(folder / "z" / "y" / "c.png", 3)
    (folder / "linked").symlink_to("../elsewhere")
    (folder / "again").symlink_to("../elsewhere")
    (folder / "z" / "y" / "up").symlink_to("../..")
    (folder / "d.png").symlink_to("b.png")
    assert shades(folder) == [1, 2, 2, 3]


def test_pictures_come_in_order_of_name_however_the_system_lists_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, place in enumerate(("a.png", "b/a.png", "b/b.png", "b-c/a.png")):
        shaded(tmp_path / place, number)
    in_order = shades(tmp_path)
    import os

    scandir = os.scandir

    class Reversed:
        def __init__(self, place: str) -> None:
            with scandir(place) as entries:
                self.entries = iter(sorted(entries, key=lambda entry: entry.name, reverse=True))

        def __enter__(self) -> "Reversed":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def __iter__(self) -> "Reversed":
            return self

        def __next__(self) -> "os.DirEntry[str]":
            return next(self.entries)

        def close(self) -> None:
            pass

    monkeypatch.setattr("os.scandir", Reversed)
    assert shades(tmp_path) == in_order


def test_the_home_of_the_user_may_be_written_as_a_tilde(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shaded(tmp_path / "pictures" / "a.png", 1)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_dataset("~/pictures").name == "pictures"
    with pytest.raises(DataError, match=r"There is no folder '~nobody-of-this-name/pictures'"):
        load_dataset("~nobody-of-this-name/pictures")


def test_a_name_that_is_no_text_can_be_told(tmp_path: Path) -> None:
    shaded(tmp_path / "a.png", 1)
    (tmp_path / "\udcff.png").symlink_to("nowhere")
    assert load_dataset(str(tmp_path)).left_out == ("?.png can't be opened (No such file or directory)",)


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The official files, black but for the first picture of each."""
    folder = tmp_path_factory.mktemp("cifar") / OFFICIAL_FOLDER
    folder.mkdir()
    for number, name in enumerate(BATCHES):
        content = np.zeros((10_000, 3073), np.uint8)
        content[0] = number
        (folder / name).write_bytes(content.tobytes())
    return folder


def packed(batches: Path, place: Path) -> Path:
    """The batches as an archive whose name says the kind; `_flat` in it leaves the folder out."""
    folder = "" if "_flat" in place.name else f"{OFFICIAL_FOLDER}/"
    if ".zip" in place.name:
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("__MACOSX/._data_batch_1.bin", b"Mac OS X")
            for file in batches.iterdir():
                archive.write(file, folder + file.name)
    else:
        with tarfile.open(place, "w:") as archive:
            for file in batches.iterdir():
                archive.add(file, folder + file.name)
    return place


@pytest.mark.parametrize("name", ["cifar-10-binary.tar", "cifar.zip", "my_flat.zip", "download"])
def test_cifar_10_may_be_packed_otherwise(name: str, batches: Path, tmp_path: Path) -> None:
    dataset = load_dataset(str(packed(batches, tmp_path / name)))
    assert dataset.name == "cifar10"
    assert dataset.train.labels[::10_000].tolist() == [0, 1, 2, 3, 4]
    assert dataset.test.labels[0] == 5


def test_another_zip_is_refused_in_one_sentence(tmp_path: Path) -> None:
    place = tmp_path / "holiday.zip"
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("a.png", b"x")
    with pytest.raises(DataError, match=r"holiday\.zip lacks .*, or a folder of pictures, unpacked\.$"):
        load_dataset(str(place))
    place.write_bytes(place.read_bytes()[:-30])
    with pytest.raises(DataError, match=r"holiday\.zip is damaged"):
        load_dataset(str(place))


class Trap:
    """What a pickle does when it is opened."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (pytest.fail, ("a pickle was opened",))


def test_the_python_version_of_cifar_10_is_named_and_never_opened(tmp_path: Path) -> None:
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name in ("batches.meta", *(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
        (folder / name).write_bytes(pickle.dumps(Trap()))
    for place in (folder, tmp_path):
        with pytest.raises(
            DataError, match=r"is the Python version of CIFAR-10, .*; give the binary version"
        ):
            load_dataset(str(place))
    with tarfile.open(tmp_path / "cifar-10-python.tar.gz", "w:gz") as archive:
        archive.add(folder, folder.name)
    with pytest.raises(DataError, match=r"must be the binary version of CIFAR-10, not the one for Python\.$"):
        load_dataset(str(tmp_path / "cifar-10-python.tar.gz"))
