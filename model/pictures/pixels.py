"""Pictures of every kind -> upright 8-bit RGB of the size that is asked for."""

import numpy as np
from PIL import Image, ImageChops

WHITE = (255, 255, 255)
TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How a picture of each EXIF orientation is put upright."""
QUARTER_TURNED = (5, 6, 7, 8)
"""The orientations that exchange height and width."""
_WITH_ALPHA = ("LA", "RGBA")


def shown_picture(
    image: Image.Image, orientation: int, longest_side: int, background: tuple[int, int, int]
) -> Image.Image:
    """Load an opened picture and make it upright, RGB, and no longer than asked for.

    Palettes, CMYK, grey and 16-bit pictures become 8-bit RGB; of an animation the first frame is taken.

    Args:
        image: just opened.
        orientation: the EXIF one, 1 to 8.
        longest_side: a longer picture is scaled down to this, in pixels.
        background: red, green and blue, 0 to 255, behind transparent pixels.

    Raises:
        Exception: of any kind, when the file is damaged.
    """
    size = scaled_size(*image.size, longest_side)
    # JPEG can be unpacked at a fraction of its size; to the other formats this does nothing.
    image.draft("RGB", (2 * size[0], 2 * size[1]))
    image.load()
    small = _with_even_channels(image)
    if small.size != size:
        small = small.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    picture = _on_background(small, background)
    turn = TRANSPOSITIONS.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def scaled_size(width: int, height: int, longest_side: int) -> tuple[int, int]:
    """Width and height of a picture whose longer side has been brought down to `longest_side` at most."""
    scale = min(1.0, longest_side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _with_even_channels(image: Image.Image) -> Image.Image:
    """The picture in a mode whose values can be averaged: L, LA, RGB or RGBA, eight bits each."""
    if image.mode == "I;16":
        return _upper_bits(image)
    if image.mode == "CMYK" and "adobe" not in image.info:
        # Adobe stores ink upside down and marks its files; Pillow takes every file for one of those.
        image = ImageChops.invert(image)
    opaque = "L" if image.mode in {"1", "L"} else "RGB"
    mode = "RGBA" if image.has_transparency_data else opaque
    return image if image.mode == mode else image.convert(mode)


def _upper_bits(image: Image.Image) -> Image.Image:
    """16-bit grey as 8-bit grey; Pillow's own conversion clips nearly everything to white."""
    values = np.asarray(image)
    grey = Image.fromarray((values >> 8).astype(np.uint8))
    transparent = image.info.get("transparency")
    if transparent is None:
        return grey
    alpha = Image.fromarray(np.where(values == transparent, np.uint8(0), np.uint8(255)))
    return Image.merge("LA", (grey, alpha))


def _on_background(image: Image.Image, background: tuple[int, int, int]) -> Image.Image:
    if image.mode not in _WITH_ALPHA:
        return image.convert("RGB")
    behind = Image.new("RGBA", image.size, (*background, 255))
    return Image.alpha_composite(behind, image.convert("RGBA")).convert("RGB")
