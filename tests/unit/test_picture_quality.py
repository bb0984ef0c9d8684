"""Errors of a picture by rank, what its places need, and budgets."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.analysis.picture_quality import (
    NEVER,
    Quality,
    TileErrors,
    best_ranks,
    quality,
    quality_by_rank,
    ranks_of_unit,
    tile_errors,
    units_needed,
)
from model.coding.picture_code import PictureCode, Tiling, encode_picture, reconstruct_values
from model.metrics import psnr
from tests.unit.test_images import some_picture, some_weights


def code_of(active: list[int], depth: int) -> PictureCode:
    """Patches of 2 x 2 in a row that use units 0, 1, ... in this order, as many as `active` says."""
    places = np.arange(depth)
    activations = (places < np.array(active)[:, None]).astype(np.float32)
    units = np.tile(places, (len(active), 1)).astype(np.uint16)
    return PictureCode(Tiling(2, 2 * len(active), 2, 2), units, activations)


def errors_of(rows: list[list[float]]) -> TileErrors:
    squared = np.array(rows)
    return TileErrors(squared, squared, np.zeros(squared.shape[1]))


@settings(max_examples=30, deadline=None)
@given(
    size=st.integers(2, 5),
    taller=st.integers(0, 9),
    wider=st.integers(0, 9),
    n_units=st.integers(1, 12),
    data=st.data(),
)
def test_quality_by_rank_is_that_of_the_picture_put_together_at_each_rank(
    size: int, taller: int, wider: int, n_units: int, data: st.DataObject
) -> None:
    stride = data.draw(st.integers(1, size))
    picture, weights = some_picture(size + taller, size + wider, wider), some_weights(n_units, size, taller)
    code = encode_picture(picture, weights, size, stride)
    qualities = quality_by_rank(code, picture, weights)
    assert len(qualities) == code.units.shape[1] + 1
    for k, found in enumerate(qualities):
        values = reconstruct_values(code, weights, k)
        mean_squared = sum(float(v - p / 256) ** 2 for v, p in zip(values.flat, picture.flat, strict=True))
        assert found.psnr == pytest.approx(psnr(mean_squared / picture.size), abs=1e-4)
        assert found.mean_error == pytest.approx(np.abs(values - picture / 256).mean(), abs=1e-6)


def test_the_errors_of_a_patch_are_those_of_the_patch_alone() -> None:
    picture, weights = some_picture(8, 9), some_weights(12, 4)
    code = encode_picture(picture, weights, 4)
    errors = tile_errors(code, picture, weights)
    for i, (row, col) in enumerate(zip(code.tiling.rows, code.tiling.cols, strict=True)):
        square = picture[row : row + 4, col : col + 4]
        alone = encode_picture(square, weights, 4)
        for k in range(errors.whole.shape[1]):
            residual = square / 256 - reconstruct_values(alone, weights, k)
            assert errors.whole[i, k] == pytest.approx((residual**2).sum(), abs=1e-5)
            own = residual[:, 3:] if col == 5 else residual  # columns 5 to 7 belong to the patch before
            assert errors.painted[i, k] == pytest.approx((own**2).sum(), abs=1e-5)


def test_quality_of_the_picture_itself_is_exact() -> None:
    picture = some_picture(5, 5)
    assert quality(picture, (picture / 256).astype(np.float32)) == Quality(math.inf, 0.0)


def test_units_needed_is_the_first_rank_under_the_bound() -> None:
    errors = errors_of([[9, 4, 1, 0.25], [9, 1, 4, 0.25], [0.04, 0.04, 0.04, 0.04], [9, 4, 4, 4]])
    code = code_of([3, 3, 0, 1], 3)
    assert units_needed(errors, code, 1.0).tolist() == [2, 1, 0, NEVER]
    assert units_needed(errors, code, 3.0).tolist() == [0, 0, 0, 0]
    assert units_needed(errors, code, 0.1).tolist() == [NEVER, NEVER, NEVER, NEVER]
    assert units_needed(errors, code, 0.2).tolist() == [NEVER, NEVER, 0, NEVER]


def test_a_budget_goes_where_it_helps_most_by_hand() -> None:
    # Gains: first patch 5, 3, 1; second 4, 2, 0.
    errors, code = errors_of([[9, 4, 1, 0], [7, 3, 1, 1]]), code_of([3, 3], 3)
    spent = [best_ranks(errors, code, n).tolist() for n in range(7)]
    assert spent == [[0, 0], [1, 0], [1, 1], [2, 1], [2, 2], [3, 2], [3, 2]]


def test_a_unit_that_helps_little_does_not_bar_the_way_to_one_that_helps_much() -> None:
    # The first unit of the first patch makes things worse, its second takes away 8: 4 a unit.
    errors, code = errors_of([[9, 10, 1], [5, 2, 1]]), code_of([2, 2], 2)
    spent = [best_ranks(errors, code, n).tolist() for n in range(5)]
    # One unit: the step of two does not fit any more, so the other patch gets it.
    assert spent == [[0, 0], [0, 1], [2, 0], [2, 1], [2, 2]]


def test_equal_gains_go_to_the_earlier_patch_and_nothing_is_spent_where_it_hurts() -> None:
    errors, code = errors_of([[4, 2, 2], [4, 2, 3], [4, 5, 6]]), code_of([2, 2, 2], 2)
    assert best_ranks(errors, code, 1).tolist() == [1, 0, 0]
    assert best_ranks(errors, code, 100).tolist() == [1, 1, 0]


@settings(max_examples=60, deadline=None)
@given(data=st.data(), count=st.integers(1, 3), depth=st.integers(1, 4))
def test_where_gains_fall_no_way_to_spend_a_budget_is_better(
    data: st.DataObject, count: int, depth: int
) -> None:
    rows = []
    for _ in range(count):
        gains = sorted(data.draw(st.lists(st.integers(0, 9), min_size=depth, max_size=depth)), reverse=True)
        rows.append([50.0, *(50.0 - np.cumsum(gains))])
    errors, code = errors_of(rows), code_of([depth] * count, depth)
    budget = data.draw(st.integers(0, count * depth))
    found = best_ranks(errors, code, budget)
    assert found.sum() <= budget

    def left(ranks: tuple[int, ...]) -> float:
        return sum(rows[i][k] for i, k in enumerate(ranks))

    ways = itertools.product(range(depth + 1), repeat=count)
    assert left(tuple(found)) == min(left(way) for way in ways if sum(way) <= budget)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 99), k=st.integers(1, 10))
def test_a_budget_is_never_worse_than_the_same_rank_everywhere_by_more_than_one_step(
    seed: int, k: int
) -> None:
    picture, weights = some_picture(20, 23, seed), some_weights(12, 4, seed)
    code = encode_picture(picture, weights, 4)
    errors = tile_errors(code, picture, weights)
    budget = code.units_spent(k)
    ranks = best_ranks(errors, code, budget)
    assert (ranks <= code.active_units).all()
    assert code.units_spent(ranks) <= budget
    even = np.minimum(k, code.active_units)
    spent = np.take_along_axis(errors.painted, ranks[:, None], 1).sum()
    evenly = np.take_along_axis(errors.painted, even[:, None], 1).sum()
    # What is lost at the end of the budget is less than the gain of one whole patch.
    assert spent <= evenly + errors.painted[:, 0].max()


def test_ranks_of_a_unit_say_where_it_fires() -> None:
    code = code_of([3, 1, 0], 3)
    assert ranks_of_unit(code, 0).tolist() == [1, 1, 0]
    assert ranks_of_unit(code, 2).tolist() == [3, 0, 0]
    assert ranks_of_unit(code, 7).tolist() == [0, 0, 0]
