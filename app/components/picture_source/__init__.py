"""The picture source: hands a picture, its tiling and a model's weights to the image player of the page."""

import zlib

import numpy as np
from numpy.typing import NDArray

from app.components import declare
from app.components.payload import pack

_mount = declare("picture_source")


def picture_source(
    picture: NDArray[np.uint8],
    weights: NDArray[np.float32],
    patch_size: int,
    stride: int,
    *,
    key: str,
) -> None:
    """Send a picture (height, width, 3) and weights (n_units, n_inputs) to the browser; shows nothing."""
    height, width, _ = picture.shape
    header = {
        "version": f"{zlib.crc32(picture.tobytes())} {zlib.crc32(weights.tobytes())} {stride} {width}",
        "height": height,
        "width": width,
        "patchSize": patch_size,
        "stride": stride,
    }
    _mount(data=pack(header, picture=picture, weights=weights), key=key)
