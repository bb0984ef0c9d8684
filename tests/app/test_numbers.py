"""Numbers to take away: what the files hold is what the model computes, and the Python gives the same."""

import contextlib
import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from app.exports.images import RebuiltPatch
from app.exports.numbers import UNIT_COLUMNS, code_as_csv, code_as_json, code_as_python, units_as_csv
from model.analysis.population import measure_population
from model.checkpoint import load_checkpoint
from model.coding.coder import coded_errors, dictionary_for
from model.config import Coder
from model.data.pictures import random_patches
from model.data.sources import bundled_sample

ASSETS = Path(__file__).resolve().parents[2] / "assets"


def test_a_code_worked_out_by_hand() -> None:
    # p = (3 * .5 / 3, (1.5 * .5 + 1.5 * .25) / 3, -.5) = (.5, .375, -.5): sums (1, 0, 0) and (1, .5625, 0).
    weights = np.array([[3, 0, 0], [1.5, 1.5, 0], [-3, 0, 0]], np.float32)
    rebuilt = RebuiltPatch(weights, np.array([0.5, 0.25, 0], np.float32), 1)
    rows = list(csv.reader(code_as_csv(rebuilt).splitlines()))
    assert rows[0] == ["rank", "unit", "activation", "error"]
    numbers = np.array(rows[1:], float)
    errors = [np.hypot(0.5, 0.25), np.hypot(0.5, 0.3125)]
    np.testing.assert_allclose(numbers, [[1, 0, 0.5, errors[0]], [2, 1, 0.375, errors[1]]], rtol=1e-6)
    told = json.loads(code_as_json(rebuilt, {"model": "a"}))
    assert (told["model"], told["patch"]) == ("a", [0.5, 0.25, 0])
    assert [each["unit"] for each in told["code"]] == [0, 1]


@pytest.mark.parametrize(
    ("name", "coder"),
    [("rank-order", Coder.RANK_ORDER), ("progressive", Coder.PURSUIT), ("pursuit-338", Coder.PURSUIT)],
    ids=str,
)
def test_the_python_prints_the_numbers_on_the_screen(name: str, coder: Coder) -> None:
    file = ASSETS / f"{name}.safetensors"
    weights = load_checkpoint(file).weights
    patch = random_patches(bundled_sample().test, 7, 1, np.random.default_rng(5))[0]
    rebuilt = RebuiltPatch(dictionary_for(coder, weights), patch, 7, coder)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code_as_python(rebuilt, weights, str(file)), {})
    numbers = np.array([line.split() for line in printed.getvalue().splitlines()], float)
    rows = np.array(list(csv.reader(code_as_csv(rebuilt).splitlines()))[1:], float)
    np.testing.assert_allclose(numbers, rows, rtol=1e-4, atol=1e-5)
    errors, active = coded_errors(coder, weights, patch[None])
    assert len(rows) == active.sum() > 20
    np.testing.assert_allclose(rows[:, 3], errors[0, : len(rows)], rtol=1e-4, atol=1e-5)


def test_the_units_have_a_row_each() -> None:
    weights = load_checkpoint(ASSETS / "rank-order.safetensors").weights
    patches = random_patches(bundled_sample().test, 7, 50, np.random.default_rng(0))
    population = measure_population(weights, patches)
    rows = list(csv.DictReader(units_as_csv(population).splitlines()))
    assert tuple(rows[0]) == UNIT_COLUMNS
    assert len(rows) == 169
    fired = (population.activations[:, 3] > 0).mean()
    assert float(rows[3]["firing_rate"]) == pytest.approx(fired)
    assert float(rows[3]["largest_activation"]) == pytest.approx(population.activations[:, 3].max())
