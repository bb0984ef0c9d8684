"""The plain loop is the paper's rule and the author's schedule, and the benchmark times what it says."""

import dataclasses
import json
import statistics
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import training_speed
from model import rules
from model.autoencoder import RankOrderedAutoencoder
from model.config import CHANNELS, ModelConfig, OptimizerKind, Rule, TrainingConfig
from model.data.pictures import Dataset, random_patches
from model.kernels import compiled as kernels
from model.metrics import measure
from model.reference import plain_loop
from model.reference import speed as speed_comparison
from model.reference.peak import multiply_adds, peak
from model.reference.plain_loop import direction, limit_norms, speed, step_size, train_online
from model.training.starts import initial_weights


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_direction_for_one_patch_is_that_of_the_rule(data: st.DataObject, cases: Callable) -> None:
    weights, patches = data.draw(cases())
    patch = patches[0]
    actual = direction(weights, patch)
    config = ModelConfig(len(weights), round((weights.shape[1] / CHANNELS) ** 0.5))
    model = RankOrderedAutoencoder(torch.tensor(weights), config)
    plain = rules.ascent_direction(Rule.RANK_ORDER, model, torch.tensor(patch[None])).numpy()
    compiled = kernels.ascent_direction(Rule.RANK_ORDER, weights, patch[None])
    assert actual.shape == weights.shape
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, plain, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(actual, compiled, rtol=1e-5, atol=1e-5)


def test_a_direction_worked_by_hand() -> None:
    weights = np.array([[2, 0], [0, 1], [-1, 0.5]], np.float32)
    patch = np.array([0.5, 0.5], np.float32)
    # p = 0.5, 0.25, -0.125. Rank 1: S = (1, 0), E = (-0.5, 0.5), s = -0.5, so delta = -0.5.
    # Rank 2: S = (1, 0.25), E = (-0.5, 0.25), s = 0.125 would push up: delta = 0.
    # Inactive: the last E, s = 0.3125, delta = at most 0.125.
    expected = [[-0.25 - 0.25, 0.25 - 0.25], [-0.125, 0.0625], [0.0625, 0.0625]]
    np.testing.assert_allclose(direction(weights, patch), expected, atol=1e-7)


def test_without_an_active_unit_nothing_is_learned() -> None:
    # Every unit answers for the patch itself, and its slope W . x / n_inputs is p < 0: no way up.
    weights = np.array([[-0.5, -0.5, -0.5], [1, -1, -1], [0, 0, 0]], np.float32)
    patch = np.array([0.75, 0.75, 0.375], np.float32)
    np.testing.assert_array_equal(direction(weights, patch), np.zeros((3, 3)))


def test_only_norms_above_the_limit_are_scaled_down_to_it() -> None:
    given = np.array([[3, 4], [0.03, -0.04], [0, 0], [0.06, 0.08], [0, -0.2]], np.float32)
    before = given.copy()
    limited = limit_norms(given)
    expected = [[0.06, 0.08], [0.03, -0.04], [0, 0], [0.06, 0.08], [0, -0.1]]
    np.testing.assert_allclose(limited, expected, rtol=1e-6)
    np.testing.assert_allclose(limit_norms(given, 1)[0], [0.6, 0.8], rtol=1e-6)
    np.testing.assert_array_equal(given, before)
    assert limited.dtype == np.float32


@pytest.mark.parametrize(
    ("mean_errors", "decays"),
    [
        ([], 0),
        ([2.0], 0),
        ([2.0, 1.0], 0),
        ([2.0, 1.97], 0),  # fell by 1.5 %
        ([2.0, 1.99], 1),  # by 0.5 %
        ([2.0, 2.5], 1),  # rose
        ([2.0, 1.99, 1.98, 1.0, 0.999], 3),
        ([2.0, 2.5, 2.4], 1),  # held against the pass before, not against the best
        ([64.0, 63.5, 32.0, 31.0, 30.9], 2),
    ],
    ids=str,
)
def test_the_step_decays_after_each_pass_that_brought_less_than_one_percent(
    mean_errors: list[float], decays: int
) -> None:
    assert step_size(mean_errors) == pytest.approx(0.9**decays)


def test_training_asks_for_a_step_after_each_pass_and_takes_it(
    sample: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def stop_learning(mean_errors: list[float]) -> float:
        asked.append(list(mean_errors))
        return 0.0

    monkeypatch.setattr(plain_loop, "PATCHES_PER_PASS", 30)
    monkeypatch.setattr(plain_loop, "PATCHES_PER_DRAW", 30)
    monkeypatch.setattr(plain_loop, "step_size", stop_learning)
    start = initial_weights(ModelConfig(), 0)
    one_pass = train_online(start, sample.train, 7, 30, 0)
    assert len(asked) == 1

    # The error of a patch is the one that it meets, before it is learned from.
    weights, errors = start.copy(), []
    for patch in random_patches(sample.train, 7, 30, np.random.default_rng(0)):
        errors.append(measure(weights, patch[None]).final_error)
        weights += limit_norms(direction(weights, patch))
    np.testing.assert_allclose(asked[0], [np.mean(errors)], rtol=1e-5)
    np.testing.assert_array_equal(one_pass, weights)

    asked.clear()
    three_passes = train_online(start, sample.train, 7, 100, 0)
    assert [len(means) for means in asked] == [1, 2, 3]
    np.testing.assert_array_equal(three_passes, one_pass)


def test_online_training_lowers_the_error(sample: Dataset) -> None:
    patches = random_patches(sample.test, 7, 400, np.random.default_rng(5))
    start = initial_weights(ModelConfig(), 0)
    before = start.copy()
    trained = train_online(start, sample.train, 7, 2000, seed=0)
    np.testing.assert_array_equal(start, before)
    assert trained.dtype == np.float32
    assert measure(trained, patches).final_error < 0.5 * measure(start, patches).final_error


def test_a_seed_means_the_same_training(sample: Dataset) -> None:
    start = initial_weights(ModelConfig(9, 4), 0)
    first, again, other = (train_online(start, sample.train, 4, 60, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3


def test_the_plain_speed_is_a_positive_number_even_in_no_time(sample: Dataset) -> None:
    start = initial_weights(ModelConfig(9, 4), 0)
    before = start.copy()
    assert speed(0, start, sample.train, 4) > 0
    np.testing.assert_array_equal(start, before)


def test_a_comparison_reports_medians_and_their_quotient(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = []

    def noted(*args: object, **named: object) -> float:
        plain.append(speed(*args, **named))
        return plain[-1]

    monkeypatch.setattr(speed_comparison, "speed", noted)
    report = speed_comparison.compare(seconds_each=0.01, rounds=3)
    assert set(report) == {
        "patches_per_second",
        "plain_patches_per_second",
        "ratio",
        "multiply_adds_per_patch",
        "peak_multiply_adds_per_second",
        "share_of_peak",
    }
    assert min(report.values()) > 0
    assert report["plain_patches_per_second"] == statistics.median(plain)
    assert report["ratio"] == pytest.approx(report["patches_per_second"] / report["plain_patches_per_second"])
    assert len(plain) == 3
    work = report["multiply_adds_per_patch"] * report["patches_per_second"]
    assert report["share_of_peak"] == pytest.approx(work / report["peak_multiply_adds_per_second"])


def test_multiply_adds_are_counted_by_hand() -> None:
    plain = TrainingConfig(ModelConfig(5, 2), optimizer=OptimizerKind.PLAIN, batch_size=4)
    # 60 weights: W x, W E_last, delta x and three quarters of Adam; 2 active units of 12 columns, thrice.
    assert multiply_adds(plain, active=2) == 60 * 3.75 + 72
    decorrelated = dataclasses.replace(plain, optimizer=OptimizerKind.DECORRELATED)
    # 2 rows of 6 values by 6, and 2 by 2 rows of 6 values.
    assert multiply_adds(decorrelated, active=2) == 60 * 3.75 + 72 + 72 + 24


def test_the_peak_is_that_of_the_allowed_processors_and_leaves_torch_as_it_was() -> None:
    before = torch.get_num_threads()
    assert peak(0) > 1e6
    assert torch.get_num_threads() == before


def test_the_command_prints_one_line_of_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    report = {
        "patches_per_second": 6000.04,
        "plain_patches_per_second": 2000.0,
        "ratio": 3.00002,
        "share_of_peak": 0.15034,
    }
    monkeypatch.setattr(training_speed, "compare", lambda: report)
    training_speed.main()
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert json.loads(printed) == {
        "patches_per_second": 6000.0,
        "plain_patches_per_second": 2000.0,
        "ratio": 3.0,
        "share_of_peak": 0.1503,
    }
