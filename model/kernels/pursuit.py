"""Pursuit, compiled: the fast counterpart of `coding/pursuit.py`, whose docstring states the method.

What a chosen unit takes away from the answers of all others is its activation times its products with them,
G = W W^T / n_inputs, computed once for a model: a rank costs n_units multiplications, not n_units * n_inputs.
Everything is computed in double precision, as in the browser: then two implementations choose the same units
but where two answers are equal.
"""

import numpy as np
from numpy.typing import NDArray

from model.kernels import pursuit_loops

Floats = NDArray[np.float32]

STOP = 1e-7
"""Pursuit ends where the best unit would take no more than this from the residual's norm."""
_NORM_TOLERANCE = 1e-3


class Pursuer:
    """Chooses units from one dictionary.

    Attributes:
        dictionary: (n_units, n_inputs) float64.
        gram: (n_units, n_units) float64, its rows' products with each other, 1 for a row with itself.
    """

    def __init__(self, dictionary: NDArray[np.floating]) -> None:
        """Prepare for (n_units, n_inputs), each row zero or of norm sqrt(n_inputs).

        Raises:
            ValueError: a row has another norm.
        """
        self.dictionary = np.ascontiguousarray(dictionary, np.float64)
        self.gram = self._products(self.dictionary)
        norms = np.sqrt(self.gram.diagonal())
        if (np.minimum(norms, abs(norms - 1)) > _NORM_TOLERANCE).any():
            raise ValueError("Pursuit needs filters of equal norm; prepare them with dictionary_for.")

    def choose(
        self, patches: Floats, ranks: int | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The units of patches by rank, and their activations.

        Args:
            patches: (batch, n_inputs) in [0, 1).
            ranks: at most so many units a patch, from 1; all by default.

        Returns:
            (batch, ranks) each, as `coding.pursuit.PursuitCode` describes them.
        """
        n_units, n_inputs = self.dictionary.shape
        ranks = n_units if ranks is None else min(ranks, n_units)
        products = self._products(patches.astype(np.float64))
        units = np.zeros((len(patches), ranks), np.int64)
        activations = np.zeros((len(patches), ranks))
        pursuit_loops.choose(self.gram, products, STOP / np.sqrt(n_inputs), units, activations)
        return units, activations

    def errors(self, patches: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Every patch's error by rank, and which units it uses; the counterpart of `patch_errors`.

        Args:
            patches: (batch, n_inputs) in [0, 1).

        Returns:
            e_k for k = 1 ... n_units, (batch, n_units) float32; and (batch, n_units) bool.
        """
        return self.errors_of(patches, *self.choose(patches))

    def errors_of(
        self, patches: Floats, units: NDArray[np.int64], activations: NDArray[np.float64]
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """The same for units that `choose` has chosen for the patches, with their activations."""
        errors = np.empty(units.shape, np.float32)
        pursuit_loops.fill_errors(self.dictionary, patches.astype(np.float64), units, activations, errors)
        used = np.zeros(units.shape, np.bool_)
        patch, rank = np.nonzero(activations)
        used[patch, units[patch, rank]] = True
        return errors, used

    def _products(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pre-activations of (count, n_inputs), the same for units with the same filter: they tie exactly."""
        n_units, n_inputs = self.dictionary.shape
        products = np.empty((len(rows), n_units))
        pursuit_loops.fill_products(self.dictionary, rows, 1 / n_inputs, products)
        return products
