"""What a model and a training are made of: frozen values that refuse nonsense when they are made."""

import math
from dataclasses import dataclass, field
from enum import StrEnum

CHANNELS = 3
PIXEL_SCALE = 256.0
"""Pixels are divided by this, so that a patch lies in [0, 1)."""

REVIVAL = 0.1
"""How hard the rule `progressive` pulls inactive units back, as a share of the paper's rule's pull: 0
leaves most units dead, 1 drowns the gradient."""


class Coder(StrEnum):
    """How the units of a patch are chosen; the values are what the command line calls them.

    RANK_ORDER ranks all units at once by their answers to the patch (`autoencoder.py`), PURSUIT chooses one
    after another, each for what is still missing (`coding/pursuit.py`).
    """

    RANK_ORDER = "rank-order"
    PURSUIT = "pursuit"


class Rule(StrEnum):
    """The learning rules; their values are what the command line and a checkpoint call them."""

    RANK_ORDER = "rank-order"
    PROGRESSIVE = "progressive"
    SATURATION_GATED = "saturation-gated"
    PURSUIT = "pursuit"

    @property
    def coder(self) -> Coder:
        """The coder that a rule's filters are made for."""
        return Coder.PURSUIT if self is Rule.PURSUIT else Coder.RANK_ORDER


class OptimizerKind(StrEnum):
    """What Adam takes for the coordinates of a filter; PURSUIT has an optimizer of its own.

    PLAIN takes pixels, as versions before 0.3 did. DECORRELATED takes coefficients in a fixed basis in which
    they hardly depend on each other (`training/decorrelation.py`), so that fine details learn as fast as
    coarse ones.
    """

    DECORRELATED = "decorrelated"
    PLAIN = "plain"


class Start(StrEnum):
    """The filters that a training begins with, unless it begins with a model.

    NOISE has normal weights. DCT_PAIRS has the mean patch and pairs of waves of opposite sign.
    """

    NOISE = "noise"
    DCT_PAIRS = "dct-pairs"


class Emphasis(StrEnum):
    """Which numbers of units the rule `pursuit` learns to make the most of."""

    MANY_UNITS = "many-units"
    FEW_UNITS = "few-units"


@dataclass(frozen=True)
class ModelConfig:
    """The shape of a model.

    Attributes:
        n_units: units in the hidden layer, 1 to 4096. The paper uses 169 = 13 x 13.
        patch_size: height and width of a patch in pixels, 2 to 32. The paper uses 7.

    Raises:
        ValueError: a value out of range, in one sentence that names it.
    """

    n_units: int = 169
    patch_size: int = 7

    def __post_init__(self) -> None:
        _check_range("number of units", self.n_units, 1, 4096)
        _check_range("patch size", self.patch_size, 2, 32)

    @property
    def n_inputs(self) -> int:
        """Values in one patch: rows x columns x channels, 147 for 7 x 7."""
        return self.patch_size * self.patch_size * CHANNELS


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that decides which weights a training ends with, but for the pictures.

    Attributes:
        model: the shape of the model.
        rule: how a unit learns.
        patches: patches to learn from, 1 to 100 million.
        seed: of the starting weights and of the patches drawn, 0 to 2**32 - 1.
        step_size: Adam's step at the start, above 0 and at most 1; None takes the recipe's.
        step_decay: the step at the end as a share of the step at the start, above 0 and at most 1; None takes
            the recipe's.
        batch_size: patches averaged into one update, 1 to 4096; None takes the recipe's.
        optimizer: the coordinates in which Adam steps.
        start: the filters to begin with.
        emphasis: of the rule `pursuit`; other rules do not look at it.

    Raises:
        ValueError: a value out of range, in one sentence that names it.
    """

    model: ModelConfig = field(default_factory=ModelConfig)
    rule: Rule = Rule.RANK_ORDER
    patches: int = 1_000_000
    seed: int = 0
    # None only until the recipe is looked up, so that whoever reads them need not think of it.
    step_size: float = None  # type: ignore[assignment]
    step_decay: float = None  # type: ignore[assignment]
    batch_size: int = None  # type: ignore[assignment]
    optimizer: OptimizerKind = OptimizerKind.DECORRELATED
    start: Start = Start.NOISE
    emphasis: Emphasis = Emphasis.MANY_UNITS

    def __post_init__(self) -> None:
        recipe = self._recipe()
        for name in ("batch_size", "step_size", "step_decay"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, getattr(recipe, name))
        _check_range("number of patches", self.patches, 1, 100_000_000)
        _check_range("seed", self.seed, 0, 2**32 - 1)
        _check_range("batch size", self.batch_size, 1, 4096)
        _check_share("step size", self.step_size)
        _check_share("step decay", self.step_decay)

    @property
    def has_signed_pairs(self) -> bool:
        """Whether it begins with pairs for every direction that a patch can have but one, the mean."""
        return self.start is Start.DCT_PAIRS and self.model.n_units == 2 * self.model.n_inputs - 1

    def _recipe(self) -> "Recipe":
        if self.rule is Rule.PURSUIT:
            return PURSUIT_RECIPE
        if self.optimizer is OptimizerKind.PLAIN:
            return PLAIN_RECIPE
        if self.rule is not Rule.PROGRESSIVE:
            return RANK_ORDER_RECIPE
        if self.has_signed_pairs:
            return SIGNED_PAIRS_RECIPE
        return PROGRESSIVE_FROM_PAIRS_RECIPE if self.start is Start.DCT_PAIRS else PROGRESSIVE_RECIPE


@dataclass(frozen=True)
class Recipe:
    """Settings of an optimizer that were found to learn well.

    Attributes:
        batch_size, step_size, step_decay: as in `TrainingConfig`.
    """

    batch_size: int
    step_size: float
    step_decay: float


PLAIN_RECIPE = Recipe(16, 0.1, 0.03)
RANK_ORDER_RECIPE = Recipe(8, 0.03, 0.1)
PROGRESSIVE_RECIPE = Recipe(16, 0.1, 0.01)
PROGRESSIVE_FROM_PAIRS_RECIPE = Recipe(8, 0.03, 0.03)
SIGNED_PAIRS_RECIPE = Recipe(8, 0.01, 0.01)
PURSUIT_RECIPE = Recipe(8, 0.01, 0.03)


def _check_range(name: str, value: int, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"The {name} must be a whole number from {low:,} to {high:,}, not {value}.")


def _check_share(name: str, value: float) -> None:
    if not math.isfinite(value) or not 0 < value <= 1:
        raise ValueError(f"The {name} must be above 0 and at most 1, not {value}.")
