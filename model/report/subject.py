"""The model that the paper's figures are made of, with what they need of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.coding.coder import decompose_by
from model.coding.decomposition import Decomposition
from model.config import Coder
from model.metrics import Measurement

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Moment:
    """What a training had reached.

    Attributes:
        patches_seen: until then.
        train: on training patches.
        test: on test patches.
    """

    patches_seen: int
    train: Measurement
    test: Measurement


@dataclass(frozen=True)
class Subject:
    """A model, measured.

    Attributes:
        dictionary: (n_units, n_inputs), the weights as the coder uses them.
        coder: how units are chosen.
        patch_size: height and width of a patch in pixels.
        mean_activation: (n_units,) over many test patches, silent ones included.
        measurement: over the same patches.
        history: of its training, oldest first; empty if that is not known.
        patch: (n_inputs,) in [0, 1), the patch that figures 3, 4, 5 and 9 show.
        data: name of the pictures that it learned from, and that its history is measured on.
    """

    dictionary: Floats
    coder: Coder
    patch_size: int
    mean_activation: NDArray[np.float64]
    measurement: Measurement
    history: Sequence[Moment]
    patch: Floats
    data: str

    def code(self, patches: Floats) -> Decomposition:
        """The code of patches (batch, n_inputs)."""
        return decompose_by(self.coder, self.dictionary, patches)

    def reconstructions(self, patch: Floats) -> Floats:
        """R_k of one patch (n_inputs,) for k = 1 ... n_units: (n_units, n_inputs), clipped to [0, 1]."""
        code = self.code(patch[None])
        order = code.rank_order[0]
        outputs = code.activations[0, order, None] * self.dictionary[order]
        sums: Floats = np.clip(np.cumsum(outputs, axis=0, dtype=np.float64), 0, 1).astype(np.float32)
        return sums
