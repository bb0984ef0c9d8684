"""The phases of a training: one, but for `pursuit`, which first learns a rough dictionary in a short one.

A phase has a batch size of its own, and its step decays from the whole to the least. The next one begins with
the averaged weights of the one before and with fresh moments.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.config import Emphasis, Rule, TrainingConfig

Floats = NDArray[np.float32]

SHARE_OF_FIRST = 2 / 11
"""Of all patches, for the first phase of `pursuit`."""
FIRST_BATCH = 4
"""Batches of the second phase in one of the first."""
FIRST_RANKS, SECOND_RANKS = 20, 60
"""Units that are chosen for a patch of 147 values; for others in proportion."""
STANDARD_INPUTS = 147


@dataclass(frozen=True)
class Phase:
    """A stretch of a training.

    Attributes:
        begin, end: patches seen when it begins and ends.
        batch_size: patches averaged into one update.
        is_first_of_two: whether it is the first phase of `pursuit`.
    """

    begin: int
    end: int
    batch_size: int
    is_first_of_two: bool = False

    def updates_until(self, patches_seen: int) -> int:
        """Updates of this phase until `patches_seen`, which lies in it."""
        return -(-(patches_seen - self.begin) // self.batch_size)

    def stops_at(self, patches_seen: int) -> bool:
        """Whether `patches_seen` is the end of an update, or the phase's begin."""
        inside = self.begin <= patches_seen <= self.end
        return inside and ((patches_seen - self.begin) % self.batch_size == 0 or patches_seen == self.end)


def phases(config: TrainingConfig) -> list[Phase]:
    """All phases of a training, in order."""
    first_batch = FIRST_BATCH * config.batch_size
    end = int(config.patches * SHARE_OF_FIRST) // first_batch * first_batch
    if config.rule is not Rule.PURSUIT or end == 0:
        return [Phase(0, config.patches, config.batch_size)]
    first = Phase(0, end, first_batch, is_first_of_two=True)
    return [first, Phase(end, config.patches, config.batch_size)]


def phase_at(config: TrainingConfig, patches_seen: int) -> Phase:
    """The phase of `config` that the update after `patches_seen` is in; at the end, the last one."""
    return next((p for p in phases(config) if patches_seen < p.end), phases(config)[-1])


def rank_weights(config: TrainingConfig, phase: Phase) -> Floats:
    """How much the residual at each rank counts in a phase of `pursuit`, (ranks,).

    With many units in mind, the reciprocal of what an adaptive DCT leaves of a patch with k coefficients. The
    first rank counts far more, for it is there that units which resemble the mean patch compete.

    Args:
        config: the settings.
        phase: of this training.
    """
    scale = config.model.n_inputs / STANDARD_INPUTS
    if phase.is_first_of_two:
        return np.ones(max(1, round(FIRST_RANKS * scale)), np.float32)
    k = np.arange(1, max(1, round(SECOND_RANKS * scale)) + 1)
    if config.emphasis is Emphasis.MANY_UNITS:
        weights, of_first = k**0.4 * np.exp(0.0295 * (k - 1) / scale), 700
    else:
        weights, of_first = k**-0.5, 100
    weights[0] *= of_first
    return np.asarray(weights, np.float32)
