"""Whole pictures as patches, side by side and overlapping, and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.coding import picture_code as images
from model.coding.decomposition import decompose, reconstruction_at
from model.coding.picture_code import Tiling, as_bytes, encode_picture, patch_starts, reconstruct_picture

SIDE = st.integers(0, 38)


def some_picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Pixels are multiples of 16, so that no two implementations can rank the units differently."""
    return (np.random.default_rng(seed).integers(0, 16, (height, width, 3)) * 16).astype(np.uint8)


def some_weights(n_units: int, patch_size: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.integers(-8, 17, (n_units, 3 * patch_size**2)) / 16).astype(np.float32)


def perfect_weights(patch_size: int) -> np.ndarray:
    """One unit a value: p = sqrt(n) x / n, and sqrt(n) times that is x again."""
    n_inputs = 3 * patch_size**2
    return np.eye(n_inputs, dtype=np.float32) * np.float32(np.sqrt(n_inputs))


@pytest.mark.parametrize(
    ("length", "patch_size", "stride", "expected"),
    [
        (7, 7, 7, [0]),
        (8, 7, 7, [0, 1]),
        (14, 7, 7, [0, 7]),
        (15, 7, 7, [0, 7, 8]),
        (32, 7, 7, [0, 7, 14, 21, 25]),
        (5, 2, 2, [0, 2, 3]),
        (7, 7, 1, [0]),
        (9, 7, 1, [0, 1, 2]),
        (12, 7, 3, [0, 3, 5]),
        (13, 7, 3, [0, 3, 6]),
    ],
    ids=str,
)
def test_patches_start_every_stride_and_the_last_ends_with_the_picture(
    length: int, patch_size: int, stride: int, expected: list[int]
) -> None:
    assert patch_starts(length, patch_size, stride).tolist() == expected


@settings(max_examples=100, deadline=None)
@given(patch_size=st.integers(2, 32), more=st.integers(0, 200), data=st.data())
def test_patches_cover_every_pixel_and_stick_out_nowhere(
    patch_size: int, more: int, data: st.DataObject
) -> None:
    stride = data.draw(st.integers(1, patch_size))
    starts = patch_starts(patch_size + more, patch_size, stride).tolist()
    assert starts == sorted(set(starts))
    covered = {start + i for start in starts for i in range(patch_size)}
    assert covered == set(range(patch_size + more))


@settings(max_examples=60, deadline=None)
@given(patch_size=st.integers(2, 7), taller=SIDE, wider=SIDE)
def test_side_by_side_every_pixel_is_painted_exactly_once(patch_size: int, taller: int, wider: int) -> None:
    tiling = Tiling(patch_size + taller, patch_size + wider, patch_size, patch_size)
    painted = np.zeros((tiling.height, tiling.width), int)
    for row, col, own_row, own_col in zip(
        tiling.rows, tiling.cols, tiling.own_rows, tiling.own_cols, strict=True
    ):
        painted[row + own_row : row + patch_size, col + own_col : col + patch_size] += 1
    assert (painted == 1).all()


@settings(max_examples=40, deadline=None)
@given(patch_size=st.integers(2, 5), taller=SIDE, wider=SIDE, data=st.data())
def test_a_perfect_model_gives_every_picture_back_byte_for_byte(
    patch_size: int, taller: int, wider: int, data: st.DataObject
) -> None:
    stride = data.draw(st.integers(1, patch_size))
    height, width = min(40, patch_size + taller), min(40, patch_size + wider)
    picture = np.random.default_rng(taller).integers(0, 256, (height, width, 3), np.uint8)
    weights = perfect_weights(patch_size)
    code = encode_picture(picture, weights, patch_size, stride)
    rebuilt = reconstruct_picture(code, weights, len(weights))
    assert rebuilt.dtype == np.uint8
    np.testing.assert_array_equal(rebuilt, picture)


def slow_values(picture: np.ndarray, weights: np.ndarray, size: int, stride: int, rank: int) -> np.ndarray:
    """Pixel by pixel from the patches that cover it, (height, width, 3) in [0, 1], float64.

    All of them have their share where patches overlap; the first paints alone where they lie side by side.
    """
    height, width, _ = picture.shape
    tops = sorted({*range(0, height - size + 1, stride), height - size})
    lefts = sorted({*range(0, width - size + 1, stride), width - size})
    rebuilt = {}
    for top in tops:
        for left in lefts:
            x = picture[top : top + size, left : left + size].ravel() / 256
            p = weights.astype(np.float64) @ x / len(x)
            best = sorted(range(len(p)), key=lambda i: -p[i])[:rank]
            total = sum(min(1, max(0, p[i])) * weights[i].astype(np.float64) for i in best)
            rebuilt[top, left] = np.clip(total, 0, 1).reshape(size, size, 3)
    result = np.empty(picture.shape)
    for r in range(height):
        for c in range(width):
            covers = [(t, s) for t in tops if t <= r < t + size for s in lefts if s <= c < s + size]
            used = covers if stride < size else covers[:1]
            result[r, c] = np.mean([rebuilt[t, s][r - t, c - s] for t, s in used], axis=0)
    return result


@settings(max_examples=25, deadline=None)
@given(
    patch_size=st.integers(2, 7),
    taller=st.integers(0, 12),
    wider=st.integers(0, 12),
    n_units=st.integers(1, 20),
    data=st.data(),
)
def test_a_picture_is_rebuilt_like_pixel_by_pixel(
    patch_size: int, taller: int, wider: int, n_units: int, data: st.DataObject
) -> None:
    rank = data.draw(st.integers(1, n_units))
    stride = data.draw(st.integers(1, patch_size))
    picture = some_picture(patch_size + taller, patch_size + wider, seed=taller)
    weights = some_weights(n_units, patch_size, seed=wider)
    code = encode_picture(picture, weights, patch_size, stride)
    rebuilt = reconstruct_picture(code, weights, rank)
    exact = np.clip(slow_values(picture, weights, patch_size, stride, rank) * 256, 0, 255)
    assert np.abs(rebuilt - exact).max() <= 0.501  # rounded to the nearest byte


def test_overlapping_patches_are_averaged_by_hand() -> None:
    # A row of three pixels and a unit a pixel of patches 2 x 2: each patch gives itself back, at rank 1 only
    # its brightest value. Green and blue are dark, so one value of red a pixel is all there is.
    picture = np.zeros((2, 3, 3), np.uint8)
    picture[0, :, 0] = [64, 128, 32]
    code = encode_picture(picture, perfect_weights(2), 2, 1)
    assert code.tiling.cols.tolist() == [0, 1]
    at_one = reconstruct_picture(code, perfect_weights(2), 1)
    assert at_one[0, :, 0].tolist() == [0, 128, 0]  # 128 is the first of both patches, and their mean
    at_two = reconstruct_picture(code, perfect_weights(2), 2)
    assert at_two[0, :, 0].tolist() == [64, 128, 32]
    one_and_none = reconstruct_picture(code, perfect_weights(2), np.array([1, 0]))
    assert one_and_none[0, :, 0].tolist() == [0, 64, 0]  # half of it: the other patch says 0
    assert not at_two[1].any()


def test_patches_may_use_different_numbers_of_units() -> None:
    picture, weights = some_picture(12, 9), some_weights(15, 3)
    code = encode_picture(picture, weights, 3)
    ranks = np.arange(12)
    rebuilt = reconstruct_picture(code, weights, ranks)
    for i, (row, col) in enumerate(zip(code.tiling.rows, code.tiling.cols, strict=True)):
        alone = reconstruct_picture(code, weights, int(ranks[i]))
        square = np.s_[row : row + 3, col : col + 3]
        np.testing.assert_array_equal(rebuilt[square], alone[square])
    assert code.units_spent(ranks) == sum(np.minimum(ranks, code.active_units))


@pytest.mark.parametrize("stride", [-1, 4])
def test_a_stride_that_would_leave_gaps_is_refused(stride: int) -> None:
    with pytest.raises(ValueError, match=r"^The stride must be from 1 to 3, the patch size, not -?\d\.$"):
        encode_picture(some_picture(9, 9), some_weights(3, 3), 3, stride)


def test_without_any_unit_the_picture_is_black() -> None:
    picture, weights = some_picture(9, 10), some_weights(5, 3)
    assert not reconstruct_picture(encode_picture(picture, weights, 3), weights, 0).any()


@pytest.mark.parametrize("case", ["black picture", "silent units"])
def test_a_picture_without_an_active_unit_is_rebuilt_black(case: str) -> None:
    picture, weights = some_picture(9, 10), some_weights(5, 3)
    if case == "black picture":
        picture = np.zeros_like(picture)
    else:
        weights = -np.abs(weights)
    code = encode_picture(picture, weights, 3)
    assert not code.activations.any()
    assert not reconstruct_picture(code, weights, 5).any()


def test_more_units_than_any_patch_makes_active_change_nothing() -> None:
    picture, weights = some_picture(16, 13), some_weights(30, 4)
    code = encode_picture(picture, weights, 4)
    depth = code.units.shape[1]
    assert depth <= 30
    deepest = reconstruct_picture(code, weights, depth)
    np.testing.assert_array_equal(reconstruct_picture(code, weights, 4096), deepest)


def test_a_pictures_code_holds_the_ranked_units_of_every_patch() -> None:
    picture, weights = some_picture(8, 9), some_weights(12, 4)
    code = encode_picture(picture, weights, 4)
    assert code.tiling.patch_size == 4
    assert code.tiling.rows.tolist() == [0, 0, 0, 4, 4, 4]
    assert code.tiling.cols.tolist() == [0, 4, 5, 0, 4, 5]
    for i, (row, col) in enumerate(zip(code.tiling.rows, code.tiling.cols, strict=True)):
        patch = picture[row : row + 4, col : col + 4].reshape(1, 48).astype(np.float32) / 256
        expected = decompose(weights, patch)
        active = int(expected.active_units[0])
        assert code.units[i, :active].tolist() == expected.rank_order[0, :active].tolist()
        assert not code.activations[i, active:].any()
        rebuilt = as_bytes(reconstruction_at(weights, expected, 3)).reshape(4, 4, 3)
        whole = reconstruct_picture(code, weights, 3)[row : row + 4, col : col + 4]
        own = slice(3, 4) if col == 5 else slice(0, 4)  # columns 5 to 7 belong to the patch before
        np.testing.assert_array_equal(whole[:, own], rebuilt[:, own])


def test_patches_may_be_encoded_in_several_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, weights = some_picture(23, 17), some_weights(20, 3)
    picture[:6] = 0  # the first portion needs no unit, so portions differ in depth
    at_once = encode_picture(picture, weights, 3)
    monkeypatch.setattr(images, "PATCHES_AT_ONCE", 5)
    in_portions = encode_picture(picture, weights, 3)
    np.testing.assert_array_equal(in_portions.activations, at_once.activations)
    whole = [reconstruct_picture(c, weights, 20) for c in (at_once, in_portions)]
    np.testing.assert_array_equal(*whole)


@pytest.mark.parametrize("shape", [(6, 20, 3), (20, 6, 3), (1, 1, 3)], ids=str)
def test_a_picture_smaller_than_a_patch_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"^A picture must be at least 7 x 7 pixels large\.$"):
        encode_picture(np.zeros(shape, np.uint8), some_weights(3, 7), 7)


@pytest.mark.parametrize(
    ("value", "byte"),
    [
        (-0.1, 0),
        (0.0, 0),
        (0.5, 128),
        (0.4 / 256, 0),
        (0.6 / 256, 1),
        (255 / 256, 255),
        (1.0, 255),
        (9.0, 255),
    ],
)
def test_values_become_the_nearest_byte(value: float, byte: int) -> None:
    assert as_bytes(np.array([value], np.float32)).tolist() == [byte]


def test_bytes_survive_being_values() -> None:
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(as_bytes(every.astype(np.float32) / 256), every)
