"""Learning for pursuit: by hand, against autograd, and the compiled loops against the plain rule."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from model.config import ModelConfig
from model.data.pictures import Corners, Dataset, cut_patches, random_corners
from model.kernels.pursuit_learner import PursuitLearner, pursuit_direction
from model.kernels.pursuit_learning_loops import SMALLEST_NORM
from model.kernels.thread_pool import using_processors
from model.pursuit_rule import direction_at_own_rank, direction_through_recursion
from model.training.starts import initial_weights

BOTH = pytest.mark.parametrize("at_own_rank", [True, False], ids=["own rank", "recursion"])


def normed(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(rows of norm 1, patches, rank weights); weights reach past the units and past what is worth a unit."""
    n_units, size, count = draw(st.integers(1, 30)), draw(st.integers(2, 5)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1), label="seed"))
    rows = normed(rng.normal(size=(n_units, 3 * size**2)))
    patches = rng.random((count, 3 * size**2), np.float32)
    if draw(st.booleans(), label="black patches"):
        patches[rng.random(count) < 0.5] = 0
    if draw(st.booleans(), label="units that lean away"):
        rows = -abs(rows)
    return rows, patches, rng.random(draw(st.integers(1, 40)), np.float32) * 3


def plain(rows: np.ndarray, patches: np.ndarray, weights: np.ndarray, *, at_own_rank: bool) -> np.ndarray:
    exact = [torch.tensor(a, dtype=torch.float64) for a in (rows, patches, weights)]
    if at_own_rank:
        return direction_at_own_rank(exact[0], exact[1], len(weights)).numpy()
    return direction_through_recursion(*exact).numpy()


def test_two_ranks_worked_out_by_hand() -> None:
    rows = torch.tensor([[1.0, 0.0], [0.6, 0.8], [-1.0, 0.0]], dtype=torch.float64)
    patch = torch.tensor([[0.8, 0.6]], dtype=torch.float64)
    # x = (0.8, 0.6) answers 0.8 to unit 0 and 0.96 to unit 1, so that comes first: r_1 = (0.224, -0.168), of
    # norm 0.28; then unit 0 takes 0.224 and leaves r_2 = (0, -0.168).
    own = direction_at_own_rank(rows, patch, 2)
    expected = torch.tensor([[0, 0.224 * -0.168], [0.96 * 0.224, 0.96 * -0.168], [0, 0]], dtype=torch.float64)
    torch.testing.assert_close(own, expected)
    # Through the recursion with w = (0, 1): c = (0, -1), nothing along unit 0, so it gets 0.224 c; unit 1 has
    # t = -0.8 of c along it, c becomes (0.48, -0.36), and it gets 0.96 c + t r_1.
    through = direction_through_recursion(rows, patch, torch.tensor([0.0, 1.0], dtype=torch.float64))
    small = 0.168 / (0.168 + SMALLEST_NORM)
    gradient = [[0, -0.224], [0.96 * 0.48 - 0.8 * 0.224, 0.96 * -0.36 + 0.8 * 0.168], [0, 0]]
    torch.testing.assert_close(through, small * torch.tensor(gradient, dtype=torch.float64))


def objective(free_rows: Tensor, patches: Tensor, weights: Tensor) -> Tensor:
    """Sum of w_k phi(|r_k|), averaged over patches, as a function of rows of any norm.

    phi(s) = s - SMALLEST_NORM log(s + SMALLEST_NORM), of which the derivative is s / (s + SMALLEST_NORM).
    """
    rows = free_rows / free_rows.norm(dim=1, keepdim=True)
    total = 0 * rows.sum()  # so that there is a gradient even where no unit has anything to take
    for patch in patches:
        residual, free = patch, set(range(len(rows)))
        ended = False
        for weight in weights[: len(rows)]:
            if not ended:
                products = (rows @ residual).tolist()
                unit = max(free, key=lambda i, p=products: (p[i], -i))
                ended = products[unit] <= 1e-7
            if not ended:
                free.remove(unit)
                residual = residual - (rows[unit] @ residual) * rows[unit]
            norm = residual.norm()
            total = total + weight * (norm - SMALLEST_NORM * torch.log(norm + SMALLEST_NORM))
    return total / len(patches)


@settings(max_examples=60, deadline=None)
@given(case=cases())
def test_through_the_recursion_is_the_gradient(case: tuple[np.ndarray, ...]) -> None:
    rows, patches, weights = (torch.tensor(a, dtype=torch.float64) for a in case)
    rows = rows / rows.norm(dim=1, keepdim=True)
    lit = patches[patches.norm(dim=1) > 0]
    if len(lit) == 0:
        assert not direction_through_recursion(rows, patches, weights).any()
        return
    variable = rows.clone().requires_grad_()
    objective(variable, lit, weights).backward()
    actual = direction_through_recursion(rows, lit, weights)
    torch.testing.assert_close(actual, -variable.grad, atol=1e-6, rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(case=cases())
def test_at_its_own_rank_is_the_gradient_of_the_squared_residual_there(case: tuple[np.ndarray, ...]) -> None:
    rows, patches = (torch.tensor(a, dtype=torch.float64) for a in case[:2])
    rows = rows / rows.norm(dim=1, keepdim=True)
    ranks = len(case[2])
    expected = torch.zeros_like(rows)
    for patch in patches:
        residual, free = patch, set(range(len(rows)))
        for _ in range(min(ranks, len(rows))):
            products = (rows @ residual).tolist()
            unit = max(free, key=lambda i, p=products: (p[i], -i))
            if products[unit] <= 1e-7:
                break
            row = rows[unit].clone().requires_grad_()
            left = residual - (row @ residual) * row
            (0.5 * left.square().sum()).backward()
            expected[unit] -= row.grad
            residual = left.detach()
            free.remove(unit)
    actual = direction_at_own_rank(rows, patches, ranks)
    torch.testing.assert_close(actual, expected / len(patches), atol=1e-9, rtol=1e-9)


@BOTH
@settings(max_examples=100, deadline=None)
@given(case=cases())
def test_the_compiled_rule_agrees_with_the_plain_one(at_own_rank: bool, case: tuple[np.ndarray, ...]) -> None:
    actual = pursuit_direction(*case, at_own_rank=at_own_rank)
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, plain(*case, at_own_rank=at_own_rank), rtol=1e-3, atol=1e-3)


@BOTH
@pytest.mark.parametrize(("count", "batch"), [(24, 8), (21, 8), (3, 1), (5, 16)], ids=str)
def test_learning_is_adam_with_one_second_moment_a_row(
    at_own_rank: bool, count: int, batch: int, sample: Dataset
) -> None:
    rng = np.random.default_rng(0)
    rows, weights = normed(rng.normal(size=(11, 27))), rng.random(6).astype(np.float32)
    corners = random_corners(sample.train, 3, count, rng)
    patches = cut_patches(sample.train, corners, 3)
    steps = 0.05 * 0.8 ** np.arange(math.ceil(count / batch))
    learner = PursuitLearner(rows, weights, 0.9, at_own_rank=at_own_rank)
    learner.learn(sample.train, corners, 3, batch, steps.astype(np.float32))

    w, m, v = rows.astype(np.float64), np.zeros((11, 27)), np.zeros((11, 1))
    for t, step in enumerate(steps, start=1):
        g = plain(w, patches[(t - 1) * batch : t * batch], weights, at_own_rank=at_own_rank)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * (g**2).mean(axis=1, keepdims=True)
        w = w + step * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        w /= np.linalg.norm(w, axis=1, keepdims=True)
    np.testing.assert_allclose(learner.weights, w, atol=1e-3)
    np.testing.assert_allclose(learner.moments[1], np.tile(v, 27), rtol=1e-2, atol=1e-7)
    assert learner.updates == len(steps)
    assert abs(learner.weights - rows).max() > 0.01


@BOTH
def test_learning_in_two_calls_and_on_several_processors_is_the_same(
    at_own_rank: bool, sample: Dataset
) -> None:
    corners = random_corners(sample.train, 7, 48, np.random.default_rng(0))
    weights, steps = np.ones(20, np.float32), np.full(6, 0.01, np.float32)
    start = normed(initial_weights(ModelConfig(), 0))
    results = []
    for threads in (1, 2):
        with using_processors(threads):
            learner = PursuitLearner(start, weights, 0.9, at_own_rank=at_own_rank)
            for part in (slice(0, 16), slice(16, 48)):
                cut = Corners(corners.first[part], corners.widths[part])
                learner.learn(sample.train, cut, 7, 8, steps[: len(cut.first) // 8])
        results.append(learner.weights)
    at_once = PursuitLearner(start, weights, 0.9, at_own_rank=at_own_rank)
    at_once.learn(sample.train, corners, 7, 8, steps)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], at_once.weights)
