"""Every kind of file and of pixels becomes 8-bit RGB."""

import struct
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from model.pictures import reader
from tests.unit.picture_files import (
    BLACK,
    DAMAGED,
    FORMATS,
    HEIGHT,
    PATCH,
    RED,
    WHITE,
    WIDTH,
    chunk,
    flat,
    gradient,
    png,
    quarters,
    read_picture,
    refusal,
    saved,
    without_segment,
)

each_format = pytest.mark.parametrize("save", FORMATS.values(), ids=FORMATS)


@each_format
def test_each_format_is_told_by_its_content_and_keeps_its_colours(
    save: Callable[[Image.Image], bytes],
) -> None:
    picture = read_picture(save(Image.fromarray(quarters())), PATCH)
    assert picture.dtype == np.uint8
    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert picture.flags.writeable
    # The middles of the quarters, because lossy WebP halves the resolution of colour.
    for row, column in ((4, 8), (4, 20), (12, 8), (12, 20)):
        np.testing.assert_allclose(picture[row, column].astype(int), quarters()[row, column], atol=4)


def bmp_with_alpha(colour: tuple[int, int, int, int]) -> bytes:
    red, green, blue, alpha = colour
    pixels = bytes([blue, green, red, alpha]) * (WIDTH * HEIGHT)
    header = struct.pack("<IiiHHIIiiII", 108, WIDTH, HEIGHT, 1, 32, 3, len(pixels), 0, 0, 0, 0)
    header += struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + bytes(52)
    return b"BM" + struct.pack("<IHHI", 14 + 108 + len(pixels), 0, 0, 14 + 108) + header + pixels


ONE_COLOUR = {
    "grey": (saved(flat("L", 77), "PNG"), (77, 77, 77)),
    "grey JPEG": (saved(flat("L", 77), "JPEG"), (77, 77, 77)),
    "grey BMP": (saved(flat("L", 77), "BMP"), (77, 77, 77)),
    "one bit": (saved(flat("1", 1), "PNG"), WHITE),
    "one bit BMP": (saved(flat("1", 0), "BMP"), BLACK),
    "palette": (saved(flat("RGB", (10, 20, 30)).quantize(), "PNG"), (10, 20, 30)),
    "palette BMP": (saved(flat("RGB", (10, 20, 30)).quantize(), "BMP"), (10, 20, 30)),
    "clear colour of a palette": (saved(flat("P", 0), "PNG", transparency=0), WHITE),
    "clear colour of a GIF": (saved(flat("P", 0), "GIF", transparency=0), WHITE),
    "half-clear palette": (saved(flat("P", 0), "PNG", transparency=bytes([127])), (128, 128, 128)),
    "grey with alpha": (saved(flat("LA", (0, 127)), "PNG"), (128, 128, 128)),
    "clear": (saved(flat("RGBA", (9, 9, 9, 0)), "PNG"), WHITE),
    "half clear": (saved(flat("RGBA", (255, 0, 0, 127)), "PNG"), (255, 128, 128)),
    "opaque with alpha": (saved(flat("RGBA", (1, 2, 3, 255)), "PNG"), (1, 2, 3)),
    "clear WebP": (saved(flat("RGBA", (9, 9, 9, 0)), "WEBP", lossless=True, exact=True), WHITE),
    "half-clear WebP": (saved(flat("RGBA", (255, 0, 0, 127)), "WEBP", lossless=True), (255, 128, 128)),
    "BMP with alpha": (bmp_with_alpha((255, 0, 0, 127)), (255, 128, 128)),
    "BMP with an unused fourth byte": (saved(flat("RGBA", (255, 0, 0, 127)), "BMP"), RED),
}


@pytest.mark.parametrize(("content", "colour"), ONE_COLOUR.values(), ids=ONE_COLOUR)
def test_every_kind_of_pixel_becomes_rgb_on_white(content: bytes, colour: tuple[int, int, int]) -> None:
    picture = read_picture(content, PATCH)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert (picture == colour).all()


def grey(*values: int) -> list[list[int]]:
    return [[value] * 3 for value in values]


def png_of_first_columns(depth: int, colour: int, row: bytes, extra: bytes = b"") -> bytes:
    """An 8 x 8 PNG whose rows are all the same; the bytes of one row are filled up with zeros."""
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    return png((8, 8), depth, colour, (b"\0" + row.ljust(depth * samples, b"\0")) * 8, extra)


UNUSUAL_PNG = {
    # Grey in 16 bits must keep its shades: clipping would make all but the first of them white.
    "16-bit grey": (
        16,
        0,
        struct.pack(">5H", 0, 0x0101, 0x1234, 0x8000, 0xFFFF),
        b"",
        grey(0, 1, 18, 128, 255),
    ),
    "16-bit grey, one shade clear": (
        *(16, 0, struct.pack(">3H", 0x1234, 0x1235, 0x8000), chunk(b"tRNS", struct.pack(">H", 0x1234))),
        grey(255, 18, 128),
    ),
    "16-bit grey with alpha": (16, 4, struct.pack(">4H", 0x1234, 0xFFFF, 0x1234, 0), b"", grey(18, 255)),
    "16-bit RGB": (16, 2, struct.pack(">3H", 0x0101, 0x8000, 0xFFFF), b"", [[1, 128, 255]]),
    "16-bit RGB, one colour clear": (
        *(
            16,
            2,
            struct.pack(">6H", 0xFF00, 1, 2, 0x8000, 1, 2),
            chunk(b"tRNS", struct.pack(">3H", 0xFF00, 1, 2)),
        ),
        [[255, 255, 255], [128, 0, 0]],
    ),
    "16-bit RGBA": (
        *(16, 6, struct.pack(">8H", 0x0101, 0x8000, 0xFFFF, 0xFFFF, 0, 0, 0, 0), b""),
        [[1, 128, 255], [255, 255, 255]],
    ),
    "RGB, one colour clear": (
        *(8, 2, bytes([5, 6, 7, 5, 6, 8]), chunk(b"tRNS", struct.pack(">3H", 5, 6, 7))),
        [[255, 255, 255], [5, 6, 8]],
    ),
    "grey, one shade clear": (8, 0, bytes([7, 8]), chunk(b"tRNS", struct.pack(">H", 7)), grey(255, 8)),
    "4-bit grey, one shade clear": (4, 0, b"\x35", chunk(b"tRNS", struct.pack(">H", 3)), grey(255, 85)),
    "2-bit grey, one shade clear": (
        2,
        0,
        b"\x1b",
        chunk(b"tRNS", struct.pack(">H", 1)),
        grey(0, 255, 170, 255),
    ),
    "1-bit grey, black clear": (1, 0, b"\x5f", chunk(b"tRNS", struct.pack(">H", 0)), grey(255, 255, 255)),
    "4-bit palette": (
        *(4, 3, b"\x01", chunk(b"PLTE", bytes([1, 2, 3, 4, 5, 6])) + chunk(b"tRNS", b"\xff\0")),
        [[1, 2, 3], [255, 255, 255]],
    ),
}


@pytest.mark.parametrize(
    ("depth", "colour", "row", "extra", "first_columns"), UNUSUAL_PNG.values(), ids=UNUSUAL_PNG
)
def test_unusual_depths_of_png_keep_their_values(
    depth: int, colour: int, row: bytes, extra: bytes, first_columns: list[list[int]]
) -> None:
    picture = read_picture(png_of_first_columns(depth, colour, row, extra), PATCH)
    assert picture.shape == (8, 8, 3)
    for line in picture:
        assert line[: len(first_columns)].tolist() == first_columns


def test_every_shade_of_16_bit_grey_keeps_its_upper_bits() -> None:
    shades = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    picture = read_picture(saved(Image.fromarray(shades), "PNG"), PATCH)
    assert (picture == (shades >> 8)[:, :, None]).all()


ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def interlaced_rows(pixels: NDArray[np.uint8]) -> Iterator[bytes]:
    for column, row, right, down in ADAM7:
        for line in pixels[row::down, column::right]:
            if len(line):
                yield b"\0" + line.tobytes()


@pytest.mark.parametrize(("width", "height"), [(8, 8), (24, 16), (13, 9), (8, 64)], ids=str)
def test_interlaced_png_is_read_and_its_missing_rows_are_noticed(width: int, height: int) -> None:
    pixels = np.asarray(gradient().resize((width, height)))
    rows = list(interlaced_rows(pixels))
    whole = png((width, height), 8, 2, b"".join(rows), interlaced=True)
    assert (read_picture(whole, PATCH) == pixels).all()
    assert DAMAGED in refusal(png((width, height), 8, 2, b"".join(rows[:-1]), interlaced=True))


@pytest.mark.parametrize("marked", [True, False], ids=["with Adobe's marker", "without it"])
def test_the_ink_of_a_cmyk_jpeg_is_taken_as_adobe_stores_it(marked: bool) -> None:
    # Upside down: browsers take all such files for Adobe's.
    content = saved(flat("CMYK", (255, 0, 0, 0)), "JPEG", quality=100)
    assert b"Adobe" in content
    if not marked:
        content = without_segment(content, b"\xff\xee")
    np.testing.assert_allclose(
        read_picture(content, PATCH).astype(int), np.full((16, 24, 3), (0, 255, 255)), atol=3
    )


NOT_PICTURES = {
    "text": b"Dear all, here is my picture.",
    "text that starts like a BMP": b"BMW sells cars in many countries, and pictures of them.",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>',
    "TIFF": saved(flat("L", 0), "TIFF"),
    "ICO": saved(flat("L", 0), "ICO"),
    "PDF": b"%PDF-1.7\n",
    "one byte": b"\x89",
    "zeros": bytes(10_000),
}


@pytest.mark.parametrize("content", NOT_PICTURES.values(), ids=NOT_PICTURES)
def test_what_is_not_a_picture_is_refused(content: bytes) -> None:
    assert refusal(content).startswith("This is not a PNG, JPEG, WebP, GIF or BMP picture; save it")


def test_transparent_pixels_are_laid_on_the_ground_that_is_asked_for() -> None:
    read = reader.read_picture(saved(flat("RGBA", (255, 0, 0, 127)), "PNG"), PATCH, background=(0, 0, 255))
    assert read.transparent
    assert (read.pixels == (127, 0, 128)).all()
