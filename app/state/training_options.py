"""What the settings of a training can be, in words for people, and presets that fill them in."""

from typing import Any

from model.config import Emphasis, OptimizerKind, Rule

RULES = {
    Rule.RANK_ORDER.value: "Paper's rule: a unit learns from the residual at its own rank",
    Rule.PROGRESSIVE.value: "Progressive: a unit answers for every residual it takes part in",
    Rule.PURSUIT.value: "Pursuit: units are chosen one after another, each for what is still missing",
    Rule.SATURATION_GATED.value: "Saturation-gated: a common misreading, learns worse",
}
EMPHASES = {
    Emphasis.MANY_UNITS.value: "many units: every rank counts",
    Emphasis.FEW_UNITS.value: "few units: the first ranks count most",
}
OPTIMIZERS = {
    OptimizerKind.DECORRELATED.value: "waves and colours, where fine details learn as fast as coarse ones",
    OptimizerKind.PLAIN.value: "single pixels, as in earlier versions",
}
PRESETS: dict[str, dict[str, Any]] = {
    "The paper's": {},
    "Best quality": {"rule": Rule.PROGRESSIVE.value, "patches": 2_000_000},
    "Pursuit, many units": {"rule": Rule.PURSUIT.value, "patches": 550_000},
    "Pursuit, few units": {
        "rule": Rule.PURSUIT.value,
        "patches": 550_000,
        "emphasis": Emphasis.FEW_UNITS.value,
    },
    "Waves in pairs, 293 units": {
        "rule": Rule.PROGRESSIVE.value,
        "patches": 300_000,
        "start": "start:dct-pairs",
        "units": 293,
    },
    "Quick demo": {"patches": 300_000},
    "Tiny, 5 x 5": {"patches": 100_000, "patch_size": 5, "units": 64},
}
NOISE, DCT_PAIRS = "", "start:dct-pairs"
"""Starts that are no model's: random weights, and pairs of waves of opposite sign."""
STARTS = {NOISE: "noise", DCT_PAIRS: "pairs of waves, up to one for every direction"}
