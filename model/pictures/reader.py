"""Bytes from a stranger -> a picture that is safe to work with, or one clear sentence.

There is this one way for uploads, for the command line and for folders; they differ in arguments only. The
format is told by the content and must be on a short list; bytes, pixels and the work of unpacking are capped
before anything is unpacked. PNG, JPEG and BMP files are first stripped to what pixels need. Colours become
sRGB, and pictures are turned upright, as browsers show them. Nothing is written to disk.
"""

import contextlib
import ctypes
import io
import math
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from model.files import read_beginning
from model.pictures.files.avif import strip_avif
from model.pictures.files.bmp import strip_bmp
from model.pictures.files.formats import format_or_refusal
from model.pictures.files.jpeg import strip_jpeg
from model.pictures.files.png import strip_png
from model.pictures.files.stripped import Placement, Stripped
from model.pictures.files.webp import strip_webp
from model.pictures.limits import (
    TOO_MANY_PIXELS,
    TOO_SLOW,
    PictureError,
    TooSmallError,
    UnreadableError,
    refuse_too_many_pixels,
)
from model.pictures.pixels import QUARTER_TURNED, WHITE, orientation_of, scaled_size, shown_picture

LARGEST_UPLOAD = 20 * 1024 * 1024
LARGEST_FILE = 100 * 1024 * 1024
"""Bytes of a picture on this machine; whoever names it is no stranger, but its content may be."""
FIRST_SHOWN_SIDE = 512
"""Larger pictures are first scaled down to this; people may choose another size."""
LONGEST_STRIP = 16_384
"""Pixels along a picture too thin to be scaled down; browsers can draw so many."""

SMALL_PICTURE = 1_000_000
"""Pixels; after so few no memory is returned, because among many small pictures that would take longest."""
MOST_READS = 1_000_000
"""How many pieces a decoder may take a file in; they are handled in Python, at 1 µs and more each."""

_STRIPPED: dict[str, Callable[[bytes], Stripped]] = {
    "PNG": strip_png,
    "JPEG": strip_jpeg,
    "BMP": strip_bmp,
    "WebP": strip_webp,
    "AVIF": strip_avif,
    "GIF": Stripped,
}
_WITH_NOTES = ("WebP", "AVIF")
"""The formats whose EXIF data and profile Pillow finds; the others lose theirs when they are stripped."""

# One picture is unpacked at a time: many visitors together must not need the memory of many large pictures,
# and silencing warnings is not safe between threads.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class ReadPicture:
    """What was in a file.

    Attributes:
        pixels: (height, width, 3) bytes of sRGB, upright and scaled down if it was large.
        own_size: height and width that it has in the file, once upright.
        transparent: whether some of it may let the background through.
    """

    pixels: NDArray[np.uint8]
    own_size: tuple[int, int]
    transparent: bool


@dataclass(frozen=True)
class _Wanted:
    """What a picture is to be like; see `read_picture`."""

    smallest_side: int
    longest_side: int | None
    background: tuple[int, int, int]


def read_picture(
    content: bytes,
    smallest_side: int,
    longest_side: int | None = FIRST_SHOWN_SIDE,
    background: tuple[int, int, int] = WHITE,
) -> ReadPicture:
    """Decode an uploaded picture.

    The first frame of an animation is taken; EXIF rotation is applied; transparency is laid on `background`;
    palettes, CMYK, grey and 16-bit pictures become 8-bit sRGB; what is larger than `longest_side` is scaled
    down, but not below `smallest_side`.

    Args:
        content: the file.
        smallest_side: a picture must have at least this many pixels along each side.
        longest_side: the longer side of what is returned has at most this many, unless the shorter one is
            `smallest_side` long; None for no limit.
        background: red, green and blue, 0 to 255, behind transparent pixels.

    Raises:
        PictureError: in one sentence, what is wrong and what to do; TooSmallError if it is smaller than
            `smallest_side`, UnreadableError if it is no picture or damaged.
    """
    return _read(content, LARGEST_UPLOAD, _Wanted(smallest_side, longest_side, background))


def read_picture_file(
    path: Path,
    smallest_side: int,
    longest_side: int | None,
    background: tuple[int, int, int] = WHITE,
) -> ReadPicture:
    """`read_picture` of a file on this machine.

    Args:
        path: of the file.
        smallest_side: a picture must have at least this many pixels along each side.
        longest_side: the longer side of what is returned has at most this many; None keeps its size.
        background: red, green and blue, 0 to 255, behind transparent pixels.

    Raises:
        PictureError: in one sentence, what is wrong and what to do.
        OSError: there is no regular file of this name, or it can't be read.
    """
    content = read_beginning(path, LARGEST_FILE + 1)
    return _read(content, LARGEST_FILE, _Wanted(smallest_side, longest_side, background))


def _read(content: bytes, largest: int, wanted: _Wanted) -> ReadPicture:
    if not content:
        raise UnreadableError("This file is empty; choose a picture.")
    if len(content) > largest:
        raise PictureError(
            f"This file is larger than {largest // 2**20} MB; save the picture smaller and try again."
        )
    kind = format_or_refusal(content)
    took_much = True
    try:
        with _one_at_a_time, warnings.catch_warnings():
            # Pillow warns of what is refused here anyway; a visitor would see nothing of it.
            warnings.simplefilter("ignore")
            picture = _decode(content, kind, wanted)
        took_much = math.prod(picture.own_size) > SMALL_PICTURE
        return picture
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError(TOO_MANY_PIXELS) from error
    except Exception as error:  # decoders raise anything at all on a damaged file
        raise UnreadableError(
            f"This {kind} file can't be read: it is damaged, cut short or of an unusual kind, "
            "so save it again or choose another picture."
        ) from error
    finally:
        if took_much:
            _return_memory()


def _return_memory() -> None:
    """Give the system back what unpacking took: glibc would keep tens of megabytes of it for later."""
    with contextlib.suppress(OSError, AttributeError, TypeError):  # other systems have no such function
        ctypes.CDLL(None).malloc_trim(0)


def _decode(content: bytes, kind: str, wanted: _Wanted) -> ReadPicture:
    stripped = _STRIPPED[kind](content)
    picture = _decode_stripped(stripped, kind, wanted)
    if stripped.twin:
        twin = _decode_stripped(Stripped(stripped.twin, stripped.exif, stripped.profile), kind, wanted)
        if not np.array_equal(picture.pixels, twin.pixels):
            raise ValueError("pixels are missing")
    return picture


def _decode_stripped(stripped: Stripped, kind: str, wanted: _Wanted) -> ReadPicture:
    with Image.open(_CountedReads(stripped.content), formats=(kind.upper(),)) as image:
        exif, profile, placement = stripped.exif, stripped.profile, stripped.placement
        if kind == "GIF":
            placement = _placement_of_gif(image)
        elif kind in _WITH_NOTES:
            exif = image.info.get("exif", b"").removeprefix(b"Exif\0\0")
            profile = image.info.get("icc_profile") or profile
        if placement is not None and placement.box == (0, 0, *placement.size):
            placement = None
        width, height = image.size if placement is None else placement.size
        refuse_too_many_pixels(width, height)
        orientation = orientation_of(exif)
        own_size = (width, height) if orientation in QUARTER_TURNED else (height, width)
        size = scaled_size(width, height, wanted.longest_side, wanted.smallest_side)
        _refuse_too_small(own_size, size, wanted)
        transparent = placement is not None or image.has_transparency_data
        shown = shown_picture(image, size, wanted.background, orientation, profile, placement)
        return ReadPicture(np.array(shown), own_size, transparent)


class _CountedReads(io.BytesIO):
    """A file that ends the reading when it is taken in millions of tiny pieces.

    A GIF of 20 MB can be made of ten million parts that say nothing; to Pillow each is a read.
    """

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._left = MOST_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise PictureError(TOO_SLOW)
        return super().read(size)


def _placement_of_gif(image: ImageFile.ImageFile) -> Placement:
    """Where the first frame lies; Pillow gives the rest some colour."""
    box = image.tile[0][1]
    return Placement(image.size, box or (0, 0, *image.size))


def _refuse_too_small(own_size: tuple[int, int], scaled: tuple[int, int], wanted: _Wanted) -> None:
    height, width = own_size
    smallest, longest = wanted.smallest_side, wanted.longest_side
    if min(own_size) < smallest:
        raise TooSmallError(
            f"This picture is {width} x {height} pixels, smaller than one patch; "
            f"choose one of at least {smallest} x {smallest}."
        )
    if longest is not None and max(scaled) > max(longest, LONGEST_STRIP):
        raise PictureError(
            f"This picture is {width} x {height} pixels, too long and thin: scaled to {LONGEST_STRIP} along "
            f"its longer side it would be narrower than one patch of {smallest}, so crop it and try again."
        )
