"""Pictures and parts of pictures as files, made in memory, and what the reader makes of them."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from model.pictures import reader
from model.pictures.limits import PictureError

PATCH = 8
"""Pixels along the side that pictures must have at least in these tests."""


RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)


WIDTH, HEIGHT = 24, 16


DAMAGED = "damaged, cut short or of an unusual kind"


TOO_MANY_PIXELS = "more than 50 million pixels"


TOO_SLOW = "takes too long to read"


def read_picture(content: bytes, smallest_side: int, **options: Any) -> NDArray[np.uint8]:
    return reader.read_picture(content, smallest_side, **options).pixels


def refusal(content: bytes, smallest_side: int = PATCH) -> str:
    with pytest.raises(PictureError) as caught:
        read_picture(content, smallest_side)
    return sentence(caught.value)


def sentence(error: PictureError) -> str:
    text = str(error)
    assert text[0].isupper()
    assert text.endswith(".")
    assert text.count(". ") == 0
    assert not any(sign in text for sign in ("\n", "Traceback", "Error", "<", "0x"))
    return text


def quarters() -> NDArray[np.uint8]:
    """Red, green, blue and white quarters, wider than high, so that every turn and flip shows."""
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[:8, :16], pixels[:8, 16:], pixels[8:, :16], pixels[8:, 16:] = RED, GREEN, BLUE, WHITE
    return pixels


def gradient() -> Image.Image:
    """Every pixel has its own colour, so a missing one shows."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return Image.fromarray(np.stack([columns * 10, rows * 15, 255 - columns * 5], -1).astype(np.uint8))


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def flat(mode: str, colour: object, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    return Image.new(mode, size, colour)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    size: tuple[int, int], depth: int, colour: int, rows: bytes, extra: bytes = b"", interlaced: bool = False
) -> bytes:
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlaced)
    return png_of_packed(zlib.compress(rows), header, extra)


def png_of_packed(
    pixels: bytes, header: bytes = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0), extra: bytes = b""
) -> bytes:
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", pixels)
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def grey_png(extra: bytes = b"") -> bytes:
    return png((8, 8), 8, 0, (b"\0" + b"\x64" * 8) * 8, extra)


def bmp_of_runs(size: tuple[int, int], runs: bytes) -> bytes:
    palette = b"".join(bytes([index, 0, 255 - index, 0]) for index in range(256))
    header = struct.pack("<IiiHHIIiiII", 40, *size, 1, 8, 1, len(runs), 0, 0, 256, 0)
    start = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(runs), 0, 0, start) + header + palette + runs


def exif_of(orientation: int, order: str = ">") -> bytes:
    mark = b"MM\0*" if order == ">" else b"II*\0"
    entries = struct.pack(f"{order}HHHIHH", 1, 0x0112, 3, 1, orientation, 0)
    return b"Exif\0\0" + mark + struct.pack(f"{order}I", 8) + entries + bytes(4)


def without_segment(jpeg: bytes, marker: bytes) -> bytes:
    start = jpeg.index(marker)
    return jpeg[:start] + jpeg[start + 2 + int.from_bytes(jpeg[start + 2 : start + 4]) :]


def claiming(content: bytes, at: int, size: bytes) -> bytes:
    return content[:at] + size + content[at + len(size) :]


FORMATS = {
    "PNG": lambda image: saved(image, "PNG"),
    "JPEG": lambda image: saved(image, "JPEG", quality=100, subsampling=0),
    "progressive JPEG": lambda image: saved(image, "JPEG", quality=100, subsampling=0, progressive=True),
    "WebP": lambda image: saved(image, "WEBP", lossless=True),
    "lossy WebP": lambda image: saved(image, "WEBP", quality=100, method=6),
    "GIF": lambda image: saved(image.quantize(), "GIF"),
    "BMP": lambda image: saved(image, "BMP"),
    "AVIF": lambda image: saved(image, "AVIF", quality=100, subsampling="4:4:4"),
}
