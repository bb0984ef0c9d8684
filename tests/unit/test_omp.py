"""Orthogonal matching pursuit against least squares, refitted by the book at every rank."""

import subprocess
import sys
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from model.rivals.omp import omp_errors

ROOT = Path(__file__).resolve().parents[2]


def by_the_book(weights: np.ndarray, patch: np.ndarray, ranks: int) -> list[float]:
    atoms = weights.astype(np.float64)
    norms = np.linalg.norm(atoms, axis=1)
    chosen: list[int] = []
    residual, fitted, errors = patch.astype(np.float64), np.zeros(len(patch)), []
    for _ in range(ranks):
        alike = np.abs(atoms @ residual) / np.where(norms > 0, norms, 1)
        alike[chosen] = 0
        if alike.max() > 1e-9:
            chosen.append(int(alike.argmax()))
            fitted = atoms[chosen].T @ np.linalg.lstsq(atoms[chosen].T, patch.astype(np.float64))[0]
            residual = patch - fitted
        errors.append(float(np.linalg.norm(patch - np.clip(fitted, 0, 1))))
    return errors


@settings(max_examples=60, deadline=None)
@given(n_units=st.integers(1, 40), count=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
def test_it_is_the_search_by_the_book(n_units: int, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.normal(0, rng.random() * 9, (n_units, 27)).astype(np.float32)
    weights[rng.random(n_units) < 0.1] = 0
    patches = rng.random((count, 27), np.float32)
    ranks = min(n_units, 20)
    expected = [by_the_book(weights, patch, ranks) for patch in patches]
    errors, used = omp_errors(weights, patches, ranks)
    np.testing.assert_allclose(errors, expected, atol=1e-4)
    assert (used.sum(axis=1) <= ranks).all()
    assert not used[:, ~weights.any(axis=1)].any()


def test_twins_and_units_in_the_span_of_others_add_nothing() -> None:
    first, second = np.eye(12, dtype=np.float32)[:2]
    weights = np.stack([first, 2 * first, second, first + second, 0 * first])
    patch = (0.5 * first + 0.25 * second)[None]
    # 0.53 of the patch lies along unit 3, all but (0.125, -0.125); with any other unit nothing is left.
    errors, used = omp_errors(weights, patch)
    np.testing.assert_allclose(errors, [[0.125 * 2**0.5, 0, 0, 0, 0]], atol=1e-6)
    assert used.sum() == 2
    assert used[0, 3]


def test_more_units_than_inputs_rebuild_a_patch_exactly_and_stay_there() -> None:
    rng = np.random.default_rng(0)
    errors, used = omp_errors(rng.normal(size=(30, 12)).astype(np.float32), rng.random((5, 12), np.float32))
    assert errors.shape == (5, 30)
    assert (used.sum(axis=1) == 12).all()
    np.testing.assert_allclose(errors[:, 11:], 0, atol=1e-6)
    assert (np.diff(errors, axis=1) <= 1e-6).all()


def test_compiling_ahead_leaves_nothing_to_compile_for_a_comparison() -> None:
    # In a process of its own, because here other tests have compiled everything already.
    script = """
import numpy as np
from model.rivals.omp import compile_omp, omp_errors, omp_residuals
from model.rivals.omp_loops import fill_omp_errors
compile_omp()
before = len(fill_omp_errors.signatures)
weights, patches = np.ones((4, 12), np.float32), np.ones((2, 12), np.float32)
omp_errors(weights, patches)
omp_residuals(weights, patches, 3)
assert before == len(fill_omp_errors.signatures) == 1
"""
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, timeout=300)
