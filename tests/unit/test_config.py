"""Settings refuse nonsense when they are made."""

import dataclasses
import math

import pytest

from model.config import (
    PLAIN_RECIPE,
    PROGRESSIVE_FROM_PAIRS_RECIPE,
    PROGRESSIVE_RECIPE,
    PURSUIT_RECIPE,
    RANK_ORDER_RECIPE,
    SIGNED_PAIRS_RECIPE,
    Coder,
    ModelConfig,
    OptimizerKind,
    Recipe,
    Rule,
    Start,
    TrainingConfig,
)


def test_the_defaults_are_the_papers_shape_and_rule() -> None:
    config = TrainingConfig()
    assert (config.model.n_units, config.model.patch_size, config.model.n_inputs) == (169, 7, 147)
    assert config.rule is Rule.RANK_ORDER


def test_the_rules_are_called_what_a_checkpoint_and_the_command_line_call_them() -> None:
    assert [rule.value for rule in Rule] == ["rank-order", "progressive", "saturation-gated", "pursuit"]


@pytest.mark.parametrize(("patch_size", "n_inputs"), [(2, 12), (7, 147), (32, 3072)])
def test_a_patch_has_three_values_a_pixel(patch_size: int, n_inputs: int) -> None:
    assert ModelConfig(patch_size=patch_size).n_inputs == n_inputs


@pytest.mark.parametrize("n_units", [1, 4096])
@pytest.mark.parametrize("patch_size", [2, 32])
def test_the_smallest_and_largest_models_are_accepted(n_units: int, patch_size: int) -> None:
    config = ModelConfig(n_units, patch_size)
    assert (config.n_units, config.patch_size) == (n_units, patch_size)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("n_units", value) for value in (0, -1, 4097, True, 169.0, "169", None, math.nan)],
        *[("patch_size", value) for value in (1, 0, -7, 33, True, 7.0, "7", None, math.inf)],
    ],
)
def test_a_model_of_an_impossible_shape_is_refused(name: str, value: object) -> None:
    words = {"n_units": "number of units", "patch_size": "patch size"}[name]
    with pytest.raises(ValueError, match=rf"^The {words} must be a whole number from .*\.$"):
        ModelConfig(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("patches", 1),
        ("patches", 100_000_000),
        ("seed", 0),
        ("seed", 2**32 - 1),
        ("batch_size", 1),
        ("batch_size", 4096),
        ("step_size", 1),
        ("step_size", 1e-9),
        ("step_decay", 1),
        ("step_decay", 1e-9),
    ],
)
def test_settings_at_the_edge_of_their_range_are_accepted(name: str, value: float) -> None:
    assert getattr(TrainingConfig(**{name: value}), name) == value


@pytest.mark.parametrize(
    ("name", "words", "value"),
    [
        *[("patches", "number of patches", value) for value in (0, -1, 100_000_001, True, 1e6, "5")],
        *[("seed", "seed", value) for value in (-1, 2**32, True, 0.0, None)],
        *[("batch_size", "batch size", value) for value in (0, -1, 4097, False, 32.0)],
        *[("step_size", "step size", value) for value in (0, -0.1, 1.1, math.nan, math.inf)],
        *[("step_decay", "step decay", value) for value in (0, -0.1, 1.1, math.nan, -math.inf)],
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(name: str, words: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^The {words} must be .*\.$") as caught:
        TrainingConfig(**{name: value})
    assert str(value) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("config", [ModelConfig(), TrainingConfig()], ids=["model", "training"])
def test_settings_can_not_be_changed_afterwards(config: ModelConfig | TrainingConfig) -> None:
    name = dataclasses.fields(config)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(config, name, 5)


def test_equal_settings_are_equal_and_can_be_keys() -> None:
    assert {TrainingConfig(seed=3): 1}[TrainingConfig(seed=3)] == 1
    assert TrainingConfig(seed=3) != TrainingConfig(seed=4)


@pytest.mark.parametrize(
    ("settings", "recipe"),
    [
        ({}, RANK_ORDER_RECIPE),
        ({"rule": Rule.SATURATION_GATED}, RANK_ORDER_RECIPE),
        ({"rule": Rule.PROGRESSIVE}, PROGRESSIVE_RECIPE),
        ({"rule": Rule.PROGRESSIVE, "start": Start.DCT_PAIRS}, PROGRESSIVE_FROM_PAIRS_RECIPE),
        (
            {"rule": Rule.PROGRESSIVE, "start": Start.DCT_PAIRS, "model": ModelConfig(293)},
            SIGNED_PAIRS_RECIPE,
        ),
        ({"optimizer": OptimizerKind.PLAIN}, PLAIN_RECIPE),
        ({"rule": Rule.PURSUIT}, PURSUIT_RECIPE),
        ({"rule": Rule.PURSUIT, "optimizer": OptimizerKind.PLAIN}, PURSUIT_RECIPE),
    ],
    ids=str,
)
def test_what_is_left_open_is_the_recipes(settings: dict[str, object], recipe: Recipe) -> None:
    config = TrainingConfig(**settings)
    assert Recipe(config.batch_size, config.step_size, config.step_decay) == recipe
    chosen = TrainingConfig(**settings, batch_size=3, step_size=0.5)
    assert (chosen.batch_size, chosen.step_size, chosen.step_decay) == (3, 0.5, recipe.step_decay)


def test_every_rule_has_a_coder() -> None:
    assert {rule for rule in Rule if rule.coder is Coder.PURSUIT} == {Rule.PURSUIT}
