"""What is left of a stranger's file before Pillow opens it."""

from dataclasses import dataclass
from typing import NamedTuple

from model.pictures.colour import avif_profile
from model.pictures.limits import MOST_PARTS

_ANIMATED = 0x02
"""The flag of an extended WebP that says that it has frames."""


class Placement(NamedTuple):
    """Where a frame lies that covers only a part of its picture; the rest is transparent.

    Attributes:
        size: width and height of the whole picture in pixels.
        box: the frame's first column and row in it, and the first column and row behind it.
    """

    size: tuple[int, int]
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Stripped:
    """A file with nothing but what its pixels need, and beside it what tells how they are to be shown.

    Attributes:
        content: the file for Pillow.
        exif: EXIF data, a TIFF structure; empty if there is none.
        profile: an ICC profile, unchecked; empty if the colours are sRGB.
        placement: given if `content` holds only a part of the picture.
        twin: if the end of the file is missing, `content` has been given an end, and this is the same with
            another end: they show the same pixels only if none is missing.
    """

    content: bytes
    exif: bytes = b""
    profile: bytes = b""
    placement: Placement | None = None
    twin: bytes = b""


def strip_webp(content: bytes) -> Stripped:
    """A WebP as it is, and where the first frame of an animation lies; Pillow fills up the rest."""
    at = 12
    canvas = (0, 0)
    for _ in range(MOST_PARTS):
        kind, length = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        body = content[at + 8 : at + 8 + min(length, 16)]
        if kind == b"VP8X" and len(body) >= 10 and body[0] & _ANIMATED:
            canvas = _uint24(body, 4) + 1, _uint24(body, 7) + 1
        elif kind == b"ANMF" and len(body) == 16:
            left, top = 2 * _uint24(body, 0), 2 * _uint24(body, 3)
            right, bottom = left + _uint24(body, 6) + 1, top + _uint24(body, 9) + 1
            return Stripped(content, placement=Placement(canvas, (left, top, right, bottom)))
        elif kind != b"ANIM" and not kind.startswith(b"ICC"):
            break
        at += 8 + length + length % 2
    return Stripped(content)


def _uint24(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 3], "little")


def strip_avif(content: bytes) -> Stripped:
    """An AVIF as it is, and the colours that its code points mean."""
    return Stripped(content, profile=avif_profile(content))
