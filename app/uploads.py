"""Bytes from a stranger -> a picture that is safe to work with, or one clear sentence.

The format is told by the content and must be on a short list; bytes, pixels and the work of unpacking are
capped before anything is unpacked. PNG and JPEG files are first stripped (`app/stripping.py`).
Nothing is written to disk.
"""

import io
import struct
import threading
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageChops

from app.stripping import (
    PNG_START,
    TOO_MANY_PIXELS,
    TOO_SLOW,
    UploadError,
    refuse_too_many_pixels,
    strip_jpeg,
    strip_png,
)

LARGEST_FILE = 20 * 1024 * 1024
LONGEST_SIDE = 512
"""Larger pictures are scaled down to this before they are decomposed."""
GROUND = (255, 255, 255)
"""What transparent pixels are shown on."""

MOST_READS = 1_000_000
"""How many pieces a decoder may take a file in; they are handled in Python, at 1 µs and more each."""
LARGEST_RUN_LENGTH_PICTURE = 5_000_000
"""Run-length BMP is unpacked in Python, up to 0.2 µs per pixel."""


_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)
_BMP_RUN_LENGTH = (1, 2)

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How a picture of each EXIF orientation is put upright."""

# One picture is unpacked at a time: many visitors together must not need the memory of many large pictures,
# and silencing warnings is not safe between threads.
_one_at_a_time = threading.Lock()


def read_picture(content: bytes, smallest_side: int) -> NDArray[np.uint8]:
    """Decode an uploaded picture.

    The first frame of an animation is taken; EXIF rotation is applied; transparency is laid on white;
    palettes, CMYK, grey and 16-bit pictures become 8-bit RGB; what is larger than LONGEST_SIDE is scaled
    down.

    Args:
        content: the file.
        smallest_side: a picture must have at least this many pixels along each side.

    Returns:
        (height, width, 3) bytes, no side longer than LONGEST_SIDE.

    Raises:
        UploadError: in one sentence, what is wrong and what to do.
    """
    if not content:
        raise UploadError("This file is empty; choose a picture.")
    if len(content) > LARGEST_FILE:
        raise UploadError("This file is larger than 20 MB; save the picture smaller and try again.")
    kind = _told_by_content(content)
    try:
        with _one_at_a_time, warnings.catch_warnings():
            # Pillow warns of what is refused here anyway; a visitor would see nothing of it.
            warnings.simplefilter("ignore")
            return np.array(_decode(content, kind, smallest_side))
    except UploadError:
        raise
    except Image.DecompressionBombError as error:
        raise UploadError(TOO_MANY_PIXELS) from error
    except Exception as error:  # decoders raise anything at all on a damaged file
        raise UploadError(
            f"This {kind} file can't be read: it is damaged, cut short or of an unusual kind, "
            "so save it again or choose another picture."
        ) from error


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
    raise UploadError(
        "This is not a PNG, JPEG, WebP, GIF or BMP picture; save it as one of these and try again."
    )


def _decode(content: bytes, kind: str, smallest_side: int) -> Image.Image:
    """An upright 8-bit RGB picture, scaled down if it was large."""
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
        size = _scaled(*image.size)
        _refuse_too_small(image.size, size, orientation, smallest_side)
        # JPEG can be unpacked at a fraction of its size; to the other formats this does nothing.
        image.draft("RGB", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))
        image.load()
        small = _with_even_channels(image)
        if small.size != size:
            small = small.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    picture = _on_ground(small)
    turn = _TURNS.get(orientation)
    return picture if turn is None else picture.transpose(turn)


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
            raise UploadError(TOO_SLOW)
        return super().read(size)


def _refuse_long_runs(width: int, height: int) -> None:
    if width * height > LARGEST_RUN_LENGTH_PICTURE:
        raise UploadError(TOO_SLOW)


def _refuse_too_small(
    size: tuple[int, int], scaled: tuple[int, int], orientation: int, smallest_side: int
) -> None:
    if min(scaled) >= smallest_side:
        return
    width, height = size if orientation < 5 else size[::-1]
    if min(size) < smallest_side:
        raise UploadError(
            f"This picture is {width} x {height} pixels, smaller than one patch; "
            f"choose one of at least {smallest_side} x {smallest_side}."
        )
    raise UploadError(
        f"This picture is {width} x {height} pixels, too long and thin: scaled to {LONGEST_SIDE} along its "
        f"longer side it would be narrower than one patch of {smallest_side}, so crop it and try again."
    )


def _scaled(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, LONGEST_SIDE / max(width, height))
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


def _on_ground(image: Image.Image) -> Image.Image:
    if image.mode not in {"LA", "RGBA"}:
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, (*GROUND, 255))
    return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")


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
                return value if value in _TURNS else 1
    except struct.error:
        pass
    return 1
