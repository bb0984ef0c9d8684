"""The autoencoder and its learning rules, compiled: the fast counterpart of `autoencoder.py` and `rules.py`.

All ranks of a patch, its residuals and what the units learn from them are one pass over the active units'
filters, which stay in the processor's cache. A whole run of batches is one call: cutting patches from bytes,
pre-activations, the rule and Adam happen inside it, without the interpreter. `loops.py` has the loops; tests
compare every function here with its plain counterpart.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.config import CHANNELS, Rule
from model.data.pictures import Corners, Pictures
from model.kernels import loops
from model.kernels.barrier import new_barrier
from model.kernels.loops import joined, new_workspace, padded, split
from model.kernels.pursuit import Pursuer
from model.kernels.pursuit_learner import PursuitLearner
from model.kernels.thread_pool import share, using_processors

Floats = NDArray[np.float32]


class Basis(NamedTuple):
    """An orthonormal basis of patches that is a product of one down their rows and one across.

    Attributes:
        down: (patch_size, patch_size) float32; coefficient u takes down[u, r] of row r.
        across: (values, values) float32, values = CHANNELS * patch_size; coefficient v takes across[u, v] of
            value u of a row.
    """

    down: Floats
    across: Floats


PIXELS = Basis(np.empty((0, 0), np.float32), np.empty((0, 0), np.float32))
"""The pixels themselves."""


class Learner:
    """The weights of a training and Adam's moments.

    Attributes:
        rule: the learning rule.
        updates: how many updates have been made; Adam corrects its moments' bias by it.
    """

    def __init__(self, rule: Rule, weights: Floats, basis: Basis = PIXELS, beta2: float = 0.999) -> None:
        """Start from `weights`, which are copied, with both moments zero.

        Args:
            rule: any but `pursuit`.
            weights: (n_units, n_inputs), in the basis.
            basis: to learn in; sums are clipped only in that of the pixels.
            beta2: how much of Adam's second moment stays at each update, 0 to 1.
        """
        self.rule = rule
        self.updates = 0
        self._n_inputs = weights.shape[1]
        self._weights = split(weights)
        self._moments = loops.aligned(self._weights.shape), loops.aligned(self._weights.shape)
        self._basis = Basis(basis.down, padded(basis.across))
        self._bounds = _bounds(clipped=basis is PIXELS)
        self._beta2 = beta2

    @property
    def weights(self) -> Floats:
        """(n_units, n_inputs) float32, in the basis that the learner learns in; a copy."""
        return joined(self._weights, self._n_inputs)

    @property
    def moments(self) -> tuple[Floats, Floats]:
        """Adam's first and second, the shape of the weights; copies."""
        first, second = (joined(moment, self._n_inputs) for moment in self._moments)
        return first, second

    def resume(self, first_moment: Floats, second_moment: Floats, updates: int) -> None:
        """Go on from where another learner stood, whose weights this one started from.

        Args:
            first_moment: Adam's, (n_units, n_inputs).
            second_moment: Adam's, the same shape.
            updates: how many had been made.
        """
        self._moments = split(first_moment), split(second_moment)
        self.updates = updates

    def learn(
        self, pictures: Pictures, corners: Corners, patch_size: int, batch_size: int, steps: Floats
    ) -> None:
        """Make one update for each batch, on as many processors as the calling thread may use.

        The weights that result do not depend, to the last bit, on the number of processors.

        Args:
            pictures: where the patches are cut from.
            corners: the patches, batch after batch; the last batch may be smaller.
            patch_size: height and width of a patch in pixels, with CHANNELS * patch_size**2 = n_inputs.
            batch_size: patches averaged into one update, at least 1.
            steps: (batches,) float32, Adam's step size for each batch, above 0.
        """
        share(
            loops.learn, loops.RULES[self.rule], self._weights, *self._moments, self.updates,
            pictures.pixels, corners.first, corners.widths, patch_size,
            *self._basis, self._bounds, batch_size, self._beta2, steps,
            new_workspace(self._weights.shape, batch_size),
        )  # fmt: skip
        self.updates += len(steps)


def ascent_direction(rule: Rule, weights: Floats, patches: Floats, *, clipped: bool = True) -> Floats:
    """The mean direction of a rule over a batch, as `rules.ascent_direction` gives it.

    Args:
        rule: which learning rule.
        weights: (n_units, n_inputs).
        patches: (batch, n_inputs) in [0, 1), batch >= 1.
        clipped: whether residuals are those of TReLU(S_k), or of S_k itself.

    Returns:
        (n_units, n_inputs) float32, in the units of the weights.
    """
    count, n_inputs = patches.shape
    parts = split(weights)
    workspace = new_workspace(parts.shape, count)._replace(patches=split(patches))
    loops.add_directions(
        0, new_barrier(1), loops.RULES[rule], parts, n_inputs, _bounds(clipped=clipped), count, workspace
    )
    return joined(workspace.directions, n_inputs) / np.float32(count)


def patch_errors(weights: Floats, patches: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Every patch's error by rank, and which units it makes active.

    Args:
        weights: (n_units, n_inputs).
        patches: (batch, n_inputs) in [0, 1); batch may be 0.

    Returns:
        e_k for k = 1 ... n_units, (batch, n_units) float32; and (batch, n_units) bool.
    """
    errors = np.empty((len(patches), len(weights)), np.float32)
    active = np.empty(errors.shape, np.bool_)
    scale = np.float32(1 / weights.shape[1])
    share(loops.fill_patch_errors, padded(weights), padded(patches), scale, errors, active)
    return errors, active


def turned(rows: Floats, basis: Basis) -> Floats:
    """Patches or filters written in a basis.

    Args:
        rows: (count, n_inputs).
        basis: of patches of that size.

    Returns:
        The coefficients, (count, n_inputs) float32.
    """
    rows = np.ascontiguousarray(rows, np.float32)
    coefficients = np.empty_like(rows)
    loops.turn(rows, basis.down, padded(basis.across), coefficients)
    return coefficients


def compile_kernels() -> None:
    """Compile everything above, or load it from the cache on disk. No later call waits for the compiler."""
    weights = np.zeros((4, CHANNELS * 4), np.float32)
    sizes, one = np.full((1, 2), 2), np.zeros(1, np.int64)
    pictures = Pictures(np.zeros((4, CHANNELS), np.uint8), sizes, one, one)
    corners = Corners(one, one + 2)
    with using_processors(1):
        Learner(Rule.RANK_ORDER, weights).learn(pictures, corners, 2, 1, np.zeros(1, np.float32))
        patch_errors(weights, np.zeros((1, CHANNELS * 4), np.float32))
        pursuit = PursuitLearner(weights, np.ones(1, np.float32), 0.9, at_own_rank=True)
        pursuit.learn(pictures, corners, 2, 1, np.zeros(1, np.float32))
    Pursuer(weights).errors(weights)
    turned(weights, Basis(np.eye(2, dtype=np.float32), np.eye(2 * CHANNELS, dtype=np.float32)))


def _bounds(*, clipped: bool) -> Floats:
    return np.array([0, 1] if clipped else [-np.inf, np.inf], np.float32)
