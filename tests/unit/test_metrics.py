"""Error by rank, objective and what else is measured."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.kernels.compiled import patch_errors
from model.metrics import Measurement, measure, psnr, summarise


def row(*values: float) -> list[float]:
    return [*values, *[0.0] * (12 - len(values))]


# p_0 = -1 / 24, p_1 = 3 * 0.25 / 12 = 0.0625, p_2 = 3 * 0.5 / 12 = 0.125, so the order is 2, 1, 0 and
#   R_1 = (0.375, 0),          E_1 = (0.125, 0.25),     e_1 = sqrt(0.078125)           = 0.279508
#   R_2 = R_3 = (0.375, .1875) E_2 = (0.125, 0.0625),   e_2 = e_3 = sqrt(0.01953125)   = 0.139754
#   J = 1 e_1 + 2 e_2 + 3 e_3 = 0.279508 + 5 * 0.139754 = 0.978278
WEIGHTS = np.array([row(-1), row(0, 3), row(3)], np.float32)
PATCH = np.array([row(0.5, 0.25)], np.float32)
FIRST, SECOND = math.sqrt(0.078125), math.sqrt(0.01953125)


def test_a_small_patch_is_measured_as_worked_out_by_hand() -> None:
    measured = measure(WEIGHTS, PATCH)
    np.testing.assert_allclose(measured.error_by_rank, [FIRST, SECOND, SECOND], rtol=1e-6)
    assert measured.objective == pytest.approx(FIRST + 5 * SECOND, rel=1e-6)
    assert measured.error_sum == pytest.approx(FIRST + 2 * SECOND, rel=1e-6)
    assert measured.final_error == pytest.approx(SECOND, rel=1e-6)
    assert (measured.l0_mean, measured.dead_units, measured.patches) == (2.0, 1, 1)


def test_figures_are_means_over_patches() -> None:
    # Beside the patch above a black one: nothing active, no error at any rank.
    measured = measure(WEIGHTS, np.concatenate([PATCH, np.zeros_like(PATCH)]))
    np.testing.assert_allclose(measured.error_by_rank, [FIRST / 2, SECOND / 2, SECOND / 2], rtol=1e-6)
    assert measured.objective == pytest.approx((FIRST + 5 * SECOND) / 2, rel=1e-6)
    assert (measured.l0_mean, measured.dead_units, measured.patches) == (1.0, 1, 2)


def test_a_unit_is_dead_only_if_no_patch_makes_it_active() -> None:
    weights = np.array([row(1), row(0, 1), row(0, 0, 1), row(-1, -1)], np.float32)
    patches = np.array([row(0.5), row(0, 0.5)], np.float32)
    measured = measure(weights, patches)
    assert (measured.dead_units, measured.l0_mean) == (2, 1.0)


def test_without_an_active_unit_the_error_is_the_patchs_own_length() -> None:
    measured = measure(np.full((3, 12), -1, np.float32), np.array([row(0.3, 0.4)], np.float32))
    np.testing.assert_allclose(measured.error_by_rank, [0.5, 0.5, 0.5], rtol=1e-6)
    assert (measured.l0_mean, measured.dead_units) == (0.0, 3)


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_errors_by_rank_agree_with_a_slow_loop(data: st.DataObject, cases: Callable) -> None:
    weights, patches = data.draw(cases())
    errors, active = patch_errors(weights, patches)
    assert errors.shape == active.shape == (len(patches), len(weights))
    weights = weights.astype(np.float64)
    for b, x in enumerate(patches.astype(np.float64)):
        p = [float(w @ x) / len(x) for w in weights]
        total = np.zeros(len(x))
        for rank, i in enumerate(sorted(range(len(p)), key=lambda i: -p[i])):
            total += min(1, max(0, p[i])) * weights[i]
            assert errors[b, rank] == pytest.approx(np.linalg.norm(x - np.clip(total, 0, 1)), abs=1e-4)
        assert active[b].tolist() == [value > 0 for value in p]


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_measurement_sums_up_its_patches(data: st.DataObject, cases: Callable) -> None:
    weights, patches = data.draw(cases(most_units=60))
    measured = measure(weights, patches)
    errors, active = patch_errors(weights, patches)
    per_patch = [sum((k + 1) * float(e) for k, e in enumerate(row)) for row in errors]
    assert measured.objective == pytest.approx(sum(per_patch) / len(patches), rel=1e-5)
    assert measured.error_sum == pytest.approx(float(errors.sum()) / len(patches), rel=1e-5)
    assert measured.final_error == pytest.approx(float(errors[:, -1].mean()), rel=1e-5)
    assert measured.l0_mean == pytest.approx(active.sum() / len(patches))
    assert measured.dead_units == sum(not any(column) for column in active.T)


@pytest.mark.parametrize(("error", "decibels"), [(1.0, 0), (0.1, 10), (0.01, 20), (1 / 65536, 48.16)])
def test_psnr_is_in_decibels(error: float, decibels: float) -> None:
    assert psnr(error) == pytest.approx(decibels, abs=0.01)


def test_psnr_without_error_is_infinite() -> None:
    assert psnr(0.0) == math.inf


def test_a_measurement_sums_up_errors_without_losing_digits() -> None:
    # In single precision the mean of so many equal errors is off by a thousandth.
    errors = np.full((2**17, 3), 0.1, np.float32)
    measured = summarise(errors, np.ones_like(errors, np.bool_))
    assert measured.error_by_rank.dtype == np.float64
    assert measured.error_by_rank[0] == pytest.approx(float(np.float32(0.1)), rel=1e-12)
    assert measured.patches == 2**17


FIGURES = Measurement(np.array([1.5, 0.25]), objective=2.0, l0_mean=1.75, dead_units=3, patches=40)


def test_a_measurement_as_json_holds_each_figure_under_its_name() -> None:
    assert FIGURES.as_json() == {
        "error_by_rank": [1.5, 0.25],
        "error_sum": 1.75,
        "final_error": 0.25,
        "objective": 2.0,
        "l0_mean": 1.75,
        "dead_units": 3,
        "patches": 40,
    }


def test_the_smallest_error_has_a_finite_psnr_and_less_than_none_has_not() -> None:
    assert psnr(1e-12) == pytest.approx(120)
    assert psnr(-1e-12) == math.inf
