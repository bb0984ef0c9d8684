"""The discrete cosine transform: plane waves of three colours, the rival that nobody trains.

Its components are the orthonormal DCT-II of a patch's rows and columns times three colour rows (brightness,
red minus blue, green against both): `model/training/decorrelation.py` has the formula. They are measured
like those of PCA (`pca.errors_by_component`): the first k, here in the zigzag order of JPEG from coarse to
fine with the three colours of a wave one after another, or the k with the largest coefficients of each patch.
"""

import numpy as np
from numpy.typing import NDArray

from model.training.decorrelation import basis_rows

Floats = NDArray[np.float32]


def dct_components(patch_size: int) -> Floats:
    """The waves in zigzag order.

    Args:
        patch_size: height and width of a patch in pixels, from 1.

    Returns:
        (n_inputs, n_inputs) orthonormal rows; the first is the grey patch.
    """
    colours = 3
    rows = basis_rows(patch_size).reshape(patch_size, patch_size, colours, -1)
    ordered = [rows[down, across] for down, across in zigzag(patch_size)]
    return np.ascontiguousarray(np.concatenate(ordered), np.float32)


def zigzag(side: int) -> list[tuple[int, int]]:
    """Every (row, column) of a square from the upper left along its diagonals, turning at each, as JPEG does.

    Args:
        side: of the square, from 1.
    """
    places = [(row, column) for row in range(side) for column in range(side)]
    return sorted(places, key=lambda at: (sum(at), at[0] if sum(at) % 2 else at[1]))
