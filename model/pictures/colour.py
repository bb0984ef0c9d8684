"""Colours of any space -> sRGB as browsers do it: relative colorimetric, no black point compensation.

ICC profiles are a stranger's data as well: their size is limited, their header is checked, and what LittleCMS
can't work with is ignored.
"""

import io
import struct

import numpy as np
from PIL import Image, ImageCms

from model.pictures.matrix_profile import (
    D65,
    PRIMARIES,
    SRGB_PRIMARIES,
    TRANSFERS,
    matrix_profile,
)

LARGEST_PROFILE = 4 * 1024 * 1024
"""Bytes; larger ones are ignored. Those of printing presses have 0.5 to 3 MB."""

MOST_TAGS = 100
"""In a profile; LittleCMS reads no more either."""

_TABLE, _ENTRY_BYTES = 132, 12
"""Where the table of tags begins, behind their number, and the length of an entry."""
_NEWEST_VERSION = 4
_CLASSES = (b"mntr", b"scnr", b"prtr", b"spac")
"""Profiles of devices and colour spaces, not those that link two or only change one."""
_SPACES = {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK"}
"""Colour space of a profile, and Pillow's mode of the pixels that it is for."""
_SRGB_GAMMA = 1 / 2.2
_SAME_GAMMA = 0.05
"""How far a gamma without primaries may be from that of sRGB and still mean sRGB, as a share."""
_PROBED_LEVELS = 16
"""Along each channel, when a transformation is tried for doing nothing."""


def is_profile(profile: bytes) -> bool:
    """Whether this is an ICC profile of pixels whose tags lie inside it; they may still be broken."""
    size = int.from_bytes(profile[:4], "big")
    return (
        _TABLE <= size <= len(profile) <= LARGEST_PROFILE
        and profile[8] <= _NEWEST_VERSION
        and profile[12:16] in _CLASSES
        and profile[16:20] in _SPACES
        and profile[36:40] == b"acsp"
        and all(start + length <= size for _, _, start, length in _tags(profile))
    )


def _tags(profile: bytes) -> list[tuple[int, bytes, int, int]]:
    """The table of tags: the place of the entry, its name, and the first byte and length of its data."""
    (count,) = struct.unpack_from(">I", profile, _TABLE - 4)
    places = range(_TABLE, _TABLE + _ENTRY_BYTES * min(count, MOST_TAGS), _ENTRY_BYTES)
    known = [at for at in places if at + _ENTRY_BYTES <= len(profile)]
    return [(at, *struct.unpack_from(">4sII", profile, at)) for at in known]


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """A picture in sRGB.

    Args:
        image: L, LA, RGB, RGBA or CMYK, 255 for full ink.
        profile: of its colours; if it is empty, broken or of another kind of pixels, it is ignored.

    Returns:
        In L, LA, RGB or RGBA.
    """
    alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
    opaque = image if alpha is None else image.convert(image.mode[:-1])
    converted = _transformed(opaque, profile) if is_profile(profile) else None
    if converted is None:
        return image.convert("RGB") if image.mode == "CMYK" else image
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


def _transformed(image: Image.Image, profile: bytes) -> Image.Image | None:
    """An L, RGB or CMYK picture in sRGB; None if the profile is no use for it."""
    mode = _SPACES[profile[16:20]]
    if mode != image.mode:
        if not (mode == "RGB" and image.mode == "L"):
            return None
        image = image.convert("RGB")
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(_with_one_table(profile))),
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
        )
        if mode == "RGB" and _does_nothing(transform):
            return image
        return ImageCms.applyTransform(image, transform)
    except Exception:  # broken profiles raise anything at all, and are ignored as by browsers
        return None


def _does_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether colours stay as they are but for rounding, as from sRGB to sRGB."""
    levels = np.linspace(0, 255, _PROBED_LEVELS).astype(np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
    after = np.asarray(ImageCms.applyTransform(Image.fromarray(colours), transform))
    return bool(np.abs(after.astype(int) - colours).max() <= 1)


def _with_one_table(profile: bytes) -> bytes:
    """The profile with the table that browsers take as its only one from device to colour.

    They take `A2B0`, and `A2B1` only without it; LittleCMS takes the one of the intent, and `D2B`, which
    browsers do not know, before both. Those that are not to be taken get a name that means nothing.
    """
    tags = _tags(profile)
    hidden: tuple[bytes, ...] = (b"D2B",)
    if b"A2B0" in {name for _, name, _, _ in tags}:
        hidden += (b"A2B1", b"A2B2")
    edited = bytearray(profile)
    for number, (at, name, _, _) in enumerate(tags):
        if name.startswith(hidden):
            edited[at : at + 4] = b"x%03d" % number
    return bytes(edited)


def gamma_profile(gamma: bytes, chromaticities: bytes) -> bytes:
    """An ICC profile of a PNG's chunks gAMA and cHRM; empty if they say nothing or mean sRGB.

    A gamma alone means the primaries of sRGB; primaries alone mean nothing, as in browsers.

    Args:
        gamma: the chunk's content, 100,000 times the exponent from light to values.
        chromaticities: the chunk's content, 100,000 times x and y of white, red, green and blue.
    """
    if len(gamma) != 4 or not any(gamma):
        return b""
    exponent = int.from_bytes(gamma, "big") / 100_000
    white, primaries = D65, SRGB_PRIMARIES
    if len(chromaticities) == 32:
        numbers = [number / 100_000 for number in struct.unpack(">8I", chromaticities)]
        white, primaries = (numbers[0], numbers[1]), tuple(numbers[2:])
    elif abs(exponent / _SRGB_GAMMA - 1) < _SAME_GAMMA:
        return b""
    try:
        return matrix_profile(primaries, white, lambda values: values ** (1 / exponent))
    except ValueError:
        return b""


def code_point_profile(chunk: bytes) -> bytes:
    """An ICC profile of a PNG's chunk cICP; empty if it names a space that is not known.

    Args:
        chunk: code points of ITU-T H.273 for primaries, transfer and matrix, and whether all values are used.
    """
    if len(chunk) != 4 or chunk[2:] != b"\0\1" or chunk[0] not in PRIMARIES or chunk[1] not in TRANSFERS:
        return b""
    primaries, white = PRIMARIES[chunk[0]]
    return matrix_profile(primaries, white, TRANSFERS[chunk[1]])
