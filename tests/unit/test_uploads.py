"""Pictures and non-pictures as visitors send them, made in memory."""

# Long because every format and every way to abuse it has a file that is made here, byte by byte.

import asyncio
import io
import struct
import time
import warnings
import zlib
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartParser
from starlette.requests import Request

from app.services.upload_memory import keep_uploads_in_memory
from model.pictures import reader as uploads
from model.pictures.reader import FIRST_SHOWN_SIDE, LARGEST_UPLOAD
from model.pictures.sanitize import PictureError

PATCH = 8
RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)
WIDTH, HEIGHT = 24, 16
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
DAMAGED = "damaged, cut short or of an unusual kind"
TOO_MANY_PIXELS = "more than 50 million pixels"
TOO_SLOW = "takes too long to read"


def read_picture(content: bytes, smallest_side: int, **options: Any) -> NDArray[np.uint8]:
    return uploads.read_picture(content, smallest_side, **options).pixels


def quarters() -> NDArray[np.uint8]:
    """Red, green, blue and white quarters, wider than high, so that every turn and flip shows."""
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[:8, :16], pixels[:8, 16:], pixels[8:, :16], pixels[8:, 16:] = RED, GREEN, BLUE, WHITE
    return pixels


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def flat(mode: str, colour: object, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    return Image.new(mode, size, colour)


def gradient() -> Image.Image:
    """Every pixel has its own colour, so a missing one shows."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return Image.fromarray(np.stack([columns * 10, rows * 15, 255 - columns * 5], -1).astype(np.uint8))


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


def png_of_first_columns(depth: int, colour: int, row: bytes, extra: bytes = b"") -> bytes:
    """An 8 x 8 PNG whose rows are all the same; the bytes of one row are filled up with zeros."""
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    return png((8, 8), depth, colour, (b"\0" + row.ljust(depth * samples, b"\0")) * 8, extra)


def bmp_of_runs(size: tuple[int, int], runs: bytes) -> bytes:
    palette = b"".join(bytes([index, 0, 255 - index, 0]) for index in range(256))
    header = struct.pack("<IiiHHIIiiII", 40, *size, 1, 8, 1, len(runs), 0, 0, 256, 0)
    start = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(runs), 0, 0, start) + header + palette + runs


def bmp_with_alpha(colour: tuple[int, int, int, int]) -> bytes:
    red, green, blue, alpha = colour
    pixels = bytes([blue, green, red, alpha]) * (WIDTH * HEIGHT)
    header = struct.pack("<IiiHHIIiiII", 108, WIDTH, HEIGHT, 1, 32, 3, len(pixels), 0, 0, 0, 0)
    header += struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + bytes(52)
    return b"BM" + struct.pack("<IHHI", 14 + 108 + len(pixels), 0, 0, 14 + 108) + header + pixels


def exif_of(orientation: int, order: str = ">") -> bytes:
    mark = b"MM\0*" if order == ">" else b"II*\0"
    entries = struct.pack(f"{order}HHHIHH", 1, 0x0112, 3, 1, orientation, 0)
    return b"Exif\0\0" + mark + struct.pack(f"{order}I", 8) + entries + bytes(4)


def without_segment(jpeg: bytes, marker: bytes) -> bytes:
    start = jpeg.index(marker)
    return jpeg[:start] + jpeg[start + 2 + int.from_bytes(jpeg[start + 2 : start + 4]) :]


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


FORMATS = {
    "PNG": lambda image: saved(image, "PNG"),
    "JPEG": lambda image: saved(image, "JPEG", quality=100, subsampling=0),
    "progressive JPEG": lambda image: saved(image, "JPEG", quality=100, subsampling=0, progressive=True),
    "WebP": lambda image: saved(image, "WEBP", lossless=True),
    "lossy WebP": lambda image: saved(image, "WEBP", quality=100, method=6),
    "GIF": lambda image: saved(image.quantize(), "GIF"),
    "BMP": lambda image: saved(image, "BMP"),
}
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


@pytest.mark.parametrize("ink", ["as Adobe stores it", "as the standard stores it"])
def test_cmyk_jpeg_has_the_right_colours_however_its_ink_is_stored(ink: str) -> None:
    cyan = flat("CMYK", (255, 0, 0, 0))
    if ink == "as Adobe stores it":
        content = saved(cyan, "JPEG", quality=100)
        assert b"Adobe" in content
    else:
        # Pillow turns ink upside down when it saves, and marks the file as Adobe's.
        content = without_segment(saved(flat("CMYK", (0, 255, 255, 255)), "JPEG", quality=100), b"\xff\xee")
    np.testing.assert_allclose(
        read_picture(content, PATCH).astype(int), np.full((16, 24, 3), (0, 255, 255)), atol=3
    )


UPRIGHT = {
    1: lambda stored: stored,
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.transpose(1, 0, 2),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: stored[::-1, ::-1].transpose(1, 0, 2),
    8: np.rot90,
}


@pytest.mark.parametrize("order", [">", "<"], ids=["big-endian", "little-endian"])
@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_pictures_are_put_upright(kind: str, orientation: int, order: str) -> None:
    options = {"JPEG": {"quality": 100, "subsampling": 0}, "PNG": {}, "WEBP": {"lossless": True}}[kind]
    content = saved(Image.fromarray(quarters()), kind, exif=exif_of(orientation, order), **options)
    picture = read_picture(content, PATCH)
    np.testing.assert_allclose(picture.astype(int), UPRIGHT[orientation](quarters()).astype(int), atol=4)


BROKEN_EXIF = {
    "no such orientation": exif_of(9),
    "nothing": b"Exif\0\0",
    "not EXIF": b"Exif\0\0 nonsense nonsense nonsense",
    "cut short": exif_of(6)[:20],
    "directory outside": b"Exif\0\0MM\0*\xff\xff\xff\xff",
    "entries missing": b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 65535),
    "a value outside": b"Exif\0\0MM\0*"
    + struct.pack(">IHHHII", 8, 1, 0x010E, 2, 1 << 30, 1 << 30)
    + bytes(4),
    "a million numbers": b"Exif\0\0MM\0*" + struct.pack(">IHHHII", 8, 1, 0x011A, 5, 1_000_000, 0) + bytes(4),
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("exif", BROKEN_EXIF.values(), ids=BROKEN_EXIF)
def test_a_picture_with_broken_exif_is_left_as_it_is(exif: bytes, kind: str) -> None:
    picture = read_picture(saved(flat("L", 100), kind, exif=exif), PATCH)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    np.testing.assert_allclose(picture.astype(int), 100, atol=2)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    frames = [flat("RGB", colour) for colour in (RED, GREEN, BLUE)]
    options = {"lossless": True} if kind == "WEBP" else {}
    content = saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    with Image.open(io.BytesIO(content)) as image:
        assert image.n_frames == 3
    assert (read_picture(content, PATCH) == RED).all()


def test_of_an_animated_png_with_a_still_picture_the_still_picture_is_taken() -> None:
    frames = [flat("RGB", colour) for colour in (RED, GREEN, BLUE)]
    content = saved(frames[0], "PNG", save_all=True, append_images=frames[1:], default_image=True)
    assert (read_picture(content, PATCH) == RED).all()


def test_a_gif_frame_smaller_than_its_screen_is_laid_on_white() -> None:
    content = bytearray(saved(flat("P", 0, (8, 8)), "GIF", transparency=1))
    content[6:10] = struct.pack("<HH", 16, 8)
    picture = read_picture(bytes(content), PATCH)
    assert picture.shape == (8, 16, 3)
    assert (picture[:, :8] == BLACK).all()
    assert (picture[:, 8:] == WHITE).all()


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((512, 512), (512, 512)),
        ((513, 100), (512, 100)),
        ((1024, 512), (512, 256)),
        ((600, 2400), (128, 512)),
        ((3001, 1999), (512, 341)),
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_large_pictures_are_scaled_to_the_longest_side(
    kind: str, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    image = flat("RGB", (200, 60, 20), size)
    image.paste((20, 60, 200), (0, 0, size[0] // 2, size[1]))
    picture = read_picture(saved(image, kind), PATCH)
    width, height = expected
    assert picture.shape == (height, width, 3)
    assert max(picture.shape) <= FIRST_SHOWN_SIDE
    np.testing.assert_allclose(picture[:, : width // 2 - 8].astype(int).mean((0, 1)), (20, 60, 200), atol=2)
    np.testing.assert_allclose(picture[:, width // 2 + 8 :].astype(int).mean((0, 1)), (200, 60, 20), atol=2)


def test_the_hidden_colour_of_clear_pixels_does_not_bleed_when_scaling() -> None:
    image = flat("RGBA", (*BLACK, 0), (1200, 800))
    image.paste((*RED, 255), (0, 0, 601, 800))
    picture = read_picture(saved(image, "PNG"), PATCH)
    assert (picture[:, :, 0] == 255).all()
    assert (picture[:, :250] == RED).all()
    assert (picture[:, 262:] == WHITE).all()


def test_a_large_jpeg_is_turned_after_scaling() -> None:
    content = saved(flat("RGB", RED, (2400, 1200)), "JPEG", exif=exif_of(6))
    assert read_picture(content, PATCH).shape == (512, 256, 3)


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


def test_an_empty_file_is_refused() -> None:
    assert refusal(b"") == "This file is empty; choose a picture."


def test_a_file_of_more_than_20_mb_is_refused_and_one_of_20_mb_is_not() -> None:
    content = grey_png()
    assert (read_picture(content + bytes(LARGEST_UPLOAD - len(content)), PATCH) == 100).all()
    assert "larger than 20 MB" in refusal(content + bytes(LARGEST_UPLOAD - len(content) + 1))


@pytest.mark.parametrize("size", [(7, 8), (8, 7), (1, 1)], ids=str)
def test_a_picture_smaller_than_a_patch_is_refused(size: tuple[int, int]) -> None:
    text = refusal(saved(flat("RGB", RED, size), "PNG"))
    assert text == (
        f"This picture is {size[0]} x {size[1]} pixels, smaller than one patch; choose one of at least 8 x 8."
    )


def test_a_picture_of_one_patch_is_read() -> None:
    assert (read_picture(saved(flat("RGB", RED, (8, 8)), "PNG"), 8) == RED).all()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP"])
@pytest.mark.parametrize("size", [(5000, 8), (8, 5000), (5000, 70), (12000, 16)], ids=str)
def test_a_long_thin_picture_is_refused_for_being_long_and_thin(kind: str, size: tuple[int, int]) -> None:
    text = refusal(saved(flat("RGB", RED, size), kind))
    assert text.startswith(f"This picture is {size[0]} x {size[1]} pixels, too long and thin")
    assert "one patch of 8," in text


def test_a_long_picture_that_stays_a_patch_high_is_read() -> None:
    assert read_picture(saved(flat("RGB", RED, (5000, 80)), "PNG"), PATCH).shape == (8, 512, 3)


def test_the_refusal_gives_the_size_as_the_picture_is_seen() -> None:
    content = saved(flat("RGB", RED, (5000, 8)), "JPEG", exif=exif_of(6))
    assert refusal(content).startswith("This picture is 8 x 5000 pixels")


def with_text(kind: bytes, text: bytes, times: int = 1) -> bytes:
    start = {b"zTXt": b"note\0\0", b"iCCP": b"profile\0\0", b"iTXt": b"note\0\1\0en\0\0"}[kind]
    return grey_png(chunk(kind, start + zlib.compress(text, 9)) * times)


def gif_with(extension: bytes) -> bytes:
    content = saved(flat("P", 0), "GIF")
    start = content.index(b",")
    return content[:start] + extension + content[start:]


def claiming(content: bytes, at: int, size: bytes) -> bytes:
    return content[:at] + size + content[at + len(size) :]


def with_scans(times: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again; 80 bytes that go over every pixel."""
    content = saved(flat("RGB", RED, (4000, 4000)), "JPEG", progressive=True)
    return content[:-2] + content[content.rindex(b"\xff\xda") : -2] * times + content[-2:]


BOMBS = {
    "PNG claiming 60000 x 60000": (lambda: png((60000, 60000), 8, 2, b"\0"), TOO_MANY_PIXELS),
    "PNG claiming 8000 x 7000": (lambda: png((8000, 7000), 8, 2, b"\0"), TOO_MANY_PIXELS),
    "PNG claiming 2 billion pixels along a side": (
        lambda: png((2**31 - 1,) * 2, 8, 2, b"\0"),
        TOO_MANY_PIXELS,
    ),
    "interlaced PNG claiming too much": (
        lambda: png((60000, 60000), 8, 2, b"\0", interlaced=True),
        TOO_MANY_PIXELS,
    ),
    "PNG of 56 million pixels": (lambda: saved(flat("1", 0, (8000, 7000)), "PNG"), TOO_MANY_PIXELS),
    "JPEG of 56 million pixels": (lambda: saved(flat("L", 0, (8000, 7000)), "JPEG"), TOO_MANY_PIXELS),
    "JPEG of 100 million pixels": (lambda: saved(flat("L", 0, (10000, 10000)), "JPEG"), TOO_MANY_PIXELS),
    "GIF claiming 65535 x 65535": (
        lambda: claiming(saved(flat("P", 0), "GIF"), 6, b"\xff" * 4),
        TOO_MANY_PIXELS,
    ),
    "BMP claiming 2 million along a side": (
        lambda: claiming(saved(flat("L", 0), "BMP"), 18, struct.pack("<ii", 1 << 21, 1 << 21)),
        TOO_MANY_PIXELS,
    ),
    "WebP claiming 16384 x 16384": (
        lambda: claiming(saved(flat("RGBA", (0, 0, 0, 9)), "WEBP"), 24, b"\xff\x3f\0\xff\x3f\0"),
        TOO_MANY_PIXELS,
    ),
    "PNG with a text of 30 MB": (lambda: with_text(b"zTXt", bytes(3 * 10**7)), "texts or a colour profile"),
    "PNG with a profile of 30 MB": (
        lambda: with_text(b"iCCP", bytes(3 * 10**7)),
        "texts or a colour profile",
    ),
    "PNG with a world text of 30 MB": (
        lambda: with_text(b"iTXt", bytes(3 * 10**7)),
        "texts or a colour profile",
    ),
    "PNG with 5000 texts of 0.9 MB": (
        lambda: with_text(b"zTXt", bytes(900_000), 5000),
        "texts or a colour profile",
    ),
    "PNG of a million empty chunks": (lambda: grey_png(chunk(b"aaaa", b"") * 1_000_000), TOO_SLOW),
    "JPEG of 200 scans": (lambda: with_scans(200), TOO_SLOW),
    "JPEG of a million segments": (
        lambda: b"\xff\xd8" + b"\xff\xe5\0\2" * 1_000_000 + saved(flat("L", 0), "JPEG")[2:],
        TOO_SLOW,
    ),
    "GIF with 2 million comments": (lambda: gif_with(b"!\xfe" + b"\1a" * 2 * 10**6 + b"\0"), TOO_SLOW),
    "GIF with 2 million notes": (lambda: gif_with(b"!\xf0" + b"\1a" * 2 * 10**6 + b"\0"), TOO_SLOW),
    "BMP of a million runs": (lambda: bmp_of_runs((2000, 2000), b"\1\1" * 10**6), TOO_SLOW),
    "BMP of runs with 36 million pixels": (lambda: bmp_of_runs((6000, 6000), b"\0\1"), TOO_SLOW),
}


@pytest.mark.parametrize(("content", "reason"), BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused_quickly(content: Callable[[], bytes], reason: str) -> None:
    bomb = content()
    start = time.perf_counter()
    assert reason in refusal(bomb)
    assert time.perf_counter() - start < 5


def test_pixels_that_unpack_to_more_than_the_picture_needs_are_not_unpacked() -> None:
    packer = zlib.compressobj(9)
    picture = packer.compress((b"\0" + b"\x64" * 8) * 8) + packer.flush(zlib.Z_FULL_FLUSH)
    megabyte = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    content = png_of_packed(picture + megabyte * 15_000)
    start = time.perf_counter()
    assert (read_picture(content, PATCH) == 100).all()
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP", b"iTXt"], ids=bytes.decode)
def test_a_png_with_texts_of_ordinary_size_is_read(kind: bytes) -> None:
    assert (read_picture(with_text(kind, bytes(2_000_000)), PATCH) == 100).all()


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP", b"iTXt"], ids=bytes.decode)
def test_a_png_with_broken_texts_is_read(kind: bytes) -> None:
    assert (read_picture(grey_png(chunk(kind, b"note\0\1\0broken\0broken\0broken")), PATCH) == 100).all()


def test_a_jpeg_with_a_dozen_scans_is_read() -> None:
    picture = read_picture(with_scans(3), PATCH)
    np.testing.assert_allclose(picture.astype(int), np.full((512, 512, 3), RED), atol=4)


def test_a_jpeg_followed_by_a_film_is_read() -> None:
    film = np.random.default_rng(7).integers(0, 256, 1_000_000, dtype=np.uint8).tobytes()
    picture = read_picture(saved(flat("L", 100), "JPEG") + film, PATCH)
    np.testing.assert_allclose(picture.astype(int), 100, atol=2)


def test_a_bmp_of_runs_is_read() -> None:
    picture = read_picture(bmp_of_runs((8, 8), b"\x04\x0a\x04\x14\0\0" * 8 + b"\0\1"), PATCH)
    assert (picture[:, :4] == (245, 0, 10)).all()
    assert (picture[:, 4:] == (235, 0, 20)).all()


DAMAGED_FILES = {
    "PNG with three of eight rows": png((8, 8), 8, 0, (b"\0" + b"\x64" * 8) * 3),
    "PNG without pixels": png((8, 8), 8, 0, b""),
    "PNG without its end": grey_png()[:-12],
    "PNG with a wrong checksum of its pixels": claiming(grey_png(), grey_png().index(b"IEND") - 8, bytes(4)),
    "PNG with a wrong checksum of its header": claiming(grey_png(), 29, bytes(4)),
    "PNG with broken pixels": png_of_packed(zlib.compress((b"\0" + b"\x64" * 8) * 8)[:-6] + bytes(6)),
    "PNG without a palette": png((8, 8), 8, 3, bytes(72)),
    "PNG of an unknown colour type": png((8, 8), 8, 5, bytes(72)),
    "PNG with a cut transparent colour": grey_png(chunk(b"tRNS", b"\0")),
    "PNG of no width": png((0, 8), 8, 0, bytes(8)),
    "JPEG without its end": saved(flat("L", 9), "JPEG")[:-2],
    "JPEG without tables": without_segment(saved(flat("L", 9), "JPEG"), b"\xff\xdb"),
    "JPEG of a beginning only": b"\xff\xd8\xff\xd9",
    "GIF of a header only": b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0, 0, 0),
    "WebP of a header only": b"RIFF\x04\0\0\0WEBP",
    "BMP of runs that end early": bmp_of_runs((8, 8), b"\x08\x0a\0\0" * 4 + b"\0\1"),
}


@pytest.mark.parametrize("content", DAMAGED_FILES.values(), ids=DAMAGED_FILES)
def test_damaged_files_are_refused(content: bytes) -> None:
    assert DAMAGED in refusal(content)


def animated(kind: str) -> bytes:
    frames = [gradient().rotate(angle) for angle in (90, 180)]
    return saved(gradient(), kind, save_all=True, append_images=frames)


WHOLE_FILES = {
    **{kind: save(gradient()) for kind, save in FORMATS.items()},
    "CMYK JPEG": saved(gradient().convert("CMYK"), "JPEG"),
    "JPEG with EXIF": saved(gradient(), "JPEG", exif=exif_of(6)),
    "PNG with alpha": saved(gradient().convert("RGBA"), "PNG", exif=exif_of(6)),
    "16-bit PNG": saved(Image.fromarray(np.arange(384, dtype=np.uint16).reshape(16, 24) * 99), "PNG"),
    "palette PNG": saved(gradient().quantize(), "PNG", transparency=3),
    "palette BMP": saved(gradient().quantize(), "BMP"),
    "BMP of runs": bmp_of_runs((8, 8), b"\x04\x0a\x04\x14\0\0" * 8 + b"\0\1"),
    "WebP with EXIF": saved(gradient(), "WEBP", exif=exif_of(6)),
    "animated GIF": animated("GIF"),
    "animated PNG": animated("PNG"),
    "animated WebP": animated("WEBP"),
}
each_file = pytest.mark.parametrize("content", WHOLE_FILES.values(), ids=WHOLE_FILES)


@each_file
def test_a_file_cut_anywhere_is_refused_unless_all_its_pixels_are_there(content: bytes) -> None:
    whole = read_picture(content, PATCH)
    for length in {
        *range(0, len(content), max(1, len(content) // 300)),
        *range(len(content) - 40, len(content)),
    }:
        try:
            picture = read_picture(content[:length], PATCH)
        except PictureError as error:
            sentence(error)
        else:
            np.testing.assert_array_equal(picture, whole, err_msg=f"cut to {length} bytes")


@each_file
def test_flipped_bytes_end_in_a_picture_or_a_sentence(content: bytes) -> None:
    random = np.random.default_rng(20)
    for _ in range(400):
        damaged = np.frombuffer(content, np.uint8).copy()
        # Half of the damage is near the start, where a byte means the most.
        reach = len(content) if random.random() < 0.5 else min(len(content), 64)
        places = random.integers(0, reach, random.integers(1, 6))
        damaged[places] = random.integers(0, 256, len(places))
        expect_picture_or_sentence(damaged.tobytes())


@given(
    start=st.sampled_from(
        [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\x80\0\0\0WEBPVP8 ", b"BM", b""]
    ),
    rest=st.binary(max_size=300),
)
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
def test_any_bytes_end_in_a_picture_or_a_sentence(start: bytes, rest: bytes) -> None:
    expect_picture_or_sentence(start + rest)


def expect_picture_or_sentence(content: bytes) -> None:
    try:
        picture = read_picture(content, PATCH)
    except PictureError as error:
        sentence(error)
    else:
        assert picture.dtype == np.uint8
        assert picture.ndim == 3
        assert picture.shape[2] == 3
        assert PATCH <= min(picture.shape[:2]) <= max(picture.shape[:2]) <= FIRST_SHOWN_SIDE


def test_visitors_at_the_same_time_get_their_own_pictures_and_warnings_stay_on() -> None:
    before = list(warnings.filters)
    values = [*range(0, 250, 10)] * 2
    contents = [saved(flat("L", value, (600, 400)), "PNG") for value in values]
    with ThreadPoolExecutor(8) as pool:
        pictures = list(pool.map(lambda content: read_picture(content, PATCH), contents))
    assert [int(picture.min()) for picture in pictures] == values
    assert [int(picture.max()) for picture in pictures] == values
    assert list(warnings.filters) == before


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_repeated_and_missing_pieces_end_in_a_picture_or_a_sentence(kind: str) -> None:
    rng = np.random.default_rng(0)
    content = saved(gradient().quantize() if kind == "GIF" else gradient(), kind)
    for _ in range(60):
        start, end = sorted(int(place) for place in rng.integers(0, len(content) + 1, 2))
        expect_picture_or_sentence(
            content[:start] + content[start:end] * int(rng.integers(0, 40)) + content[end:]
        )


@pytest.mark.parametrize(("longest", "expected"), [(100, (75, 100)), (400, (300, 400)), (5000, (600, 800))])
def test_a_picture_is_scaled_to_the_side_that_is_asked_for_and_its_own_size_is_told(
    longest: int, expected: tuple[int, int]
) -> None:
    read = uploads.read_picture(saved(flat("RGB", RED, (800, 600)), "JPEG"), PATCH, longest)
    assert read.pixels.shape[:2] == expected
    assert read.own_size == (600, 800)
    assert not read.transparent


def test_the_own_size_is_that_of_the_picture_put_upright() -> None:
    lying = saved(flat("RGB", RED, (80, 60)), "JPEG", exif=exif_of(6))
    assert uploads.read_picture(lying, PATCH, 40).own_size == (80, 60)
    assert uploads.read_picture(lying, PATCH, 40).pixels.shape == (40, 30, 3)


def test_transparent_pixels_are_laid_on_the_ground_that_is_asked_for() -> None:
    read = uploads.read_picture(saved(flat("RGBA", (255, 0, 0, 127)), "PNG"), PATCH, background=(0, 0, 255))
    assert read.transparent
    assert (read.pixels == (127, 0, 128)).all()


def test_the_largest_photograph_is_read_at_a_size_that_can_be_shown() -> None:
    photograph = saved(flat("RGB", RED, (8000, 6000)), "JPEG")
    read = uploads.read_picture(photograph, PATCH, 2048)
    assert (read.pixels.shape, read.own_size) == ((1536, 2048, 3), (6000, 8000))


async def parsed_upload(size: int) -> bool:
    """Whether a file of that many bytes stays in memory while the server takes it in."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    body = head + bytes(size) + b"\r\n--x--\r\n"

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", b"multipart/form-data; boundary=x")]
    request = Request({"type": "http", "method": "PUT", "headers": headers}, receive)
    async with request.form() as form:
        upload = form["file"]
        assert isinstance(upload, UploadFile)
        assert upload.size == size
        return upload._in_memory


def run_apart(work: Coroutine[Any, Any, bool]) -> bool:
    """In a thread of its own, because a browser's tests leave a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def test_no_part_of_an_upload_is_written_to_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MultiPartParser, "spool_max_size", 1024 * 1024)
    assert not run_apart(parsed_upload(2_000_000))  # what the server does by itself
    keep_uploads_in_memory()
    assert run_apart(parsed_upload(LARGEST_UPLOAD))
