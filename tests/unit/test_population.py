import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.analysis.population import (
    Population,
    at_quantiles,
    correlated_units,
    measure_population,
    order_by_likeness,
    skewness,
    strongest,
)
from model.data.pictures import places_of, random_corners, random_patches
from model.data.sources import bundled_sample
from model.metrics import measure

SOME_MEASUREMENT = measure(np.ones((1, 12), np.float32), np.ones((1, 12), np.float32))


def by_hand(activations: list[list[float]], ranks: list[list[int]]) -> Population:
    a = np.array(activations, np.float32)
    return Population(a, np.array(ranks, np.uint16), np.zeros((2, a.shape[1]), np.float32), SOME_MEASUREMENT)


def test_figures_of_a_tiny_population_worked_by_hand() -> None:
    population = by_hand(
        [[0.5, 0.2, 0], [0, 0.4, 0], [0.1, 0.3, 0]],
        [[1, 2, 0], [0, 1, 0], [2, 1, 0]],
    )
    assert population.mean_activation == pytest.approx([0.2, 0.3, 0])
    assert population.firing_rate == pytest.approx([2 / 3, 1, 0])
    assert population.mean_rank == pytest.approx([1.5, 4 / 3, 4])
    assert population.active_units.tolist() == [2, 1, 2]
    assert population.occupancy.tolist() == [[1, 1, 0], [2, 1, 0], [0, 0, 0]]


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 30), st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_a_survey_says_what_a_slow_loop_over_the_patches_says(units: int, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.normal(0, 0.5, (units, 27)).astype(np.float32)
    patches = (rng.integers(0, 256, (count, 27)) / 256).astype(np.float32)
    population = measure_population(weights, patches)
    for patch, activations, ranks in zip(patches, population.activations, population.ranks, strict=True):
        p = weights @ patch / 27
        assert activations == pytest.approx(np.clip(p, 0, 1), abs=1e-6)
        by_rank = [unit for unit in sorted(range(units), key=lambda u: -p[u]) if activations[unit] > 0]
        # Near ties may fall either way between two ways of summing: compare activations, not units.
        assert sorted(ranks[ranks > 0]) == list(range(1, len(by_rank) + 1))
        for rank, unit in enumerate(by_rank, start=1):
            taken = int(np.flatnonzero(ranks == rank)[0])
            assert activations[taken] == pytest.approx(activations[unit], abs=1e-6)


def test_the_band_holds_the_quantiles_of_a_plain_loops_errors() -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(0, 0.5, (12, 27)).astype(np.float32)
    patches = (rng.integers(0, 256, (50, 27)) / 256).astype(np.float32)
    band = measure_population(weights, patches).error_band
    errors = np.empty((50, 12))
    for i, patch in enumerate(patches):
        p = weights @ patch / 27
        total = np.zeros(27)
        for k, unit in enumerate(np.argsort(-p, kind="stable")):
            total += np.clip(p[unit], 0, 1) * weights[unit]
            errors[i, k] = np.linalg.norm(patch - np.clip(total, 0, 1))
    assert band == pytest.approx(np.quantile(errors, (0.1, 0.9), axis=0), abs=1e-5)


def test_the_strongest_are_in_order_and_silent_ones_are_none_of_them() -> None:
    assert strongest(np.array([0.1, 0, 0.9, 0.5], np.float32), 2).tolist() == [2, 3]
    assert strongest(np.array([0.1, 0, 0], np.float32), 3).tolist() == [0]
    assert strongest(np.zeros(4, np.float32), 3).tolist() == []


def test_quantiles_are_those_of_the_answers_above_nothing() -> None:
    activations = np.array([0.3, 0, 0.1, 0, 0.2], np.float32)
    assert at_quantiles(activations, np.array([0, 0.5, 1], np.float32)).tolist() == [2, 4, 0]
    assert at_quantiles(np.zeros(3, np.float32), np.array([0, 1], np.float32)).tolist() == []


def test_skewness_of_known_shapes() -> None:
    assert skewness(np.array([1, 2, 3], np.float32)) == pytest.approx(0)
    assert skewness(np.array([0, 0, 0, 4], np.float32)) == pytest.approx(2 / np.sqrt(3))
    assert skewness(np.full(5, 0.3, np.float32)) == 0


def test_companions_correlate_and_a_silent_unit_has_none() -> None:
    population = by_hand(
        [[0.1, 0.2, 0.3, 0], [0.2, 0.4, 0.2, 0], [0.3, 0.6, 0.1, 0]],
        [[3, 2, 1, 0], [2, 1, 3, 0], [2, 1, 3, 0]],
    )
    (friend,) = correlated_units(population, 0, 3)  # unit 2 falls as unit 0 rises, unit 3 never changes
    assert friend.unit == 1
    assert friend.correlation == pytest.approx(1)
    assert correlated_units(population, 3, 3) == []


def test_neighbours_look_alike() -> None:
    weights = np.array([[1, 0], [0, 1], [0.9, 0.1], [0.1, 2]], np.float32)
    assert order_by_likeness(weights).tolist() == [3, 1, 2, 0]


def test_dead_and_equal_units_are_put_in_order_too() -> None:
    assert sorted(order_by_likeness(np.zeros((5, 3), np.float32)).tolist()) == [0, 1, 2, 3, 4]


def test_a_patch_is_found_again_where_its_place_says() -> None:
    pictures = bundled_sample().test
    patches = random_patches(pictures, 7, 200, np.random.default_rng(3))
    places = places_of(pictures, random_corners(pictures, 7, 200, np.random.default_rng(3)))
    for patch, number, row, col in zip(patches, *places, strict=True):
        position = pictures.position(int(number))
        assert position is not None
        square = pictures.picture(position)[row : row + 7, col : col + 7]
        assert (square.reshape(-1) / np.float32(256) == patch).all()
