"""Bytes from a stranger -> a picture that is safe to work with, or one clear sentence.

The format is told by the content and must be on a short list; bytes, pixels and the work of unpacking are
capped before anything is unpacked. PNG and JPEG files are first stripped (`model/pictures/sanitize.py`).
Nothing is written to disk.
"""

import contextlib
import ctypes
import io
import struct
import threading
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from model.pictures.pixels import QUARTER_TURNED, TRANSPOSITIONS, WHITE, scaled_size, shown_picture
from model.pictures.sanitize import (
    PNG_START,
    TOO_MANY_PIXELS,
    TOO_SLOW,
    PictureError,
    refuse_too_many_pixels,
    strip_jpeg,
    strip_png,
)

LARGEST_UPLOAD = 20 * 1024 * 1024
FIRST_SHOWN_SIDE = 512
"""Larger pictures are first scaled down to this; people may choose another size."""

MOST_READS = 1_000_000
"""How many pieces a decoder may take a file in; they are handled in Python, at 1 µs and more each."""
LARGEST_RUN_LENGTH_PICTURE = 5_000_000
"""Run-length BMP is unpacked in Python, up to 0.2 µs per pixel."""


_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)
_BMP_RUN_LENGTH = (1, 2)

# One picture is unpacked at a time: many visitors together must not need the memory of many large pictures,
# and silencing warnings is not safe between threads.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class ReadPicture:
    """What was in a file.

    Attributes:
        pixels: (height, width, 3) bytes, upright and scaled down if it was large.
        own_size: height and width that it has in the file, once upright.
        transparent: whether some of it may let the background through.
    """

    pixels: NDArray[np.uint8]
    own_size: tuple[int, int]
    transparent: bool


def read_picture(
    content: bytes,
    smallest_side: int,
    longest_side: int = FIRST_SHOWN_SIDE,
    background: tuple[int, int, int] = WHITE,
) -> ReadPicture:
    """Decode an uploaded picture.

    The first frame of an animation is taken; EXIF rotation is applied; transparency is laid on `background`;
    palettes, CMYK, grey and 16-bit pictures become 8-bit RGB; what is larger than `longest_side` is scaled
    down.

    Args:
        content: the file.
        smallest_side: a picture must have at least this many pixels along each side.
        longest_side: the longer side of what is returned has at most this many.
        background: red, green and blue, 0 to 255, behind transparent pixels.

    Raises:
        PictureError: in one sentence, what is wrong and what to do.
    """
    if not content:
        raise PictureError("This file is empty; choose a picture.")
    if len(content) > LARGEST_UPLOAD:
        raise PictureError("This file is larger than 20 MB; save the picture smaller and try again.")
    kind = _told_by_content(content)
    try:
        with _one_at_a_time, warnings.catch_warnings():
            # Pillow warns of what is refused here anyway; a visitor would see nothing of it.
            warnings.simplefilter("ignore")
            return _decode(content, kind, (smallest_side, longest_side), background)
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError(TOO_MANY_PIXELS) from error
    except Exception as error:  # decoders raise anything at all on a damaged file
        raise PictureError(
            f"This {kind} file can't be read: it is damaged, cut short or of an unusual kind, "
            "so save it again or choose another picture."
        ) from error
    finally:
        _return_memory()


def _return_memory() -> None:
    """Give the system back what unpacking took: glibc would keep tens of megabytes of it for later."""
    with contextlib.suppress(OSError, AttributeError, TypeError):  # other systems have no such function
        ctypes.CDLL(None).malloc_trim(0)


def _told_by_content(content: bytes) -> str:
    if content.startswith(PNG_START):
        return "PNG"
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "WebP"
    # Many a text starts with these two letters, so the size of the header must fit as well.
    if content.startswith(b"BM") and int.from_bytes(content[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    raise PictureError(
        "This is not a PNG, JPEG, WebP, GIF or BMP picture; save it as one of these and try again."
    )


def _decode(
    content: bytes, kind: str, sides: tuple[int, int], background: tuple[int, int, int]
) -> ReadPicture:
    """The picture, upright, 8-bit RGB, scaled so that its sides are from `sides[0]` to `sides[1]` long."""
    exif = b""
    if kind == "PNG":
        content, exif = strip_png(content)
    elif kind == "JPEG":
        content, exif = strip_jpeg(content)
    with Image.open(_CountedReads(content), formats=(kind.upper(),)) as image:
        refuse_too_many_pixels(*image.size)
        if kind == "BMP" and image.info.get("compression") in _BMP_RUN_LENGTH:
            _refuse_long_runs(*image.size)
        orientation = _orientation(exif or image.info.get("exif", b""))
        own_size = image.size if orientation in QUARTER_TURNED else image.size[::-1]
        _refuse_too_small(own_size, scaled_size(*own_size, sides[1]), sides)
        transparent = image.has_transparency_data
        pixels = np.array(shown_picture(image, orientation, sides[1], background))
    return ReadPicture(pixels, (own_size[0], own_size[1]), transparent)


class _CountedReads(io.BytesIO):
    """A file that ends the reading when it is taken in millions of tiny pieces.

    A GIF or BMP of 20 MB can be made of ten million parts that say nothing; to Pillow each is a read.
    """

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._left = MOST_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise PictureError(TOO_SLOW)
        return super().read(size)


def _refuse_long_runs(width: int, height: int) -> None:
    if width * height > LARGEST_RUN_LENGTH_PICTURE:
        raise PictureError(TOO_SLOW)


def _refuse_too_small(size: tuple[int, ...], scaled: tuple[int, int], sides: tuple[int, int]) -> None:
    smallest, longest = sides
    if min(scaled) >= smallest:
        return
    height, width = size
    if min(size) < smallest:
        raise PictureError(
            f"This picture is {width} x {height} pixels, smaller than one patch; "
            f"choose one of at least {smallest} x {smallest}."
        )
    raise PictureError(
        f"This picture is {width} x {height} pixels, too long and thin: scaled to {longest} along its "
        f"longer side it would be narrower than one patch of {smallest}, so crop it and try again."
    )


def _orientation(exif: bytes) -> int:
    """The orientation, 1 (upright) if there is none or the EXIF data is broken.

    Only this number is looked for: Pillow would read every entry, and warn of each broken one.
    """
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, start)
        for entry in range(entries):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * entry)
            if tag == ExifTags.Base.Orientation:
                return value if value in TRANSPOSITIONS else 1
    except struct.error:
        pass
    return 1
