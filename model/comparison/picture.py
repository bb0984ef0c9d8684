"""A whole picture rebuilt by a contender from k components a patch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.analysis.picture_quality import quality
from model.coding.picture_code import Tiling, cut_tiles
from model.comparison.contender import Contender, Floats
from model.config import PIXEL_SCALE


@dataclass(frozen=True)
class RebuiltPicture:
    """A picture at some numbers of components.

    Attributes:
        pixels: (len(ks), height, width, 3) bytes.
        psnr: (len(ks),) in dB; infinite without error.
    """

    pixels: NDArray[np.uint8]
    psnr: list[float]


def rebuild_picture(contender: Contender, picture: NDArray[np.uint8], ks: Sequence[int]) -> RebuiltPicture:
    """Rebuild a picture patch by patch, patches side by side.

    Args:
        contender: who.
        picture: (height, width, 3) bytes, no side shorter than a patch.
        ks: numbers of components for every patch, rising, from 1.
    """
    size = contender.patch_size
    tiling = Tiling(picture.shape[0], picture.shape[1], size, size)
    sums = contender.rebuild(cut_tiles(picture, tiling, slice(None)), ks).reshape(
        len(ks), len(tiling), size, size, 3
    )
    values: Floats = np.empty((len(ks), *picture.shape), np.float32)
    for tile in reversed(range(len(tiling))):  # where tiles overlap, the first one is seen
        row, col = tiling.rows[tile], tiling.cols[tile]
        values[:, row : row + size, col : col + size] = sums[:, tile]
    pixels = np.clip(np.rint(values * np.float32(PIXEL_SCALE)), 0, 255).astype(np.uint8)
    return RebuiltPicture(pixels, [quality(picture, each).psnr for each in values])
