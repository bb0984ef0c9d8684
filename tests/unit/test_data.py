"""Random patches: drawn evenly, and really cut from the pictures."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from model.data import sources as module
from model.data.pictures import (
    CLASSES,
    SPLITS,
    Corners,
    DataError,
    Dataset,
    Pictures,
    as_patches,
    cut_patches,
    random_corners,
    random_patches,
)
from model.data.sources import load_dataset

Join = Callable[..., Pictures]


def numbered(height: int, width: int, number: int = 0) -> np.ndarray:
    """A picture whose every pixel tells where it comes from: row, column and picture."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, :, 0], picture[:, :, 1] = np.indices((height, width))
    picture[:, :, 2] = number
    return picture


@pytest.mark.parametrize(("split", "per_class"), [("train", 100), ("test", 50)])
def test_the_bundled_sample_has_as_many_pictures_of_every_class(
    split: str, per_class: int, sample: Dataset
) -> None:
    pictures = sample.split(split)
    assert len(pictures) == 10 * per_class
    assert Counter(pictures.labels.tolist()) == dict.fromkeys(range(len(CLASSES)), per_class)
    assert {tuple(size) for size in pictures.sizes.tolist()} == {(32, 32)}
    assert pictures.pixels.shape == (10 * per_class * 1024, 3)
    assert pictures.pixels.dtype == np.uint8
    assert len(set(pictures.numbers.tolist())) == len(pictures)


def test_the_bundled_samples_pictures_are_all_different(sample: Dataset) -> None:
    every = [p.picture(i).tobytes() for p in (sample.train, sample.test) for i in range(len(p))]
    assert len(set(every)) == 1_500
    assert min(np.ptp(sample.train.picture(i)) for i in range(1_000)) > 20  # none is one flat colour


@pytest.mark.parametrize(("split", "per_class"), [("train", 100), ("test", 50)])
def test_the_bundled_samples_pictures_stand_in_rows_by_class(
    split: str, per_class: int, sample: Dataset
) -> None:
    pictures = sample.split(split)
    with Image.open(module.ASSETS / f"cifar10_sample_{split}.png") as mosaic:
        for position in (0, 1, per_class - 1, per_class, 7 * per_class + 31, 10 * per_class - 1):
            row, column = divmod(position, per_class)
            crop = mosaic.crop((32 * column, 32 * row, 32 * column + 32, 32 * row + 32))
            np.testing.assert_array_equal(pictures.picture(position), np.asarray(crop))
            assert pictures.labels[position] == row


def test_the_sample_is_what_its_name_loads() -> None:
    dataset = load_dataset("sample")
    assert dataset.name == "sample"
    assert (len(dataset.split("train")), len(dataset.split("test"))) == (1_000, 500)


def test_there_is_no_third_split(sample: Dataset) -> None:
    assert SPLITS == ("train", "test")
    with pytest.raises(KeyError):
        sample.split("validation")


def test_a_picture_is_found_by_its_number(sample: Dataset) -> None:
    number = int(sample.test.numbers[7])
    assert sample.test.position(number) == 7
    assert sample.test.position(-1) is None


def test_pictures_of_different_sizes_are_taken_apart_again(as_pictures: Join) -> None:
    originals = [numbered(3, 5, 1), numbered(6, 2, 2), numbered(4, 4, 3)]
    pictures = as_pictures(*originals)
    assert len(pictures) == 3
    assert pictures.starts.tolist() == [0, 15, 27]
    assert pictures.smallest_side == 2
    for position, original in enumerate(originals):
        np.testing.assert_array_equal(pictures.picture(position), original)


def test_bytes_become_values_from_zero_to_below_one_row_by_row() -> None:
    # Row by row, pixel by pixel, red, green, blue: 0, 1, 2, ... 11.
    square = np.arange(12, dtype=np.uint8).reshape(1, 2, 2, 3)
    np.testing.assert_array_equal(as_patches(square), [np.arange(12) / 256])
    assert as_patches(np.full((1, 2, 2, 3), 255, np.uint8)).max() == 255 / 256
    assert as_patches(square).dtype == np.float32


@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 3), (2, 0), (2, 3), (1, 2)], ids=str)
def test_patches_are_cut_where_they_lie_up_to_the_last_row_and_column(
    row: int, column: int, as_pictures: Join
) -> None:
    picture = numbered(4, 5, 9)
    pictures = as_pictures(numbered(2, 7), picture)
    corners = Corners(np.array([14 + row * 5 + column]), np.array([5]))
    expected = picture[row : row + 2, column : column + 2].reshape(1, 12) / 256
    np.testing.assert_array_equal(cut_patches(pictures, corners, 2), expected)


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.tuples(st.integers(2, 12), st.integers(2, 12)), min_size=1, max_size=5),
    data=st.data(),
)
def test_random_patches_are_pieces_of_the_pictures(
    sizes: list[tuple[int, int]], data: st.DataObject, as_pictures: Join
) -> None:
    pictures = as_pictures(*(numbered(h, w, i) for i, (h, w) in enumerate(sizes)))
    size = data.draw(st.integers(2, pictures.smallest_side))
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    patches = random_patches(pictures, size, 50, rng)
    assert patches.shape == (50, size * size * 3)
    assert patches.dtype == np.float32
    for patch in (patches * 256).astype(int).reshape(50, size, size, 3):
        row, column, number = patch[0, 0]
        piece = pictures.picture(number)[row : row + size, column : column + size]
        np.testing.assert_array_equal(patch, piece)


def test_random_patches_of_the_sample_lie_in_zero_to_below_one(sample: Dataset) -> None:
    patches = random_patches(sample.train, 7, 20_000, np.random.default_rng(0))
    assert patches.min() == 0
    assert patches.max() == 255 / 256
    assert 0.4 < patches.mean() < 0.55  # CIFAR-10's mean brightness is 0.47


def test_every_place_in_a_picture_is_drawn_equally_often(as_pictures: Join) -> None:
    # 3 rows x 4 columns of places for 2 x 2 in 4 x 5 pixels; 1,000 each expected, standard deviation 30.
    corners = random_corners(as_pictures(numbered(4, 5)), 2, 12_000, np.random.default_rng(0))
    counts = Counter(divmod(first, 5) for first in corners.first.tolist())
    assert set(counts) == {(row, column) for row in range(3) for column in range(4)}
    assert max(abs(count - 1_000) for count in counts.values()) < 130


def test_every_picture_is_drawn_equally_often_whatever_its_size(as_pictures: Join) -> None:
    pictures = as_pictures(numbered(2, 2), numbered(9, 9), numbered(3, 30))
    corners = random_corners(pictures, 2, 9_000, np.random.default_rng(0))
    counts = Counter(corners.widths.tolist())
    assert set(counts) == {2, 9, 30}
    assert max(abs(count - 3_000) for count in counts.values()) < 200


def test_a_picture_as_large_as_a_patch_has_one_place(as_pictures: Join) -> None:
    picture = numbered(3, 3, 200)
    patches = random_patches(as_pictures(picture), 3, 10, np.random.default_rng(0))
    np.testing.assert_array_equal(patches, np.tile(picture.reshape(27) / 256, (10, 1)))


def test_the_same_generator_state_gives_the_same_patches(sample: Dataset) -> None:
    one, same, other = (random_patches(sample.test, 5, 40, np.random.default_rng(s)) for s in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


@pytest.mark.parametrize(("height", "width"), [(3, 20), (20, 3)], ids=["too low", "too narrow"])
def test_a_picture_smaller_than_a_patch_is_refused(height: int, width: int, as_pictures: Join) -> None:
    pictures = as_pictures(numbered(9, 9), numbered(height, width))
    with pytest.raises(DataError, match=r"^Every picture must be at least 4 x 4 pixels large\.$"):
        random_patches(pictures, 4, 1, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cifar10_sample.json", None),
        ("cifar10_sample_test.png", None),
        ("cifar10_sample.json", "{"),
        ("cifar10_sample.json", "{}"),
        ("cifar10_sample.json", json.dumps({split: {"labels": [0], "numbers": [0]} for split in SPLITS})),
        ("cifar10_sample_test.png", "no picture"),
    ],
    ids=["no listing", "no picture", "cut listing", "empty listing", "other listing", "broken picture"],
)
def test_a_damaged_sample_is_reported_in_one_sentence(
    name: str, content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in module.ASSETS.glob("cifar10_sample*"):
        if file.name != name:
            (tmp_path / file.name).symlink_to(file)
    if content is not None:
        (tmp_path / name).write_text(content)
    monkeypatch.setattr(module, "ASSETS", tmp_path)
    with pytest.raises(DataError, match=r"^The bundled pictures .* fetch the project again\.$"):
        load_dataset("sample")
