"""Encoding, ranking and progressive reconstruction."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from model.autoencoder import RankOrderedAutoencoder, trelu
from model.config import CHANNELS, ModelConfig


def row(*values: float) -> list[float]:
    """A patch or filter of 2 x 2 pixels: the values given, then zeros."""
    return [*values, *[0.0] * (12 - len(values))]


def autoencoder(weights: np.ndarray | list[list[float]]) -> RankOrderedAutoencoder:
    tensor = torch.tensor(np.asarray(weights, np.float32))
    size = round((tensor.shape[1] / CHANNELS) ** 0.5)
    return RankOrderedAutoencoder(tensor, ModelConfig(tensor.shape[0], size))


# Three units, the first two pixels' red values 0.5 and 0.25 and nothing else; n_inputs = 12.
#   p_0 = -1 * 0.5 / 12                  = -0.041667  -> a_0 = 0
#   p_1 = 3 * 0.25 / 12                  =  0.0625    -> a_1 = 0.0625
#   p_2 = 3 * 0.5 / 12                   =  0.125     -> a_2 = 0.125
# Order 2, 1, 0.   S_1 = 0.125 * 3 = 0.375 at the first value;   S_2 adds 0.0625 * 3 = 0.1875 at the second.
WEIGHTS = [row(-1), row(0, 3), row(3)]
PATCH = [row(0.5, 0.25)]


def test_a_small_patch_is_encoded_as_worked_out_by_hand() -> None:
    code = autoencoder(WEIGHTS).encode(torch.tensor(PATCH))
    assert_close(code.pre_activations, torch.tensor([[-1 / 24, 0.0625, 0.125]]))
    assert_close(code.activations, torch.tensor([[0.0, 0.0625, 0.125]]))
    assert code.rank_order.tolist() == [[2, 1, 0]]


def test_a_small_patch_is_reconstructed_rank_by_rank_as_worked_out_by_hand() -> None:
    steps = autoencoder(WEIGHTS).progressive_reconstruction(torch.tensor(PATCH))
    assert_close(steps, torch.tensor([[row(0.375), row(0.375, 0.1875), row(0.375, 0.1875)]]))


def test_sums_are_clipped_to_a_pixels_range_only_after_adding() -> None:
    # p_0 = 12 * 0.5 / 12 = 0.5, S_1 = 6 (clipped: 1); p_1 = (6 * 0.5 - 12 * 0.2) / 12 = 0.05, and
    # S_2 = 6 + 0.05 * 6 = 6.3 (1) at the first value, -12 * 0.05 = -0.6 (0) at the second.
    model = autoencoder([row(12), row(6, -12)])
    code = model.encode(torch.tensor([row(0.5, 0.2)]))
    assert_close(model.cumulative_sums(code), torch.tensor([[row(6), row(6.3, -0.6)]]))
    steps = model.progressive_reconstruction(torch.tensor([row(0.5, 0.2)]))
    assert_close(steps, torch.tensor([[row(1), row(1)]]))


def test_an_activation_is_never_above_one() -> None:
    # p = 36 * 0.5 / 12 = 1.5
    code = autoencoder([row(36)]).encode(torch.tensor([row(0.5)]))
    assert (code.pre_activations.item(), code.activations.item()) == (1.5, 1.0)


def test_ties_go_to_the_lower_unit() -> None:
    same = row(1, 2, 3)
    code = autoencoder([row(-1), same, row(9), same, same]).encode(torch.tensor([row(0.5, 0.5, 0.5)]))
    # p = -0.5 / 12, then 3 / 12 three times and 4.5 / 12
    assert code.rank_order.tolist() == [[2, 1, 3, 4, 0]]


def test_a_saturated_unit_still_ranks_by_its_pre_activation() -> None:
    code = autoencoder([row(36), row(48)]).encode(torch.tensor([row(0.5)]))
    assert code.activations.tolist() == [[1.0, 1.0]]
    assert code.rank_order.tolist() == [[1, 0]]


def test_a_black_patch_makes_no_unit_active_and_ranks_units_in_their_order() -> None:
    model = autoencoder(WEIGHTS)
    code = model.encode(torch.zeros(1, 12))
    assert code.activations.tolist() == [[0.0, 0.0, 0.0]]
    assert code.rank_order.tolist() == [[0, 1, 2]]
    assert not model(torch.zeros(1, 12)).any()


def test_truncation_keeps_what_lies_between_zero_and_one() -> None:
    values = torch.tensor([-2.0, -0.0, 0.0, 0.25, 1.0, 1.5])
    assert_close(trelu(values), torch.tensor([0.0, 0.0, 0.0, 0.25, 1.0, 1.0]))


@pytest.mark.parametrize("shape", [(3, 11), (2, 12), (12, 3), (3, 12, 1), (36,)], ids=str)
def test_weights_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="shape"):
        RankOrderedAutoencoder(torch.zeros(shape), ModelConfig(3, 2))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")], ids=str)
def test_weights_that_are_not_finite_are_refused(bad: float) -> None:
    weights = torch.zeros(3, 12)
    weights[2, 11] = bad
    with pytest.raises(ValueError, match="finite"):
        RankOrderedAutoencoder(weights, ModelConfig(3, 2))


def test_weights_are_kept_in_single_precision() -> None:
    assert autoencoder(WEIGHTS).weights.dtype is torch.float32
    model = RankOrderedAutoencoder(torch.ones(3, 12, dtype=torch.float64), ModelConfig(3, 2))
    assert model.weights.dtype is torch.float32


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_ranks_and_progressive_reconstructions_agree_with_a_slow_loop(
    data: st.DataObject, cases: Callable
) -> None:
    weights, patches = data.draw(cases(most_units=40))
    model = autoencoder(weights)
    code = model.encode(torch.tensor(patches))
    steps = model.progressive_reconstruction(torch.tensor(patches)).detach().numpy()
    weights = weights.astype(np.float64)
    for b, x in enumerate(patches.astype(np.float64)):
        p = [float(w @ x) / len(x) for w in weights]
        order = sorted(range(len(p)), key=lambda i: -p[i])
        assert code.rank_order[b].tolist() == order
        total = np.zeros(len(x))
        for rank, i in enumerate(order):
            total += min(1, max(0, p[i])) * weights[i]
            np.testing.assert_allclose(steps[b, rank], np.clip(total, 0, 1), atol=2e-5)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_decoding_gives_the_last_progressive_step(data: st.DataObject, cases: Callable) -> None:
    weights, patches = data.draw(cases(most_units=60))
    model, batch = autoencoder(weights), torch.tensor(patches)
    steps = model.progressive_reconstruction(batch)
    decoded = model.decode(model.encode(batch).activations)
    assert steps.shape == (len(patches), *weights.shape)
    assert_close(decoded, steps[:, -1], atol=2e-5, rtol=0)
    assert_close(model(batch), decoded, atol=0, rtol=0)
    assert 0 <= steps.min() <= steps.max() <= 1


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_nothing_changes_past_the_last_active_unit(data: st.DataObject, cases: Callable) -> None:
    weights, patches = data.draw(cases(most_units=40))
    model, batch = autoencoder(weights), torch.tensor(patches)
    steps = model.progressive_reconstruction(batch)
    for b, active in enumerate((model.encode(batch).activations > 0).sum(1).tolist()):
        last = steps[b, active - 1] if active else torch.zeros(len(patches[b]))
        assert bool((steps[b, active:] == last).all())


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_fewer_ranks_are_the_beginning_of_all_ranks(data: st.DataObject, cases: Callable) -> None:
    weights, patches = data.draw(cases(most_units=20))
    ranks = data.draw(st.integers(1, len(weights)))
    model, batch = autoencoder(weights), torch.tensor(patches)
    every = model.progressive_reconstruction(batch)
    assert_close(model.progressive_reconstruction(batch, ranks), every[:, :ranks], atol=0, rtol=0)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_permuting_the_units_changes_no_reconstruction(data: st.DataObject, cases: Callable) -> None:
    weights, patches = data.draw(cases(most_units=12))
    for sums in patches @ weights.T:
        positive = sums[sums > 0]
        assume(len(np.unique(positive)) == len(positive))  # among ties the unit's number does decide
    order = data.draw(st.permutations(range(len(weights))))
    batch = torch.tensor(patches)
    before = autoencoder(weights).progressive_reconstruction(batch)
    after = autoencoder(weights[order]).progressive_reconstruction(batch)
    assert_close(after, before, atol=2e-5, rtol=0)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_batch_is_treated_like_its_patches_one_by_one(data: st.DataObject, cases: Callable) -> None:
    weights, patches = data.draw(cases(most_units=60))
    model, batch = autoencoder(weights), torch.tensor(patches)
    together = model.progressive_reconstruction(batch)
    for i in range(len(batch)):
        alone = model.progressive_reconstruction(batch[i : i + 1])
        assert_close(alone[0], together[i], atol=2e-5, rtol=0)
