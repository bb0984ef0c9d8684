"""The method of `autoencoder.py` and `rules.py`, fused and compiled: a patch, all its ranks, in cache.

A patch's residual, its ranked units and what they learn from it are one pass over the active units' filters.
A whole run of batches is one call: sampling from bytes, pre-activations, the rule and Adam happen inside,
without the interpreter and without a second pool of threads beside it. `loops.py` has the loops; tests hold
every function here to the plain one.
"""

import os
import threading

import numba
import numpy as np
from numpy.typing import NDArray

from model.config import CHANNELS, Rule
from model.data.pictures import Corners, Pictures
from model.kernels import loops

Floats = NDArray[np.float32]

# Threads wait for each other twice a batch, some hundred microseconds apart. Falling asleep each time would
# cost more than the second processor brings, and spinning without end nine tenths of the speed beside
# another busy process: so they spin for as long as a batch takes, then sleep. Read by GNU's OpenMP when
# the first parallel loop starts; a setting of the user's own counts.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")

# Numba's fallback pool of threads must not be entered by two threads at once.
_one_at_a_time = threading.Lock()


class Learner:
    """Weights on their way: the weights and Adam's moments, updated in place.

    Attributes:
        weights: (n_units, n_inputs) float32.
        first_moment, second_moment: Adam's, the same shape.
        updates: how many updates have been made.
    """

    def __init__(self, rule: Rule, weights: Floats) -> None:
        """Start from `weights`, which are copied."""
        self.rule = rule
        n_inputs = weights.shape[1]
        nothing = np.zeros_like(weights)
        self._padded = _padded(weights), _padded(nothing), _padded(nothing)
        self.weights, self.first_moment, self.second_moment = (rows[:, :n_inputs] for rows in self._padded)
        self.updates = 0

    def learn(
        self, pictures: Pictures, corners: Corners, patch_size: int, batch_size: int, steps: Floats
    ) -> None:
        """Make one update for each batch.

        Args:
            pictures: where the patches are cut from.
            corners: the patches, batch after batch; the last batch may be smaller.
            patch_size: height and width of a patch in pixels.
            batch_size: patches averaged into one update.
            steps: (batches,) Adam's step size for each.
        """
        with _one_at_a_time:
            loops.learn(
                loops.RULES[self.rule], *self._padded, self.updates,
                pictures.pixels, corners.first, corners.widths, patch_size, batch_size, steps,
            )  # fmt: skip
        self.updates += len(steps)


def ascent_direction(rule: Rule, weights: Floats, patches: Floats) -> Floats:
    """The mean direction of a rule over a batch, as `rules.ascent_direction` gives it.

    Args:
        rule: which learning rule.
        weights: (n_units, n_inputs).
        patches: (batch, n_inputs) in [0, 1), batch >= 1.

    Returns:
        (n_units, n_inputs).
    """
    n_inputs = weights.shape[1]
    direction = _padded(np.zeros_like(weights))
    loops.add_directions(loops.RULES[rule], _padded(weights), _padded(patches), n_inputs, direction)
    return direction[:, :n_inputs] / np.float32(len(patches))


def patch_errors(weights: Floats, patches: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Every patch's error by rank, and which units it makes active.

    Args:
        weights: (n_units, n_inputs).
        patches: (batch, n_inputs) in [0, 1).

    Returns:
        e_k for k = 1 ... n_units, (batch, n_units) float32; and (batch, n_units) bool.
    """
    errors = np.empty((len(patches), len(weights)), np.float32)
    active = np.empty(errors.shape, np.bool_)
    with _one_at_a_time:
        loops.fill_patch_errors(_padded(weights), _padded(patches), weights.shape[1], errors, active)
    return errors, active


def share_processors(count: int) -> None:
    """Let the calling thread's updates use at most `count` processors; the weights do not change."""
    numba.set_num_threads(max(1, min(count, numba.get_num_threads())))


def compile_kernels() -> None:
    """Compile everything above, or load it from the cache on disk, so that no later call waits."""
    weights = np.zeros((loops.LANES, CHANNELS * 4), np.float32)
    sizes, one = np.full((1, 2), 2), np.zeros(1, np.int64)
    pictures = Pictures(np.zeros((4, CHANNELS), np.uint8), sizes, one, one)
    corners = Corners(one, one + 2)
    Learner(Rule.RANK_ORDER, weights).learn(pictures, corners, 2, 1, np.zeros(1, np.float32))
    patch_errors(weights, np.zeros((1, CHANNELS * 4), np.float32))


def _padded(rows: Floats) -> Floats:
    """A copy of (count, n_inputs) as the loops like it: rows of whole vectors that start on a cache line.

    Behind each row there are zeros, up to a multiple of `loops.ROW_UNIT` numbers. NumPy by itself aligns to
    16 bytes, and then every other vector would lie across two cache lines.
    """
    count, n_inputs = rows.shape
    width = n_inputs + -n_inputs % loops.ROW_UNIT
    memory = np.zeros(count * width + loops.ROW_UNIT, np.float32)
    first = -(memory.ctypes.data // memory.itemsize) % loops.ROW_UNIT
    padded = memory[first : first + count * width].reshape(count, width)
    padded[:, :n_inputs] = rows
    return padded
