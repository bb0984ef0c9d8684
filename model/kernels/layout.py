"""How the compiled loops like arrays to lie in memory."""

import numpy as np
from numpy.typing import NDArray

from model.kernels.loops import ROW_UNIT

Floats = NDArray[np.float32]


def padded(rows: Floats) -> Floats:
    """A float32 copy of (count, n_inputs) whose rows start on a cache line and end with a whole vector.

    Each row is padded with zeros to a multiple of `ROW_UNIT` numbers. NumPy by itself aligns to 16
    bytes, and then every other vector would lie across two cache lines.
    """
    count, n_inputs = rows.shape
    width = n_inputs + -n_inputs % ROW_UNIT
    memory = np.zeros(count * width + ROW_UNIT, np.float32)
    first = -(memory.ctypes.data // memory.itemsize) % ROW_UNIT
    aligned = memory[first : first + count * width].reshape(count, width)
    aligned[:, :n_inputs] = rows
    return aligned
