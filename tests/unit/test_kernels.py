"""The compiled loops do what the plain rules and torch's Adam do."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model import rules
from model.autoencoder import RankOrderedAutoencoder
from model.config import CHANNELS, Coder, ModelConfig, Rule
from model.data.pictures import Corners, Dataset, Pictures, cut_patches, random_corners
from model.kernels.compiled import Learner, ascent_direction, patch_errors
from model.kernels.thread_pool import using_processors
from model.training.starts import initial_weights

ROOT = Path(__file__).resolve().parents[2]
RULES = [rule for rule in Rule if rule.coder is Coder.RANK_ORDER]
EVERY_RULE = pytest.mark.parametrize("rule", RULES, ids=str)


@EVERY_RULE
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_compiled_rule_agrees_with_the_plain_one_and_with_a_slow_loop(
    rule: Rule, data: st.DataObject, cases: Callable, slow_direction: Callable
) -> None:
    weights, patches = data.draw(cases())
    before = weights.copy(), patches.copy()
    actual = ascent_direction(rule, weights, patches)
    config = ModelConfig(len(weights), round((weights.shape[1] / CHANNELS) ** 0.5))
    model = RankOrderedAutoencoder(torch.tensor(weights), config)
    plain = rules.ascent_direction(rule, model, torch.tensor(patches)).numpy()
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, plain, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(actual, slow_direction(rule, weights, patches), rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(weights, before[0])
    np.testing.assert_array_equal(patches, before[1])


def test_the_three_rules_give_three_directions() -> None:
    rng = np.random.default_rng(0)
    weights, patches = rng.normal(size=(9, 12)).astype(np.float32), rng.random((4, 12), np.float32)
    first, second, third = (ascent_direction(rule, weights, patches) for rule in RULES)
    assert np.abs(first - second).max() > 1e-3
    assert np.abs(first - third).max() > 1e-3
    assert np.abs(second - third).max() > 1e-3


@pytest.fixture
def pictures(as_pictures: Callable[..., Pictures]) -> Pictures:
    """Three pictures of different sizes, one of them as narrow as a patch."""
    rng = np.random.default_rng(1)
    return as_pictures(*(rng.integers(0, 256, (h, w, 3)) for h, w in [(9, 5), (3, 14), (3, 3)]))


def some_weights(n_units: int = 10, patch_size: int = 3) -> np.ndarray:
    """Large enough for many active units, so that no gradient is a rounding error that Adam blows up."""
    rng = np.random.default_rng(2)
    return rng.normal(0.3, 1, (n_units, patch_size**2 * CHANNELS)).astype(np.float32)


def learned(
    rule: Rule, weights: np.ndarray, pictures: Pictures, corners: Corners, batch_size: int, steps: list[float]
) -> np.ndarray:
    learner = Learner(rule, weights)
    learner.learn(pictures, corners, 3, batch_size, np.array(steps, np.float32))
    return learner.weights


@EVERY_RULE
@pytest.mark.parametrize(("count", "batch_size"), [(37, 8), (32, 8), (5, 8), (5, 1), (150, 7)], ids=str)
def test_learning_is_adam_along_the_plain_rule(
    rule: Rule, count: int, batch_size: int, pictures: Pictures
) -> None:
    corners = random_corners(pictures, 3, count, np.random.default_rng(3))
    starts = range(0, count, batch_size)
    steps = [0.1 * 0.9**i for i in range(len(starts))]

    model = RankOrderedAutoencoder(torch.tensor(some_weights()), ModelConfig(10, 3))
    adam = torch.optim.Adam(model.parameters(), lr=1.0, betas=(0.9, 0.999), eps=1e-8, maximize=True)
    patches = torch.tensor(cut_patches(pictures, corners, 3))
    for start, step in zip(starts, steps, strict=True):
        adam.param_groups[0]["lr"] = step
        batch = patches[start : start + batch_size]  # the last one may be smaller
        model.weights.grad = rules.ascent_direction(rule, model, batch)
        adam.step()

    actual = learned(rule, some_weights(), pictures, corners, batch_size, steps)
    np.testing.assert_allclose(actual, model.weights.detach().numpy(), atol=1e-4)
    assert np.abs(actual - some_weights()).max() > 0.05


@EVERY_RULE
def test_learning_in_two_calls_is_learning_in_one(rule: Rule, pictures: Pictures) -> None:
    corners = random_corners(pictures, 3, 24, np.random.default_rng(3))
    steps = np.linspace(0.1, 0.01, 6).astype(np.float32)
    learner = Learner(rule, some_weights())
    learner.learn(pictures, Corners(corners.first[:8], corners.widths[:8]), 3, 4, steps[:2])
    assert learner.updates == 2
    learner.learn(pictures, Corners(corners.first[8:], corners.widths[8:]), 3, 4, steps[2:])
    assert learner.updates == 6
    at_once = learned(rule, some_weights(), pictures, corners, 4, steps.tolist())
    np.testing.assert_array_equal(learner.weights, at_once)


def test_the_weights_given_to_a_learner_stay_as_they_are(pictures: Pictures) -> None:
    weights = some_weights()
    corners = random_corners(pictures, 3, 8, np.random.default_rng(3))
    moved = learned(Rule.RANK_ORDER, weights, pictures, corners, 4, [0.1, 0.1])
    np.testing.assert_array_equal(weights, some_weights())
    assert np.abs(moved - weights).max() > 0.05


def test_weights_of_any_layout_and_precision_are_taken(pictures: Pictures) -> None:
    corners = random_corners(pictures, 3, 8, np.random.default_rng(3))
    expected = learned(Rule.PROGRESSIVE, some_weights(), pictures, corners, 4, [0.1, 0.1])
    for weights in (some_weights().astype(np.float64), np.asfortranarray(some_weights())):
        actual = learned(Rule.PROGRESSIVE, weights, pictures, corners, 4, [0.1, 0.1])
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("n_units", [1, 2, 3, 5])
def test_few_units_are_learned_as_well_as_many(n_units: int, pictures: Pictures) -> None:
    corners = random_corners(pictures, 3, 6, np.random.default_rng(3))
    weights = some_weights(n_units)
    direction = ascent_direction(Rule.RANK_ORDER, weights, cut_patches(pictures, corners, 3))
    # Adam's first step is the step size times the sign of the direction.
    actual = learned(Rule.RANK_ORDER, weights, pictures, corners, 6, [0.1])
    np.testing.assert_allclose(actual, weights + 0.1 * np.sign(direction), atol=1e-4)


@EVERY_RULE
def test_the_number_of_threads_changes_nothing(rule: Rule, sample: Dataset) -> None:
    corners = random_corners(sample.train, 7, 96, np.random.default_rng(0))
    results = []
    for threads in (1, 2):
        with using_processors(threads):
            learner = Learner(rule, initial_weights(ModelConfig(), 0))
            learner.learn(sample.train, corners, 7, 32, np.full(3, 0.1, np.float32))
        results.append(learner.weights)
    np.testing.assert_array_equal(*results)


@EVERY_RULE
@pytest.mark.parametrize(
    ("n_units", "patch_size", "batch_size"), [(1, 2, 1), (3, 3, 5), (64, 5, 7), (170, 8, 16)], ids=str
)
def test_one_processor_ends_in_the_weights_and_errors_of_several(
    rule: Rule, n_units: int, patch_size: int, batch_size: int, sample: Dataset
) -> None:
    corners = random_corners(sample.train, patch_size, 4 * batch_size + 1, np.random.default_rng(4))
    patches = cut_patches(sample.train, corners, patch_size)
    results = []
    for processors in (1, 2):
        with using_processors(processors):
            learner = Learner(rule, initial_weights(ModelConfig(n_units, patch_size), 1))
            learner.learn(sample.train, corners, patch_size, batch_size, np.full(5, 0.1, np.float32))
            results.append((learner.weights, *patch_errors(learner.weights, patches)))
    for one, several in zip(*results, strict=True):
        np.testing.assert_array_equal(one, several)


def test_two_trainings_at_once_do_not_disturb_each_other(sample: Dataset) -> None:
    corners = random_corners(sample.train, 7, 320, np.random.default_rng(0))

    def learn(rule: Rule) -> np.ndarray:
        learner = Learner(rule, initial_weights(ModelConfig(), 0))
        for _ in range(3):
            learner.learn(sample.train, corners, 7, 32, np.full(10, 0.1, np.float32))
        return learner.weights

    together: dict[Rule, np.ndarray] = {}
    threads = [threading.Thread(target=lambda r=r: together.update({r: learn(r)})) for r in RULES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for rule in RULES:
        np.testing.assert_array_equal(together[rule], learn(rule))


def test_compiling_ahead_leaves_nothing_to_compile_for_a_training() -> None:
    # In a process of its own, because here other tests have compiled everything already.
    script = """
from model.kernels import compiled as kernels
from model.kernels import loops
from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.training.loop import train
kernels.compile_kernels()
every = [f for f in vars(loops).values() if hasattr(f, "signatures")]
before = [len(f.signatures) for f in every]
list(train(TrainingConfig(ModelConfig(6, 3), patches=100), bundled_sample()))
assert sum(before) > 0 and [len(f.signatures) for f in every] == before
"""
    subprocess.run([sys.executable, "-W", "error", "-c", script], cwd=ROOT, check=True, timeout=300)
