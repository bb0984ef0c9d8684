"""Learning in a decorrelated basis: the basis, Adam in it, and the starts that are made of its rows."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model import rules
from model.autoencoder import RankOrderedAutoencoder
from model.config import Coder, ModelConfig, Rule, Start, TrainingConfig
from model.data.pictures import Dataset, cut_patches, random_corners, random_patches
from model.kernels.compiled import Learner, ascent_direction
from model.kernels.thread_pool import using_processors
from model.metrics import measure
from model.training.decorrelation import basis, basis_rows, correlate, decorrelate
from model.training.starts import dct_pairs, initial_weights, signed_pairs, starting_weights

RULES = [rule for rule in Rule if rule.coder is Coder.RANK_ORDER]
EVERY_RULE = pytest.mark.parametrize("rule", RULES, ids=str)


@pytest.mark.parametrize("patch_size", [2, 3, 7, 12])
def test_the_basis_is_orthonormal_and_its_first_row_is_constant(patch_size: int) -> None:
    rows = basis_rows(patch_size)
    np.testing.assert_allclose(rows @ rows.T, np.eye(3 * patch_size**2), atol=1e-12)
    np.testing.assert_allclose(rows[0], 1 / math.sqrt(3 * patch_size**2))


def test_a_row_of_the_basis_worked_out_by_hand() -> None:
    # Of 2 x 2 pixels, with C = [[1, 1], [1, -1]] / sqrt 2: row (0, 1, 1) is constant down, changes its sign
    # across, and is red against blue.
    expected = np.zeros((2, 2, 3))
    expected[:, 0], expected[:, 1] = [1, 0, -1], [-1, 0, 1]
    row = basis_rows(2)[0 * 6 + 1 * 3 + 1]
    np.testing.assert_allclose(row, expected.ravel() / (2 * math.sqrt(2)), atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(patch_size=st.integers(2, 16), count=st.integers(1, 20), seed=st.integers(0, 2**32 - 1))
def test_turning_factor_by_factor_is_a_product_with_the_whole_basis(
    patch_size: int, count: int, seed: int
) -> None:
    weights = np.random.default_rng(seed).normal(size=(count, 3 * patch_size**2)).astype(np.float32)
    turned = decorrelate(weights, patch_size)
    np.testing.assert_allclose(turned, weights @ basis_rows(patch_size).T, atol=2e-5)
    np.testing.assert_allclose(correlate(turned, patch_size), weights, atol=2e-5)


def test_values_of_patches_are_far_less_alike_in_the_basis(sample: Dataset) -> None:
    patches = random_patches(sample.train, 7, 5_000, np.random.default_rng(0))

    def likeness(values: np.ndarray) -> float:
        return float(np.abs(np.corrcoef(values.T) - np.eye(values.shape[1])).mean())

    assert likeness(decorrelate(patches, 7)) < 0.1 * likeness(patches)


@EVERY_RULE
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_without_clipping_a_compiled_rule_agrees_with_the_plain_one(
    rule: Rule, data: st.DataObject, cases: object
) -> None:
    weights, patches = data.draw(cases(most_units=60, largest_patch=6))  # type: ignore[operator]
    size = round((weights.shape[1] / 3) ** 0.5)
    model = RankOrderedAutoencoder(torch.tensor(weights), ModelConfig(len(weights), size))
    plain = rules.ascent_direction(rule, model, torch.tensor(patches), clipped=False).numpy()
    actual = ascent_direction(rule, weights, patches, clipped=False)
    np.testing.assert_allclose(actual, plain, rtol=1e-4, atol=1e-4)


@EVERY_RULE
@pytest.mark.parametrize(("count", "batch_size"), [(37, 8), (32, 8), (6, 2)], ids=str)
def test_learning_is_adam_on_the_plain_rules_direction_in_the_basis(
    rule: Rule, count: int, batch_size: int, sample: Dataset
) -> None:
    rng = np.random.default_rng(2)
    weights = rng.normal(0.3, 1, (10, 27)).astype(np.float32)
    corners = random_corners(sample.train, 3, count, rng)
    steps = [0.1 * 0.9**i for i in range(math.ceil(count / batch_size))]

    whole = torch.tensor(basis_rows(3), dtype=torch.float32)
    coefficients = torch.nn.Parameter(torch.tensor(weights) @ whole.T)
    adam = torch.optim.Adam([coefficients], lr=1.0, betas=(0.9, 0.99), eps=1e-8, maximize=True)
    patches = torch.tensor(cut_patches(sample.train, corners, 3))
    for batch, step in zip(patches.split(batch_size), steps, strict=True):
        adam.param_groups[0]["lr"] = step
        model = RankOrderedAutoencoder(coefficients.detach() @ whole, ModelConfig(10, 3))
        coefficients.grad = rules.ascent_direction(rule, model, batch, clipped=False) @ whole.T
        adam.step()

    learner = Learner(rule, decorrelate(weights, 3), basis(3), 0.99)
    learner.learn(sample.train, corners, 3, batch_size, np.array(steps, np.float32))
    np.testing.assert_allclose(learner.weights, coefficients.detach().numpy(), atol=5e-3)
    assert np.abs(correlate(learner.weights, 3) - weights).max() > 0.05


@EVERY_RULE
def test_the_number_of_threads_changes_nothing(rule: Rule, sample: Dataset) -> None:
    corners = random_corners(sample.train, 7, 96, np.random.default_rng(0))
    start = decorrelate(initial_weights(ModelConfig(), 0), 7)
    results = []
    for threads in (1, 2):
        with using_processors(threads):
            learner = Learner(rule, start, basis(7), 0.99)
            learner.learn(sample.train, corners, 7, 32, np.full(3, 0.1, np.float32))
        results.append(learner.weights)
    np.testing.assert_array_equal(*results)


def test_pairs_of_waves_begin_with_the_mean_and_the_strongest(sample: Dataset) -> None:
    patches = random_patches(sample.train, 7, 3_000, np.random.default_rng(0))
    weights = dct_pairs(ModelConfig(11, 7), patches, np.zeros((11, 147), np.float32))
    np.testing.assert_allclose(np.linalg.norm(weights, axis=1), math.sqrt(147), rtol=1e-5)
    mean = patches.mean(axis=0)
    np.testing.assert_allclose(weights[0], math.sqrt(147) * mean / np.linalg.norm(mean), rtol=1e-4)
    np.testing.assert_array_equal(weights[1::2], -weights[2::2])
    energies = ((patches @ weights[1::2].T.astype(np.float64)) ** 2).mean(axis=0)
    assert all(a >= b for a, b in pairwise(energies))


def test_more_units_than_waves_begin_with_noise(sample: Dataset) -> None:
    config = TrainingConfig(ModelConfig(30, 2), start=Start.DCT_PAIRS)
    weights = starting_weights(config, sample.train)
    np.testing.assert_allclose(np.linalg.norm(weights[:23], axis=1), math.sqrt(12), rtol=1e-5)
    np.testing.assert_array_equal(weights[23:], initial_weights(config.model, 0)[23:])


def test_the_polar_step_makes_pairs_of_an_orthonormal_basis_that_rebuild_all(sample: Dataset) -> None:
    patches = random_patches(sample.train, 4, 2_000, np.random.default_rng(0))
    start = dct_pairs(ModelConfig(95, 4), patches, np.zeros((95, 48), np.float32))
    disturbed = start + np.random.default_rng(1).normal(0, 0.3, start.shape).astype(np.float32)
    weights = signed_pairs(disturbed)
    basis_of_them = weights[[0, *range(1, 95, 2)]] / math.sqrt(48)
    np.testing.assert_allclose(basis_of_them @ basis_of_them.T, np.eye(48), atol=1e-5)
    np.testing.assert_array_equal(weights[1::2], -weights[2::2])
    errors = measure(weights, patches)
    assert errors.final_error < 1e-3 < measure(disturbed, patches).final_error
    # It is the nearest such matrix, so what is one stays.
    np.testing.assert_allclose(signed_pairs(weights), weights, atol=1e-5)


def test_noise_for_pursuit_begins_with_some_bright_patches(sample: Dataset) -> None:
    config = TrainingConfig(ModelConfig(20, 5), rule=Rule.PURSUIT, seed=3)
    weights, noise = starting_weights(config, sample.train), initial_weights(config.model, 3)
    np.testing.assert_array_equal(weights[8:], noise[8:])
    assert ((weights[:8] >= 0) & (weights[:8] < 1)).all()
    assert (np.linalg.norm(weights[:8], axis=1) > 2 / math.sqrt(147) * math.sqrt(75)).all()


def test_pursuit_begins_with_noise_alone_where_every_picture_is_black(as_pictures: object) -> None:
    black = as_pictures(np.zeros((9, 9, 3)))  # type: ignore[operator]
    config = TrainingConfig(ModelConfig(20, 5), rule=Rule.PURSUIT)
    np.testing.assert_array_equal(starting_weights(config, black), initial_weights(config.model, 0))
