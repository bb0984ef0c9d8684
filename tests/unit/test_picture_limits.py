"""How large a picture may be and is made, and what takes too long to read."""

import struct
import time
import zlib
from collections.abc import Callable

import numpy as np
import pytest

from model.pictures import reader
from model.pictures.reader import FIRST_SHOWN_SIDE, LARGEST_UPLOAD, LONGEST_STRIP
from tests.unit.picture_files import (
    BLACK,
    PATCH,
    RED,
    TOO_MANY_PIXELS,
    TOO_SLOW,
    WHITE,
    bmp_of_runs,
    chunk,
    claiming,
    exif_of,
    flat,
    grey_png,
    png,
    png_of_packed,
    read_picture,
    refusal,
    saved,
)


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


@pytest.mark.parametrize(("longest", "expected"), [(100, (75, 100)), (400, (300, 400)), (5000, (600, 800))])
def test_a_picture_is_scaled_to_the_side_that_is_asked_for_and_its_own_size_is_told(
    longest: int, expected: tuple[int, int]
) -> None:
    read = reader.read_picture(saved(flat("RGB", RED, (800, 600)), "JPEG"), PATCH, longest)
    assert read.pixels.shape[:2] == expected
    assert read.own_size == (600, 800)
    assert not read.transparent


def test_the_largest_photograph_is_read_at_a_size_that_can_be_shown() -> None:
    photograph = saved(flat("RGB", RED, (8000, 6000)), "JPEG")
    read = reader.read_picture(photograph, PATCH, 2048)
    assert (read.pixels.shape, read.own_size) == ((1536, 2048, 3), (6000, 8000))


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
@pytest.mark.parametrize(
    ("size", "expected"),
    [((5000, 8), (5000, 8)), ((8, 5000), (8, 5000)), ((5000, 70), (571, 8)), ((12000, 16), (6000, 8))],
    ids=str,
)
def test_a_long_thin_picture_is_not_scaled_below_a_patch(
    kind: str, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    width, height = expected
    assert read_picture(saved(flat("RGB", RED, size), kind), PATCH).shape == (height, width, 3)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP"])
@pytest.mark.parametrize("size", [(LONGEST_STRIP + 1, 8), (8, LONGEST_STRIP + 1), (40_000, 10)], ids=str)
def test_a_picture_too_long_to_be_shown_is_refused_for_being_long_and_thin(
    kind: str, size: tuple[int, int]
) -> None:
    text = refusal(saved(flat("RGB", RED, size), kind))
    assert text.startswith(f"This picture is {size[0]} x {size[1]} pixels, too long and thin")
    assert "one patch of 8," in text


def test_a_long_picture_that_stays_a_patch_high_is_read() -> None:
    assert read_picture(saved(flat("RGB", RED, (5000, 80)), "PNG"), PATCH).shape == (8, 512, 3)


def test_the_refusal_gives_the_size_as_the_picture_is_seen() -> None:
    content = saved(flat("RGB", RED, (50_000, 8)), "JPEG", exif=exif_of(6))
    assert refusal(content).startswith("This picture is 8 x 50000 pixels")


def with_text(kind: bytes, text: bytes, times: int = 1) -> bytes:
    start = {b"zTXt": b"note\0\0", b"iCCP": b"profile\0\0", b"iTXt": b"note\0\1\0en\0\0"}[kind]
    return grey_png(chunk(kind, start + zlib.compress(text, 9)) * times)


def gif_with(extension: bytes) -> bytes:
    content = saved(flat("P", 0), "GIF")
    start = content.index(b",")
    return content[:start] + extension + content[start:]


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


def test_a_jpeg_with_a_dozen_scans_is_read() -> None:
    picture = read_picture(with_scans(3), PATCH)
    np.testing.assert_allclose(picture.astype(int), np.full((512, 512, 3), RED), atol=4)
