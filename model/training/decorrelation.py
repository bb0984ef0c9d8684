"""A basis in which the values of a patch hardly depend on each other, and learning in it.

Neighbouring pixels are alike, and so are the three colours. Adam scales the step of one value at a time;
where values are that alike, what they share rules the step, and what tells them apart, fine details and
colour, is starved. In the rows of B,

    B = C (x) C (x) T      C the orthonormal DCT-II of patch_size values, T = (1, 1, 1) / sqrt 3,
                           (1, 0, -1) / sqrt 2, (1, -2, 1) / sqrt 6: brightness and two differences of colour

values are nearly uncorrelated. With x~ = B x and W~ = W B^T every product W x stays what it is, so the model
does not change: Adam steps on W~, and W = W~ B wherever weights are shown, measured or kept. Sums are not
clipped while learning, because a bound on pixels is none on coefficients.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from model.kernels.compiled import Basis, turned

Floats = NDArray[np.float32]

_COLOURS = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / np.sqrt([[3], [2], [6]])


@cache
def basis(patch_size: int) -> Basis:
    """B for patches of `patch_size` x `patch_size` pixels, in factors; they must not be changed."""
    dct = _dct(patch_size)
    across = np.kron(dct, _COLOURS).T
    return Basis(dct.astype(np.float32), np.ascontiguousarray(across, np.float32))


def basis_rows(patch_size: int) -> NDArray[np.float64]:
    """B written out, (n_inputs, n_inputs) with orthonormal rows: one plane wave of one colour each."""
    dct = _dct(patch_size)
    return np.kron(dct, np.kron(dct, _COLOURS))


def decorrelate(weights: Floats, patch_size: int) -> Floats:
    """Filters or patches as coefficients: W B^T.

    Args:
        weights: (count, n_inputs).
        patch_size: height and width of a patch in pixels.

    Returns:
        A new array of the same shape.
    """
    return turned(weights, basis(patch_size))


def correlate(coefficients: Floats, patch_size: int) -> Floats:
    """The inverse of `decorrelate`: W~ B.

    Args:
        coefficients: (count, n_inputs).
        patch_size: height and width of a patch in pixels.

    Returns:
        A new array of the same shape.
    """
    down, across = basis(patch_size)
    return turned(coefficients, Basis(np.ascontiguousarray(down.T), across.T))


def _dct(size: int) -> NDArray[np.float64]:
    """The orthonormal DCT-II, (size, size): row k is a cosine of k half waves."""
    k, n = np.mgrid[:size, :size]
    rows: NDArray[np.float64] = np.sqrt(2 / size) * np.cos(np.pi * (n + 0.5) * k / size)
    rows[0] = np.sqrt(1 / size)
    return rows
