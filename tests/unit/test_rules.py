"""The learning rules: worked out by hand, against a slow loop, against autograd."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from model.autoencoder import Code, RankOrderedAutoencoder
from model.config import CHANNELS, Coder, ModelConfig, Rule
from model.rules import ascent_direction, progressive, rank_order, saturation_gated

RULES = [rule for rule in Rule if rule.coder is Coder.RANK_ORDER]
EVERY_RULE = pytest.mark.parametrize("rule", RULES, ids=str)


def row(*values: float) -> list[float]:
    """A patch or filter of 2 x 2 pixels: the values given, then zeros."""
    return [*values, *[0.0] * (12 - len(values))]


def direction(rule: Rule, weights: np.ndarray | list, patches: np.ndarray | list) -> np.ndarray:
    tensor = torch.tensor(np.asarray(weights, np.float32))
    size = round((tensor.shape[1] / CHANNELS) ** 0.5)
    model = RankOrderedAutoencoder(tensor, ModelConfig(len(tensor), size))
    return ascent_direction(rule, model, torch.tensor(np.asarray(patches, np.float32))).numpy()


# Five units of 12 inputs, one patch of which only the first two values are not zero.
#   unit  filter     p                      a        rank
#   0     (4.5, 0)   4.5 * 0.5 / 12         0.1875   1     S_1 = (0.84375, 0)       E_1 = (-0.34375, 0.25)
#   1     (0, 3)     3 * 0.25 / 12          0.0625   2     S_2 = (0.84375, 0.1875)  E_2 = (-0.34375, 0.0625)
#   2     (-1, 1)    -0.25 / 12 = -1 / 48   0        4     the last residual is E_2
#   3     (-4, 0)    -2 / 12    = -1 / 6    0        5
#   4     (0, 0)     0                      0        3
FIVE_UNITS = [row(4.5), row(0, 3), row(-1, 1), row(-4), row()]
PATCH = row(0.5, 0.25)
# Through the encoder the inactive units are pulled up by at most -p:
#   s_2 = (0.34375 + 0.0625) / 12 = 0.033854 > 1 / 48  -> delta_2 = 1 / 48
#   s_3 = 4 * 0.34375 / 12        = 0.114583 < 1 / 6   -> delta_3 = 0.114583
PULLED_UP = [row(0.5 / 48, 0.25 / 48), row(0.114583 * 0.5, 0.114583 * 0.25)]


def test_rank_order_moves_five_units_as_worked_out_by_hand() -> None:
    # s_0 = 4.5 * -0.34375 / 12 = -0.128906 > -p_0  -> delta_0 = -0.128906
    # s_1 = 3 * 0.0625 / 12 > 0                     -> delta_1 = 0: an active unit is only pushed down
    expected = [
        row(0.1875 * -0.34375 - 0.12890625 * 0.5, 0.1875 * 0.25 - 0.12890625 * 0.25),
        row(0.0625 * -0.34375, 0.0625 * 0.0625),
        *PULLED_UP,
        row(),
    ]
    np.testing.assert_allclose(direction(Rule.RANK_ORDER, FIVE_UNITS, [PATCH]), expected, atol=1e-6)


def test_saturation_gated_leaves_units_between_zero_and_one_alone_through_the_encoder() -> None:
    expected = [
        row(0.1875 * -0.34375, 0.1875 * 0.25),
        row(0.0625 * -0.34375, 0.0625 * 0.0625),
        *PULLED_UP,
        row(),
    ]
    np.testing.assert_allclose(direction(Rule.SATURATION_GATED, FIVE_UNITS, [PATCH]), expected, atol=1e-6)


def test_progressive_moves_five_units_as_worked_out_by_hand() -> None:
    # c_0 = (E_1 + 4 E_2) / 5 = (-0.34375, 0.1);  s_0 = 4.5 * -0.34375 / 12 = -0.128906 = delta_0
    # c_1 = 4 E_2 / 5 = (-0.275, 0.05);           s_1 = 3 * 0.05 / 12 = 0.0125 = delta_1: up as well as down
    # The inactive units are pulled a tenth as hard.
    expected = [
        row(0.1875 * -0.34375 - 0.12890625 * 0.5, 0.1875 * 0.1 - 0.12890625 * 0.25),
        row(0.0625 * -0.275 + 0.0125 * 0.5, 0.0625 * 0.05 + 0.0125 * 0.25),
        *np.multiply(0.1, PULLED_UP),
        row(),
    ]
    np.testing.assert_allclose(direction(Rule.PROGRESSIVE, FIVE_UNITS, [PATCH]), expected, atol=1e-6)


# One unit, p = 12 * 0.25 / 12 = 0.25, S = 3, R = 1, E = -0.75, s = 12 * -0.75 / 12 = -0.75.
@pytest.mark.parametrize(
    ("rule", "delta"),
    [(Rule.RANK_ORDER, -0.25), (Rule.SATURATION_GATED, 0.0), (Rule.PROGRESSIVE, -0.75)],
    ids=["rank-order: at most to zero", "saturation-gated: not at all", "progressive: by the whole slope"],
)
def test_how_far_a_unit_that_overshoots_is_pushed_down(rule: Rule, delta: float) -> None:
    expected = row(0.25 * -0.75 + delta * 0.25)
    np.testing.assert_allclose(direction(rule, [row(12)], [row(0.25)]), [expected], atol=1e-6)


@EVERY_RULE
def test_every_rule_pushes_a_saturated_unit_down(rule: Rule) -> None:
    # p = 20 * 0.75 / 12 = 1.25, a = 1, R = 1, E = -0.25, s = 20 * -0.25 / 12 = -5 / 12
    expected = row(-0.25 - 5 / 12 * 0.75)
    np.testing.assert_allclose(direction(rule, [row(20)], [row(0.75)]), [expected], atol=1e-6)


@EVERY_RULE
def test_no_rule_pushes_a_saturated_unit_up(rule: Rule) -> None:
    # p = (12 + 11 * 0.5) * 0.9375 / 12 = 1.367, a = 1, E = (-0.0625, 0.4375 eleven times),
    # s = (12 * -0.0625 + 11 * 0.5 * 0.4375) / 12 = 0.138 > 0: only the decoder part a E is left
    weights, patch = [[12.0, *[0.5] * 11]], [[0.9375] * 12]
    expected = [-0.0625, *[0.4375] * 11]
    np.testing.assert_allclose(direction(rule, weights, patch), [expected], atol=1e-6)


# p = 16 * 0.75 / 12 = 1, R = 1, E = -0.25, s = 16 * -0.25 / 12 = -1 / 3
@pytest.mark.parametrize(
    ("rule", "delta"),
    [(Rule.RANK_ORDER, -1 / 3), (Rule.SATURATION_GATED, 0.0), (Rule.PROGRESSIVE, -1 / 3)],
    ids=str,
)
def test_a_unit_at_exactly_one_is_pushed_down_unless_the_rule_is_gated(rule: Rule, delta: float) -> None:
    expected = row(-0.25 + delta * 0.75)
    np.testing.assert_allclose(direction(rule, [row(16)], [row(0.75)]), [expected], atol=1e-6)


@EVERY_RULE
def test_a_unit_at_exactly_one_is_not_pushed_up(rule: Rule) -> None:
    # p = (9.125 * 0.75 + 11 * 0.5 * 0.9375) / 12 = 1, E = (-0.25, 0.4375 eleven times),
    # s = (9.125 * -0.25 + 11 * 0.5 * 0.4375) / 12 = 0.0104 > 0: only the decoder part a E is left
    weights, patch = [[9.125, *[0.5] * 11]], [[0.75, *[0.9375] * 11]]
    np.testing.assert_allclose(direction(rule, weights, patch), [[-0.25, *[0.4375] * 11]], atol=1e-6)


@EVERY_RULE
def test_a_unit_at_exactly_zero_learns_nothing(rule: Rule) -> None:
    # The second filter lies across the patch, p = (0.75 - 0.75) / 12 = 0, along the residual (-0.25, 0.75).
    moved = direction(rule, [row(24), row(-1, 1)], [row(0.75, 0.75)])
    assert not moved[1].any()
    assert moved[0].any()


@EVERY_RULE
def test_no_more_ranks_are_summed_than_the_busiest_patch_has_active_units(rule: Rule) -> None:
    class Counting(RankOrderedAutoencoder):
        def cumulative_sums(self, code: Code, ranks: int | None = None) -> torch.Tensor:
            asked.append(ranks)
            return super().cumulative_sums(code, ranks)

    asked: list[int | None] = []
    model = Counting(torch.tensor(FIVE_UNITS), ModelConfig(5, 2))
    ascent_direction(rule, model, torch.tensor([PATCH, row(), row(0.5)]))
    assert asked == [2]


@EVERY_RULE
def test_a_black_patch_moves_nothing(rule: Rule) -> None:
    assert not direction(rule, FIVE_UNITS, [row()]).any()


@pytest.mark.parametrize(
    ("rule", "delta"),
    [(Rule.RANK_ORDER, 0.0625), (Rule.SATURATION_GATED, 0.0625), (Rule.PROGRESSIVE, 0.00625)],
    ids=str,
)
def test_with_every_unit_silent_the_patch_itself_is_the_residual(rule: Rule, delta: float) -> None:
    # p = (-2 * 0.75 + 0.75) / 12 = -0.0625;  s = p < 0, so nothing happens ...
    assert not direction(rule, [row(-2, 1)], [row(0.75, 0.75)]).any()
    # ... but next to a unit that overshoots by 0.75 - 1 at the first value (p_0 = 24 * 0.75 / 12 = 1.5):
    # s = (-2 * -0.25 + 0.75) / 12 = 0.104 > 0.0625
    moved = direction(rule, [row(24), row(-2, 1)], [row(0.75, 0.75)])[1]
    np.testing.assert_allclose(moved, row(0.75 * delta, 0.75 * delta), atol=1e-6)


@EVERY_RULE
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_rule_agrees_with_a_slow_loop(
    rule: Rule, data: st.DataObject, cases: Callable, slow_direction: Callable
) -> None:
    weights, patches = data.draw(cases())
    expected = slow_direction(rule, weights, patches)
    np.testing.assert_allclose(direction(rule, weights, patches), expected, rtol=1e-5, atol=1e-5)


@EVERY_RULE
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_the_direction_of_a_batch_is_the_mean_over_its_patches(
    rule: Rule, data: st.DataObject, cases: Callable
) -> None:
    weights, patches = data.draw(cases(most_units=40))
    singly = [direction(rule, weights, patches[i : i + 1]) for i in range(len(patches))]
    np.testing.assert_allclose(
        direction(rule, weights, patches), np.mean(singly, axis=0), rtol=1e-5, atol=1e-5
    )


@EVERY_RULE
def test_a_rule_reads_the_weights_without_changing_them_or_leaving_gradients(rule: Rule) -> None:
    model = RankOrderedAutoencoder(torch.tensor(FIVE_UNITS), ModelConfig(5, 2))
    moved = ascent_direction(rule, model, torch.tensor([PATCH]))
    assert model.weights.tolist() == FIVE_UNITS
    assert model.weights.grad is None
    assert not moved.requires_grad


def objective(weights: torch.Tensor, patches: torch.Tensor) -> torch.Tensor:
    """Mean over patches and ranks of 0.5 |E_k|^2; the clipping lets gradients pass, inactive units don't."""
    n_units, n_inputs = weights.shape
    p = patches @ weights.T / n_inputs
    a = torch.where(p > 0, p, torch.zeros_like(p))
    order = torch.argsort(p, dim=1, descending=True, stable=True)
    total = torch.cumsum(a.gather(1, order).unsqueeze(2) * weights[order], dim=1)
    straight_through = total.clamp(0, 1).detach() + total - total.detach()
    residuals = patches.unsqueeze(1) - straight_through
    return 0.5 * residuals.square().sum() / (n_units * len(patches))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_progressive_descends_the_mean_squared_error_over_all_ranks(
    data: st.DataObject, cases: Callable
) -> None:
    weights, patches = data.draw(cases(most_units=60))
    p = patches @ weights.T / weights.shape[1]
    assume((p < 1).all())  # past 1 the rule only pushes down
    never_revived = (p >= 0).all(axis=0)
    assume(never_revived.any())
    variable = torch.tensor(weights, dtype=torch.float64, requires_grad=True)
    objective(variable, torch.tensor(patches, dtype=torch.float64)).backward()
    moved = direction(Rule.PROGRESSIVE, weights, patches)
    np.testing.assert_allclose(moved[never_revived], -variable.grad.numpy()[never_revived], atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_for_one_patch_progressive_follows_the_gradient_in_every_active_unit(
    data: st.DataObject, cases: Callable
) -> None:
    weights, patches = data.draw(cases(most_units=60))
    patch = patches[:1]
    p = patch @ weights.T / weights.shape[1]
    assume((p < 1).all() and (p > 0).any())
    variable = torch.tensor(weights, dtype=torch.float64, requires_grad=True)
    objective(variable, torch.tensor(patch, dtype=torch.float64)).backward()
    active = p[0] > 0
    moved = direction(Rule.PROGRESSIVE, weights, patch)
    np.testing.assert_allclose(moved[active], -variable.grad.numpy()[active], atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_progressive_revives_inactive_units_a_tenth_as_hard_as_rank_order(
    data: st.DataObject, cases: Callable
) -> None:
    weights, patches = data.draw(cases(most_units=60))
    inactive = (patches @ weights.T <= 0).all(axis=0)
    assume(inactive.any())
    gently = direction(Rule.PROGRESSIVE, weights, patches)[inactive]
    fully = direction(Rule.RANK_ORDER, weights, patches)[inactive]
    np.testing.assert_allclose(gently, 0.1 * fully, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(direction(Rule.SATURATION_GATED, weights, patches)[inactive], fully)


# One unit, filter (12, 0, ...), patch (0.5, 0, ...): p = a = 0.5 and S_1 = 6, which is shown as 1.
#   clipped:   E = 0.5 - 1 = -0.5, a E = -0.25, slope s = 12 * -0.5 / 12 = -0.5
#   unclipped: E = 0.5 - 6 = -5.5, a E = -2.75, s = -5.5
# Through the encoder, times x = 0.5: rank order adds max(-p, s) = -0.5, the gated rule nothing for p <= 1,
# and the progressive one s itself.
@pytest.mark.parametrize(
    ("rule", "clipped", "unclipped"),
    [
        (rank_order, -0.25 - 0.5 * 0.5, -2.75 - 0.5 * 0.5),
        (saturation_gated, -0.25, -2.75),
        (progressive, -0.25 - 0.5 * 0.5, -2.75 - 5.5 * 0.5),
    ],
)
def test_residuals_are_those_of_what_is_shown_unless_sums_are_asked_for(
    rule: Callable[..., torch.Tensor], clipped: float, unclipped: float
) -> None:
    model = RankOrderedAutoencoder(torch.tensor([row(12.0)]), ModelConfig(1, 2))
    patch = torch.tensor([row(0.5)])
    name = Rule(rule.__name__.replace("_", "-"))
    for learned in (rule(model, patch), ascent_direction(name, model, patch)):
        np.testing.assert_allclose(learned.detach().numpy(), [row(clipped)], atol=1e-6)
    for learned in (
        rule(model, patch, clipped=False),
        ascent_direction(name, model, patch, clipped=False),
    ):
        np.testing.assert_allclose(learned.detach().numpy(), [row(unclipped)], atol=1e-6)
