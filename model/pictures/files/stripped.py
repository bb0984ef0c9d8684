"""What is left of a stranger's file before Pillow opens it."""

from dataclasses import dataclass
from typing import NamedTuple


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
