import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.data.pictures import Dataset, random_patches
from model.rivals.pca import FITTED_PATCHES, Keep, errors_by_component, principal_components

TWO_COMPONENTS = np.array([[0.6, 0.8], [0.8, -0.6]], np.float32)


def drawn_patches(seed: int, count: int, n_inputs: int) -> np.ndarray:
    return np.random.default_rng(seed).random((count, n_inputs), np.float32)


def slow_error(components: np.ndarray, patch: np.ndarray, keep: Keep, k: int) -> float:
    """One patch, one k, one component after another."""
    coefficients = [sum(float(c) * float(x) for c, x in zip(row, patch, strict=True)) for row in components]
    order = list(range(len(components)))
    if keep is Keep.LARGEST:
        order.sort(key=lambda i: -abs(coefficients[i]))
    squared = 0.0
    for j, x in enumerate(patch):
        value = sum(coefficients[i] * float(components[i][j]) for i in order[:k])
        squared += (float(x) - min(1.0, max(0.0, value))) ** 2
    return squared**0.5


def test_two_inputs_worked_out_by_hand() -> None:
    # (0.5, 0.25) has the coefficients 0.5 and 0.25; from the first alone it is rebuilt as (0.3, 0.4).
    patch = np.array([[0.5, 0.25]], np.float32)
    first = errors_by_component(TWO_COMPONENTS, patch, Keep.FIRST)
    assert first[0] == pytest.approx([0.25, 0], abs=1e-6)


def test_the_largest_coefficient_may_belong_to_the_second_component_and_be_negative() -> None:
    # (0, 0.75) has 0.6 and -0.45; (0.75, 0) has 0.45 and 0.6, and from the second alone becomes (0.48, 0).
    patches = np.array([[0, 0.75], [0.75, 0]], np.float32)
    largest = errors_by_component(TWO_COMPONENTS, patches, Keep.LARGEST)
    assert largest[0, 0] == pytest.approx(((0 - 0.36) ** 2 + (0.75 - 0.48) ** 2) ** 0.5, abs=1e-6)
    assert largest[1, 0] == pytest.approx(0.27, abs=1e-6)  # -0.36 is clipped to 0
    assert largest[:, 1] == pytest.approx([0, 0], abs=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.sampled_from(Keep))
@settings(max_examples=30, deadline=None)
def test_the_fast_errors_are_those_of_the_slow_loop(seed: int, n_inputs: int, keep: Keep) -> None:
    components = principal_components(drawn_patches(seed, 40, n_inputs))
    patches = drawn_patches(seed + 1, 3, n_inputs)
    errors = errors_by_component(components, patches, keep)
    for i, patch in enumerate(patches):
        slow = [slow_error(components, patch, keep, k) for k in range(1, n_inputs + 1)]
        assert errors[i] == pytest.approx(slow, abs=1e-4)


@given(st.integers(0, 2**32 - 1), st.integers(2, 20))
@settings(max_examples=30, deadline=None)
def test_components_are_orthonormal_and_those_of_a_singular_value_decomposition(seed: int, n: int) -> None:
    patches = drawn_patches(seed, 3 * n, n)
    components = principal_components(patches)
    assert components @ components.T == pytest.approx(np.eye(n), abs=1e-5)
    strengths = np.linalg.norm(patches.astype(np.float64) @ components.T, axis=0)
    singular = np.linalg.svd(patches.astype(np.float64), compute_uv=False)
    assert strengths == pytest.approx(singular, rel=1e-4, abs=1e-4)


@given(st.integers(0, 2**32 - 1), st.integers(2, 20))
@settings(max_examples=30, deadline=None)
def test_all_components_rebuild_everything_and_choosing_is_never_worse(seed: int, n: int) -> None:
    components = principal_components(drawn_patches(seed, 50, n))
    # Darker than the clipping reaches, so that only the sums count.
    patches = drawn_patches(seed + 1, 20, n) / 4 + np.float32(0.3)
    first, largest = (errors_by_component(components, patches, keep) for keep in Keep)
    assert first[:, -1] == pytest.approx(np.zeros(20), abs=1e-5)
    assert largest[:, -1] == pytest.approx(np.zeros(20), abs=1e-5)
    coefficients = np.sort(np.abs(patches @ components.T), axis=1)[:, ::-1]
    squared = (patches**2).sum(axis=1, keepdims=True) - np.cumsum(coefficients**2, axis=1)
    unclipped = np.sqrt(np.maximum(squared, 0))
    assert (largest <= unclipped + 1e-3).all()  # clipping only helps: the patch lies in [0, 1)


def test_more_patches_than_are_worked_on_at_once_are_the_same_patches() -> None:
    patches = drawn_patches(0, 1201, 6)
    components = principal_components(patches)
    whole = errors_by_component(components, patches, Keep.LARGEST)
    ends = errors_by_component(components, patches[[0, 499, 500, 1000, 1200]], Keep.LARGEST)
    assert whole[[0, 499, 500, 1000, 1200]] == pytest.approx(ends, abs=1e-6)


def test_on_the_bundled_pictures_the_errors_are_those_known_of_cifar10(sample: Dataset) -> None:
    train = random_patches(sample.train, 7, FITTED_PATCHES, np.random.default_rng(1))
    test = random_patches(sample.test, 7, 4000, np.random.default_rng(0))
    components = principal_components(train)
    known = {
        Keep.FIRST: [1.757, 1.076, 0.781, 0.501, 0.189],
        Keep.LARGEST: [1.757, 0.825, 0.552, 0.319, 0.096],
    }
    for keep, expected in known.items():
        errors = errors_by_component(components, test, keep).mean(axis=0)
        assert errors[[0, 4, 9, 19, 49]] == pytest.approx(expected, rel=0.04)
        assert errors[-1] < 1e-4
