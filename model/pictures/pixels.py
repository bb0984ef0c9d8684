"""Pictures of every kind -> upright 8-bit sRGB of the size that is asked for."""

import struct

import numpy as np
from PIL import ExifTags, Image

from model.pictures.colour import to_srgb
from model.pictures.files.stripped import Placement

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
_EXIF_SHORT = 3
"""The type that the orientation must have."""
_WITH_ALPHA = ("LA", "RGBA")


def shown_picture(
    image: Image.Image,
    size: tuple[int, int],
    background: tuple[int, int, int],
    orientation: int = 1,
    profile: bytes = b"",
    placement: Placement | None = None,
) -> Image.Image:
    """Load an opened picture and make it sRGB, upright and as large as asked for.

    Palettes, CMYK, grey and 16-bit pictures become 8-bit RGB; of an animation the first frame is taken.

    Args:
        image: just opened.
        size: width and height to scale it to, before it is turned.
        background: red, green and blue, 0 to 255, behind transparent pixels.
        orientation: the EXIF one, 1 to 8.
        profile: an ICC profile of its colours; empty for sRGB.
        placement: where the first frame lies, if it does not cover the picture; `image` is the frame alone,
            or the whole with the frame in its place.

    Raises:
        Exception: of any kind, when the file is damaged.
    """
    # JPEG can be unpacked at a fraction of its size; to the other formats this does nothing.
    image.draft("RGB", (2 * size[0], 2 * size[1]))
    image.load()
    small = to_srgb(_with_even_channels(image), profile)
    if placement is not None:
        small = _placed(small, placement)
    if small.size != size:
        small = small.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    picture = _on_background(small, background)
    turn = TRANSPOSITIONS.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def scaled_size(width: int, height: int, longest_side: int | None, smallest_side: int = 1) -> tuple[int, int]:
    """Width and height of a picture whose longer side has been brought down to `longest_side` at most.

    Args:
        width: of the picture in pixels.
        height: likewise.
        longest_side: None for no limit.
        smallest_side: the shorter side is not brought below this; a long and thin picture stays longer.
    """
    if longest_side is None:
        return width, height
    scale = min(1.0, max(longest_side / max(width, height), smallest_side / min(width, height)))
    return max(1, round(width * scale)), max(1, round(height * scale))


def orientation_of(exif: bytes) -> int:
    """The orientation, 1 (upright) if there is none or the EXIF data is broken.

    Only this number is looked for: Pillow would read every entry, and warn of each broken one. It counts only
    as one number of 16 bits, as in browsers.

    Args:
        exif: a TIFF structure.
    """
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        (entries,) = struct.unpack_from(f"{order}H", exif, start)
        for entry in range(entries):
            tag, kind, count, value = struct.unpack_from(f"{order}HHIH", exif, start + 2 + 12 * entry)
            if tag == ExifTags.Base.Orientation:
                return value if (kind, count) == (_EXIF_SHORT, 1) and value in TRANSPOSITIONS else 1
    except struct.error:
        pass
    return 1


def _with_even_channels(image: Image.Image) -> Image.Image:
    """The picture in a mode whose values can be averaged, eight bits each: L, LA, RGB, RGBA or CMYK."""
    if image.mode == "I;16":
        return _upper_bits(image)
    if image.mode == "CMYK":
        return image
    opaque = "L" if image.mode in {"1", "L", "LA"} else "RGB"
    mode = opaque + "A" if image.has_transparency_data else opaque
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


def _placed(image: Image.Image, placement: Placement) -> Image.Image:
    """A frame in its place on a transparent picture."""
    frame = image.crop(placement.box) if image.size == placement.size else image
    whole = Image.new("RGBA", placement.size)
    whole.paste(frame, placement.box[:2])
    return whole


def _on_background(image: Image.Image, background: tuple[int, int, int]) -> Image.Image:
    if image.mode not in _WITH_ALPHA:
        return image.convert("RGB")
    behind = Image.new("RGBA", image.size, (*background, 255))
    return Image.alpha_composite(behind, image.convert("RGBA")).convert("RGB")
