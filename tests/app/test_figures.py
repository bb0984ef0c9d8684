import numpy as np

from app.figures.population import (
    activation_histogram,
    active_units_histogram,
    as_csv,
    error_band,
    occupancy_map,
)


def test_every_answer_is_counted_once() -> None:
    activations = np.array([[0, 0, 1, 0.5], [0.03, 0, 0, 0]], np.float32)
    bars = activation_histogram(activations).data[0]
    assert sum(bars.y) == 8
    assert bars.y[0] == 5  # the silent ones; 0.03 lies in the next bar
    assert bars.y[-1] == 1


def test_every_patch_is_counted_at_its_number_of_active_units() -> None:
    bars = active_units_histogram(np.array([0, 2, 2, 3]), n_units=3).data[0]
    assert list(bars.x) == [0, 1, 2, 3]
    assert list(bars.y) == [1, 0, 2, 1]


def test_units_stand_in_the_map_by_their_mean_rank_and_dead_ones_last() -> None:
    occupancy = np.array([[0, 0, 0], [0, 1, 3], [4, 0, 0]])  # unit 0 is dead, unit 2 is always first
    heat = occupancy_map(occupancy).data[0]
    assert heat.customdata[:, 0, 1].tolist() == [2, 1, 0]
    assert heat.z.tolist() == np.sqrt(occupancy[[2, 1, 0]]).tolist()


def test_the_band_lies_around_the_mean() -> None:
    mean, band = np.array([2.0, 1.0]), np.array([[1.5, 0.5], [2.5, 1.5]], np.float32)
    low, high, middle = error_band(mean, band).data
    assert list(middle.y) == [2, 1]
    assert list(low.y) == [1.5, 0.5]
    assert list(high.y) == [2.5, 1.5]
    assert high.fill == "tonexty"


def test_numbers_are_taken_away_as_csv() -> None:
    bars = as_csv(active_units_histogram(np.array([0, 2, 2, 3]), n_units=3))
    assert bars.splitlines()[0] == "series,units active for a patch,patches"
    assert bars.splitlines()[3] == "counts,2.0,2"
    mean, band = np.array([2.0, 1.0]), np.array([[1.5, 0.5], [2.5, 1.5]], np.float32)
    assert as_csv(error_band(mean, band)).splitlines()[-1] == "mean,2,1.0"
    cells = as_csv(occupancy_map(np.array([[0, 0, 0], [0, 1, 3], [4, 0, 0]]))).splitlines()
    assert cells == ["unit,rank,patches", "2,1,4", "1,2,1", "1,3,3"]
