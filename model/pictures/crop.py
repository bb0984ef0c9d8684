"""A large picture cut down to what lies around a patch."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Crop(NamedTuple):
    """A part of a picture, and where the patch lies in it.

    Attributes:
        picture: (height, width, 3) bytes.
        row: of the patch's upper left pixel in it.
        col: of the same pixel.
    """

    picture: NDArray[np.uint8]
    row: int
    col: int


def crop_around(picture: NDArray[np.uint8], row: int, col: int, patch_size: int, longest_side: int) -> Crop:
    """The picture itself if it is small, else a part of it with the patch in its middle.

    Args:
        picture: (height, width, 3) bytes.
        row: of the patch's upper left pixel.
        col: of the same pixel.
        patch_size: height and width of the patch in pixels.
        longest_side: pixels that the part has at most, down and across; at least `patch_size`.
    """
    places = []
    for at, length in ((row, picture.shape[0]), (col, picture.shape[1])):
        kept = min(length, longest_side)
        start = min(max(0, at + patch_size // 2 - kept // 2), length - kept)
        places.append((start, start + kept, at - start))
    (top, bottom, new_row), (left, right, new_col) = places
    return Crop(np.ascontiguousarray(picture[top:bottom, left:right]), new_row, new_col)
