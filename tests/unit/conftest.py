"""What several test files share: drawn cases, the slow oracle, pictures.

Drawn weights and pixels are multiples of 1/16 (saturating units: of 1/4). Every product and every sum of
them is exact in float32, so a pre-activation is the same number whatever the order of summation: units
are either exactly tied or clearly apart, and no implementation may rank them differently.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from hypothesis import assume
from hypothesis import strategies as st

from model.config import CHANNELS, Rule
from model.data.pictures import Dataset, Pictures
from model.data.sources import bundled_sample
from model.kernels.thread_pool import using_processors

Case = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="session", autouse=True)
def one_thread_each() -> Iterator[None]:
    """Small problems are quicker without threads that wait for each other."""
    torch_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with using_processors(1):
        yield
    torch.set_num_threads(torch_threads)


@pytest.fixture(scope="session")
def cases() -> Callable[..., st.SearchStrategy[Case]]:
    """A strategy of (weights, patches), float32, with every peculiarity the rules must bear."""
    return _cases


@st.composite
def _cases(draw: st.DrawFn, most_units: int = 400, largest_patch: int = 16) -> Case:
    few, many = st.integers(1, min(40, most_units)), st.integers(1, most_units)
    small, large = st.integers(2, min(8, largest_patch)), st.integers(2, largest_patch)
    n_units = draw(st.one_of(few, few, few, many))
    n_inputs = draw(st.one_of(small, small, small, large)) ** 2 * CHANNELS
    batch = draw(st.integers(1, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1), label="seed"))
    weights = rng.integers(-16, 17, (n_units, n_inputs)) / 16
    patches = rng.integers(0, 16, (batch, n_inputs)) / 16
    if draw(st.booleans(), label="units lean to one side"):
        weights = np.clip(weights + rng.integers(-4, 5, (n_units, 1)) / 16, -1, 1)
    if draw(st.booleans(), label="saturated units"):
        chosen = rng.integers(n_units, size=min(3, n_units))
        weights[chosen] = rng.integers(0, 25, (len(chosen), n_inputs)) / 4
    if draw(st.booleans(), label="twins"):
        weights[rng.integers(n_units, size=n_units // 2)] = weights[rng.integers(n_units)]
    if draw(st.booleans(), label="silent units"):
        chosen = rng.random(n_units) < rng.random()
        weights[chosen] = -np.abs(weights[chosen])
    if draw(st.booleans(), label="black patches"):
        patches[rng.random(batch) < 0.5] = 0
    # At p = 1 exactly a rule jumps, and 1 / n_inputs times n_inputs need not be 1 in float32.
    assume(not (patches @ weights.T == n_inputs).any())
    return weights.astype(np.float32), patches.astype(np.float32)


@pytest.fixture(scope="session")
def slow_direction() -> Callable[[Rule, np.ndarray, np.ndarray], np.ndarray]:
    """The learning rules as a loop over patches and units, in float64."""
    return _slow_direction


def _slow_direction(rule: Rule, weights: np.ndarray, patches: np.ndarray) -> np.ndarray:
    weights = weights.astype(np.float64)
    n_units, n_inputs = weights.shape
    direction = np.zeros_like(weights)
    for x in patches.astype(np.float64):
        p = [float(row @ x) / n_inputs for row in weights]
        order = sorted(range(n_units), key=lambda i: -p[i])
        total, residuals = np.zeros(n_inputs), []
        for i in order:
            total = total + min(1.0, max(0.0, p[i])) * weights[i]
            residuals.append(x - np.clip(total, 0, 1))
        last = residuals[-1]
        later = np.zeros(n_inputs)
        for rank in reversed(range(n_units)):
            i = order[rank]
            later = later + residuals[rank]
            answers_for = later / n_units if rule is Rule.PROGRESSIVE else residuals[rank]
            slope = float(weights[i] @ (answers_for if p[i] > 0 else last)) / n_inputs
            direction[i] += min(1.0, max(0.0, p[i])) * answers_for + _slow_delta(rule, p[i], slope) * x
    return direction / len(patches)


def _slow_delta(rule: Rule, p: float, slope: float) -> float:
    up_to_zero = min(-p, max(0.0, slope))
    down_to_zero = max(-p, min(0.0, slope))
    if p == 0:
        return 0.0
    if rule is Rule.RANK_ORDER:
        return down_to_zero if p > 0 else up_to_zero
    if rule is Rule.SATURATION_GATED:
        return up_to_zero if p < 0 else down_to_zero if p > 1 else 0.0
    if p < 0:
        return 0.1 * up_to_zero
    return slope if p < 1 else min(0.0, slope)


@pytest.fixture(scope="session")
def sample() -> Dataset:
    return bundled_sample()


@pytest.fixture(scope="session")
def as_pictures() -> Callable[..., Pictures]:
    """Put (height, width, 3) arrays of bytes together as `Pictures` without classes."""

    def join(*arrays: np.ndarray) -> Pictures:
        return Pictures(
            np.concatenate([a.reshape(-1, CHANNELS) for a in arrays]).astype(np.uint8),
            np.array([a.shape[:2] for a in arrays], np.int64),
            np.full(len(arrays), -1),
            np.arange(len(arrays)),
        )

    return join
