"""The picture source: sends a picture, its tiling and a model's weights to the image player of the page."""

import zlib

import numpy as np
from numpy.typing import NDArray

from app.components import declare
from app.components.coding import Coding
from app.components.payload import pack

_mount = declare("picture_source")


def picture_source(
    picture: NDArray[np.uint8],
    weights: NDArray[np.float32],
    patch_size: int,
    stride: int,
    coding: Coding,
    *,
    key: str,
) -> None:
    """Send a picture and what decomposes it to the browser, which gets it again only if it has changed.

    Args:
        picture: (height, width, 3) bytes.
        weights: (n_units, n_inputs).
        patch_size: height and width of a patch in pixels.
        stride: pixels from patch to patch, 1 to `patch_size`.
        coding: how units are chosen.
        key: of the component on the page.
    """
    height, width, _ = picture.shape
    contents = f"{zlib.crc32(picture.tobytes())} {zlib.crc32(weights.tobytes())}"
    header = {
        "version": f"{contents} {stride} {width} {coding.coder.value}",
        "height": height,
        "width": width,
        "patchSize": patch_size,
        "stride": stride,
        **coding.header(),
    }
    _mount(data=pack(header, picture=picture, weights=weights), key=key)
