"""Pursuit as a coder: by hand, plain against compiled, on patches, pictures and populations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.analysis.picture_quality import best_ranks, quality, quality_by_rank, tile_errors, units_needed
from model.analysis.population import measure_population
from model.coding.coder import coded_errors, dictionary_for
from model.coding.picture_code import cut_tiles, encode_picture, reconstruct_values
from model.coding.pursuit import pursue, pursuit_errors
from model.config import Coder
from model.kernels.pursuit import Pursuer
from model.metrics import measure

BOTH = pytest.mark.parametrize("coder", list(Coder), ids=str)


def row(*values: float) -> list[float]:
    return [*values, *[0.0] * (12 - len(values))]


# Norms 5, 2, 1 and a dead unit. Of the patch (0.6, 0.5) 0.76 lies along unit 0, (0.6, 0.8), more than the 0.6
# and 0.5 along the axes. That leaves (0.144, -0.108): unit 1 takes the 0.144; unit 2, along which 0.5 of
# the patch lies, has nothing to give to what is left.
WEIGHTS = np.array([row(3, 4), row(2), row(0, 1), row()], np.float32)
PATCH = np.array([row(0.6, 0.5)], np.float32)
SCALE = np.sqrt(12)


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """(dictionary, patches) with dead, twin and opposite units, and black patches."""
    n_units, size, count = draw(st.integers(1, 60)), draw(st.integers(2, 6)), draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1), label="seed"))
    weights = rng.normal(0, 1, (n_units, 3 * size**2)).astype(np.float32)
    patches = rng.random((count, 3 * size**2), np.float32)
    if draw(st.booleans(), label="twins"):
        weights[rng.integers(n_units, size=n_units // 2)] = weights[rng.integers(n_units)]
    if draw(st.booleans(), label="signed pairs"):
        weights[: n_units // 2] = -weights[n_units - n_units // 2 :]
    if draw(st.booleans(), label="dead units"):
        weights[rng.random(n_units) < 0.3] = 0
    if draw(st.booleans(), label="black patches"):
        patches[rng.random(count) < 0.5] = 0
    return weights, patches


def test_a_small_patch_is_pursued_as_worked_out_by_hand() -> None:
    dictionary = dictionary_for(Coder.PURSUIT, WEIGHTS)
    np.testing.assert_allclose(dictionary[:, :2] / SCALE, [[0.6, 0.8], [1, 0], [0, 1], [0, 0]], atol=1e-6)
    code = pursue(dictionary, PATCH)
    assert code.units.tolist() == [[0, 1, 0, 0]]
    np.testing.assert_allclose(code.activations * SCALE, [[0.76, 0.144, 0, 0]], atol=1e-6)
    # x - S_1 = (0.144, -0.108), x - S_2 = (0, -0.108)
    errors = pursuit_errors(dictionary, PATCH, code)
    np.testing.assert_allclose(errors, [[0.18, 0.108, 0.108, 0.108]], atol=1e-6)


def test_errors_are_of_the_clipped_sum_as_it_is_shown() -> None:
    # The one unit (0.8, -0.6) answers 0.8 * 0.9 to the patch (0.9, 0): S = (0.576, -0.432), R = (0.576, 0).
    weights, patch = np.array([row(0.8, -0.6)], np.float32), np.array([row(0.9)], np.float32)
    errors, used = coded_errors(Coder.PURSUIT, weights, patch)
    np.testing.assert_allclose(errors, [[0.324]], atol=1e-6)
    assert used.tolist() == [[True]]


def test_ties_go_to_the_lower_unit() -> None:
    weights = np.array([row(1), row(0, 1), row(0, 2)], np.float32)
    dictionary = dictionary_for(Coder.PURSUIT, weights)
    patch = np.array([row(0.5, 0.5)], np.float32)
    assert pursue(dictionary, patch).units.tolist() == [[0, 1, 0]]
    assert Pursuer(dictionary).choose(patch)[0].tolist() == [[0, 1, 0]]


@settings(max_examples=150, deadline=None)
@given(case=cases(), data=st.data())
def test_the_compiled_pursuit_agrees_with_the_plain_one(
    case: tuple[np.ndarray, np.ndarray], data: st.DataObject
) -> None:
    weights, patches = case
    dictionary = dictionary_for(Coder.PURSUIT, weights)
    ranks = data.draw(st.none() | st.integers(1, 70))
    expected = pursue(dictionary, patches, ranks)
    units, activations = Pursuer(dictionary).choose(patches, ranks)
    np.testing.assert_array_equal(units, expected.units)
    np.testing.assert_allclose(activations, expected.activations, atol=1e-10)
    errors, used = coded_errors(Coder.PURSUIT, weights, patches)
    whole = pursue(dictionary, patches)
    np.testing.assert_allclose(errors, pursuit_errors(dictionary, patches, whole), atol=1e-5)
    for mine, chosen, by_rank in zip(used, whole.units, whole.activations, strict=True):
        assert np.flatnonzero(mine).tolist() == sorted(chosen[by_rank > 0])


@settings(max_examples=60, deadline=None)
@given(case=cases())
def test_what_pursuit_promises(case: tuple[np.ndarray, np.ndarray]) -> None:
    weights, patches = case
    dictionary = dictionary_for(Coder.PURSUIT, weights)
    units, activations = pursue(dictionary, patches)
    for patch, chosen, by_rank in zip(patches, units, activations, strict=True):
        used = chosen[by_rank > 0]
        assert len(set(used)) == len(used)  # each unit at most once
        assert ((by_rank >= 0) & (by_rank < 1)).all()
        assert not by_rank[len(used) :].any()
        residual = patch - np.cumsum(by_rank[:, None] * dictionary[chosen], axis=0)
        norms = np.linalg.norm(residual, axis=1)
        assert (
            np.diff([np.linalg.norm(patch.astype(float)), *norms]) <= 1e-9
        ).all()  # unclipped, no unit does harm


@BOTH
def test_preparing_a_dictionary_twice_is_preparing_it_once(coder: Coder) -> None:
    weights = np.random.default_rng(0).normal(size=(20, 27)).astype(np.float32)
    once = dictionary_for(coder, weights)
    np.testing.assert_allclose(dictionary_for(coder, once), once, rtol=1e-6)


def test_rank_order_takes_weights_as_they_are() -> None:
    assert dictionary_for(Coder.RANK_ORDER, WEIGHTS) is WEIGHTS


def test_weights_that_were_not_prepared_are_refused() -> None:
    with pytest.raises(ValueError, match="dictionary_for"):
        Pursuer(WEIGHTS)
    with pytest.raises(ValueError, match="dictionary_for"):
        encode_picture(np.zeros((4, 4, 3), np.uint8), WEIGHTS, 2, coder=Coder.PURSUIT)


def test_a_measurement_is_the_mean_of_the_errors_by_rank() -> None:
    rng = np.random.default_rng(4)
    weights, patches = rng.normal(size=(15, 27)).astype(np.float32), rng.random((40, 27), np.float32)
    measured = measure(weights, patches, Coder.PURSUIT)
    dictionary = dictionary_for(Coder.PURSUIT, weights)
    code = pursue(dictionary, patches)
    expected = pursuit_errors(dictionary, patches, code).mean(axis=0)
    np.testing.assert_allclose(measured.error_by_rank, expected, rtol=1e-5)
    assert measured.l0_mean == pytest.approx((code.activations > 0).sum(axis=1).mean())
    assert measured.error_sum < measure(dictionary, patches).error_sum


def some_picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("stride", [3, 2])
def test_a_pictures_code_is_that_of_its_patches(stride: int) -> None:
    picture, rng = some_picture(11, 13), np.random.default_rng(6)
    dictionary = dictionary_for(Coder.PURSUIT, rng.normal(size=(30, 27)).astype(np.float32))
    code = encode_picture(picture, dictionary, 3, stride, Coder.PURSUIT)
    patches = cut_tiles(picture, code.tiling, slice(None))
    expected = pursue(dictionary, patches)
    depth = code.units.shape[1]
    assert depth == (expected.activations > 0).sum(axis=1).max()
    np.testing.assert_array_equal(code.units, expected.units[:, :depth])
    np.testing.assert_allclose(code.activations, expected.activations[:, :depth], atol=1e-6)
    errors = tile_errors(code, picture, dictionary)
    np.testing.assert_allclose(
        np.sqrt(errors.whole[:, 1:]), pursuit_errors(dictionary, patches, expected)[:, :depth], atol=1e-5
    )


def test_budgets_and_units_needed_work_with_pursuit() -> None:
    picture, rng = some_picture(12, 12), np.random.default_rng(6)
    dictionary = dictionary_for(Coder.PURSUIT, rng.normal(size=(40, 27)).astype(np.float32))
    code = encode_picture(picture, dictionary, 3, coder=Coder.PURSUIT)
    errors = tile_errors(code, picture, dictionary)
    evenly = quality(picture, reconstruct_values(code, dictionary, 4))
    assert quality_by_rank(code, picture, dictionary)[4].psnr == pytest.approx(evenly.psnr, abs=1e-4)
    ranks = best_ranks(errors, code, 4 * len(code.tiling))
    assert code.units_spent(ranks) <= 4 * len(code.tiling)
    assert quality(picture, reconstruct_values(code, dictionary, ranks)).psnr >= evenly.psnr
    bound = float(np.sqrt(errors.whole[:, 3]).max())
    needed = units_needed(errors, code, bound)
    assert ((needed >= 0) & (needed <= 3)).all()


def test_a_population_holds_ranks_and_activations_of_the_units_that_were_chosen() -> None:
    rng = np.random.default_rng(7)
    weights, patches = rng.normal(size=(12, 27)).astype(np.float32), rng.random((30, 27), np.float32)
    population = measure_population(weights, patches, Coder.PURSUIT)
    code = pursue(dictionary_for(Coder.PURSUIT, weights), patches)
    for i in range(30):
        used = int((code.activations[i] > 0).sum())
        assert population.active_units[i] == used
        chosen = code.units[i, :used]
        assert population.ranks[i, chosen].tolist() == list(range(1, used + 1))
        np.testing.assert_allclose(population.activations[i, chosen], code.activations[i, :used], atol=1e-6)
    assert population.occupancy.sum() == population.active_units.sum()
    assert population.measurement.error_by_rank.tolist() == pytest.approx(
        measure(weights, patches, Coder.PURSUIT).error_by_rank
    )
