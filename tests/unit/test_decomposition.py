"""The NumPy decomposition and the torch model are the same model."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.autoencoder import RankOrderedAutoencoder
from model.coding.decomposition import decompose, reconstruction_at
from model.config import CHANNELS, ModelConfig


def row(*values: float) -> list[float]:
    return [*values, *[0.0] * (12 - len(values))]


# p_0 = 3 * 0.25 / 12 = 0.0625, p_1 = -0.5 / 12, p_2 = 3 * 0.5 / 12 = 0.125, p_3 = 0.
WEIGHTS = np.array([row(0, 3), row(-1), row(3), row()], np.float32)
PATCH = np.array([row(0.5, 0.25)], np.float32)


def test_a_small_patch_is_decomposed_as_worked_out_by_hand() -> None:
    code = decompose(WEIGHTS, PATCH)
    np.testing.assert_allclose(code.pre_activations, [[0.0625, -1 / 24, 0.125, 0]], atol=1e-7)
    np.testing.assert_allclose(code.activations, [[0.0625, 0, 0.125, 0]], atol=1e-7)
    assert code.rank_order.tolist() == [[2, 0, 3, 1]]
    assert code.active_units.tolist() == [2]


@pytest.mark.parametrize(
    ("rank", "expected"),
    [(0, row()), (1, row(0.375)), (2, row(0.375, 0.1875)), (4, row(0.375, 0.1875)), (99, row(0.375, 0.1875))],
    ids=["no unit", "one unit", "two units", "every unit", "more units than there are"],
)
def test_a_small_patch_is_rebuilt_with_some_units(rank: int, expected: list[float]) -> None:
    rebuilt = reconstruction_at(WEIGHTS, decompose(WEIGHTS, PATCH), rank)
    np.testing.assert_allclose(rebuilt, [expected], atol=1e-7)


def test_ties_go_to_the_lower_unit() -> None:
    weights = np.array([row(1), row(2), row(1), row(2)], np.float32)
    assert decompose(weights, PATCH).rank_order.tolist() == [[1, 3, 0, 2]]


def test_single_precision_stays_single_precision() -> None:
    code = decompose(WEIGHTS, PATCH)
    assert code.pre_activations.dtype == code.activations.dtype == np.float32
    assert reconstruction_at(WEIGHTS, code, 2).dtype == np.float32


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_it_equals_the_torch_model_at_every_rank(data: st.DataObject, cases: Callable) -> None:
    weights, patches = data.draw(cases(most_units=60))
    config = ModelConfig(len(weights), round((weights.shape[1] / CHANNELS) ** 0.5))
    model = RankOrderedAutoencoder(torch.tensor(weights), config)
    code, expected = decompose(weights, patches), model.encode(torch.tensor(patches))
    np.testing.assert_array_equal(code.rank_order, expected.rank_order.numpy())
    for actual, wanted in zip(code[:2], expected[:2], strict=True):
        np.testing.assert_allclose(actual, wanted.detach().numpy(), rtol=1e-5, atol=1e-6)
    assert code.active_units.tolist() == (expected.activations > 0).sum(1).tolist()
    steps = model.progressive_reconstruction(torch.tensor(patches)).detach().numpy()
    for rank in range(1, len(weights) + 1):
        rebuilt = reconstruction_at(weights, code, rank)
        np.testing.assert_allclose(rebuilt, steps[:, rank - 1], atol=2e-5)
    assert not reconstruction_at(weights, code, 0).any()
