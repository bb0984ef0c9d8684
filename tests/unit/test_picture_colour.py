"""Colours of any space become sRGB, as browsers show them."""

import struct
import time
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageCms

from model.pictures.limits import PictureError
from tests.unit import colour_profiles as profiles
from tests.unit.colour_profiles import in_srgb
from tests.unit.picture_files import PATCH, chunk, flat, png, read_picture, saved

ORANGE = (200, 40, 30)
WITHIN = 3
"""Of 255, so near to what the definitions say."""

LOSSLESS_JPEG = {"quality": 100, "subsampling": 0}


def bmp_with_profile(colour: tuple[int, ...], icc: bytes) -> bytes:
    """A BMP of version 5, 8 x 8, with an embedded profile."""
    pixels = bytes(colour[::-1]) * 64
    header = struct.pack("<IiiHHIIiiII", 124, 8, 8, 1, 24, 0, len(pixels), 0, 0, 0, 0).ljust(56, b"\0")
    header += struct.pack("<I", 0x4D424544).ljust(52, b"\0") + struct.pack(
        "<4I", 4, 124 + len(pixels), len(icc), 0
    )
    return b"BM" + struct.pack("<IHHI", 138 + len(pixels), 0, 0, 138) + header + pixels + icc


DOORS: dict[str, Callable[[bytes], bytes]] = {
    "JPEG": lambda icc: saved(flat("RGB", ORANGE), "JPEG", icc_profile=icc, **LOSSLESS_JPEG),
    "PNG": lambda icc: saved(flat("RGB", ORANGE), "PNG", icc_profile=icc),
    "palette PNG": lambda icc: saved(flat("RGB", ORANGE).quantize(), "PNG", icc_profile=icc),
    "opaque RGBA PNG": lambda icc: saved(flat("RGBA", (*ORANGE, 255)), "PNG", icc_profile=icc),
    "WebP": lambda icc: saved(flat("RGB", ORANGE), "WEBP", lossless=True, icc_profile=icc),
    "AVIF": lambda icc: saved(flat("RGB", ORANGE), "AVIF", quality=100, subsampling="4:4:4", icc_profile=icc),
    "BMP": lambda icc: bmp_with_profile(ORANGE, icc),
}
SPACES = {
    "Display P3": (profiles.P3, in_srgb(ORANGE, profiles.P3_TO_XYZ, profiles.from_srgb_curve)),
    "Adobe RGB": (profiles.ADOBE, in_srgb(ORANGE, profiles.ADOBE_TO_XYZ, lambda v: v ** (563 / 256))),
    "linear": (profiles.LINEAR, in_srgb(ORANGE, profiles.SRGB_TO_XYZ, lambda v: v)),
    "red and blue exchanged": (profiles.SWAPPED, list(ORANGE[::-1])),
}


def off_by(content: bytes, colour: object) -> int:
    """How far the worst value of the picture is from the one colour it should have."""
    return int(np.abs(read_picture(content, PATCH).astype(int) - np.array(colour)).max())


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
@pytest.mark.parametrize(("icc", "expected"), SPACES.values(), ids=SPACES)
def test_a_profile_of_primaries_and_curves_is_obeyed(
    icc: bytes, expected: list[int], door: Callable[[bytes], bytes]
) -> None:
    assert np.abs(np.array(expected) - ORANGE).max() > 20
    assert off_by(door(icc), expected) <= WITHIN


def test_transparency_stays_as_it_is() -> None:
    opaque = np.array(SPACES["Display P3"][1])
    clear = saved(flat("RGBA", (*ORANGE, 51)), "PNG", icc_profile=profiles.P3)
    assert off_by(clear, opaque * 0.2 + 255 * 0.8) <= WITHIN
    grey = saved(flat("LA", (40, 51)), "PNG", icc_profile=profiles.grey_profile(1.0))
    shade = in_srgb((40, 40, 40), profiles.SRGB_TO_XYZ, lambda v: v)[0]
    assert off_by(grey, shade * 0.2 + 255 * 0.8) <= WITHIN


@pytest.mark.parametrize("gamma", [1.0, 1.8])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_grey_picture_may_have_a_profile_of_greys_or_of_colours(kind: str, gamma: float) -> None:
    expected = in_srgb((90, 90, 90), profiles.SRGB_TO_XYZ, lambda v: v**gamma)
    colours = profiles.rgb_profile(profiles.SRGB_TO_XYZ, profiles.gamma_tag(gamma))
    for icc in (profiles.grey_profile(gamma), colours):
        assert off_by(saved(flat("L", 90), kind, icc_profile=icc), expected) <= WITHIN


def test_a_cmyk_picture_may_have_a_profile_of_inks() -> None:
    icc = profiles.profile(b"CMYK", {b"A2B0": profiles.table_tag(4, lambda ink: 100 - 90 * ink[3])}, b"Lab ")
    content = saved(flat("CMYK", (0, 0, 0, 102)), "JPEG", quality=100, icc_profile=icc)
    assert off_by(content, profiles.grey_of_lightness(100 - 90 * 0.4)) <= WITHIN


def test_of_two_tables_the_one_that_browsers_take_counts() -> None:
    first = profiles.table_tag(3, lambda rgb: 100 * rgb[0])
    other = profiles.table_tag(3, lambda rgb: 100 - 100 * rgb[0])
    for tags, lightness in (({b"A2B0": first, b"A2B1": other}, 100), ({b"A2B1": other}, 0)):
        content = saved(flat("RGB", (255, 0, 0)), "PNG", icc_profile=profiles.profile(b"RGB ", tags, b"Lab "))
        assert off_by(content, profiles.grey_of_lightness(lightness)) <= WITHIN


def test_a_picture_that_is_srgb_already_keeps_every_pixel() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc in (srgb, profiles.rgb_profile(profiles.SRGB_TO_XYZ, profiles.srgb_curve_tag())):
        content = saved(Image.fromarray(pixels), "PNG", icc_profile=icc)
        assert (read_picture(content, PATCH) == pixels).all()


OF_ANOTHER_KIND = {
    "greys for colours": ("RGB", ORANGE, profiles.grey_profile(1.0), ORANGE),
    "inks for colours": (
        *("RGB", ORANGE),
        profiles.profile(b"CMYK", {b"A2B0": profiles.table_tag(4, lambda _: 50, steps=2)}, b"Lab "),
        ORANGE,
    ),
    "colours for inks": ("CMYK", (255, 0, 0, 0), profiles.LINEAR, (0, 255, 255)),
}


@pytest.mark.parametrize(("mode", "colour", "icc", "expected"), OF_ANOTHER_KIND.values(), ids=OF_ANOTHER_KIND)
def test_a_profile_of_another_kind_of_pixels_is_ignored(
    mode: str, colour: tuple[int, ...], icc: bytes, expected: tuple[int, ...]
) -> None:
    assert off_by(saved(flat(mode, colour), "JPEG", icc_profile=icc, **LOSSLESS_JPEG), expected) <= WITHIN


BROKEN = {
    "empty": b"",
    "nonsense": b"nonsense " * 50,
    "cut": profiles.P3[:300],
    "header alone": profiles.P3[:128],
    "no mark": profiles.P3.replace(b"acsp", b"xxxx"),
    "of the future": profiles.P3[:8] + b"\x09" + profiles.P3[9:],
    "tags outside": profiles.P3[:136] + b"\xff\xff\xff\xff" + profiles.P3[140:],
    "no tags": profiles.profile(b"RGB ", {}),
    "four billion tags": profiles.P3[:128] + b"\xff\xff\xff\xff" + profiles.P3[132:],
    "too large": profiles.profile(b"RGB ", {b"text": bytes(5 * 2**20)}),
}


@pytest.mark.parametrize("icc", BROKEN.values(), ids=BROKEN)
def test_a_broken_profile_is_ignored(icc: bytes) -> None:
    for kind in ("PNG", "WEBP"):
        assert off_by(saved(flat("RGB", ORANGE), kind, icc_profile=icc, **_lossless(kind)), ORANGE) == 0


def _lossless(kind: str) -> dict[str, object]:
    return {"lossless": True} if kind == "WEBP" else {}


def test_damaged_profiles_end_in_a_picture_soon() -> None:
    rng = np.random.default_rng(0)
    table = profiles.profile(b"RGB ", {b"A2B0": profiles.table_tag(3, lambda rgb: 100 * rgb[0])}, b"Lab ")
    start = time.perf_counter()
    for icc in [profiles.P3, table] * 150:
        damaged = np.frombuffer(icc, np.uint8).copy()
        places = rng.integers(0, min(len(damaged), 400), rng.integers(1, 6))
        damaged[places] = rng.integers(0, 256, len(places))
        content = saved(flat("RGB", ORANGE), "PNG", icc_profile=damaged.tobytes())
        assert read_picture(content, PATCH).shape == (16, 24, 3)
    assert time.perf_counter() - start < 20


def jpeg_with_segments(*parts: tuple[int, int, bytes]) -> bytes:
    plain = saved(flat("RGB", ORANGE), "JPEG", **LOSSLESS_JPEG)
    segments = b""
    for number, count, part in parts:
        body = b"ICC_PROFILE\0" + bytes([number, count]) + part
        segments += b"\xff\xe2" + struct.pack(">H", len(body) + 2) + body
    return plain[:2] + segments + plain[2:]


HALVES = (profiles.P3[:300], profiles.P3[300:])
SEGMENTS = {
    "one": ([(1, 1, profiles.P3)], True),
    "two": ([(1, 2, HALVES[0]), (2, 2, HALVES[1])], True),
    "in another order": ([(2, 2, HALVES[1]), (1, 2, HALVES[0])], True),
    "one missing": ([(1, 2, HALVES[0])], False),
    "of two minds": ([(1, 2, HALVES[0]), (2, 3, HALVES[1])], False),
    "counted from nought": ([(0, 1, profiles.P3)], False),
}


@pytest.mark.parametrize(("parts", "is_whole"), SEGMENTS.values(), ids=SEGMENTS)
def test_the_profile_of_a_jpeg_counts_if_all_its_segments_are_there(
    parts: list[tuple[int, int, bytes]], is_whole: bool
) -> None:
    assert off_by(jpeg_with_segments(*parts), SPACES["Display P3"][1] if is_whole else ORANGE) <= WITHIN


def test_a_profile_of_a_png_that_is_no_profile_leaves_the_picture_readable() -> None:
    rows = (b"\0" + bytes(ORANGE) * 8) * 8
    for body in (b"", b"name", b"name\0\0nonsense", b"name\0\0" + zlib.compress(b"")):
        assert off_by(png((8, 8), 8, 2, rows, chunk(b"iCCP", body)), ORANGE) == 0


def test_a_picture_error_never_comes_from_a_profile() -> None:
    for icc in BROKEN.values():
        try:
            read_picture(jpeg_with_segments((1, 1, icc[:60_000])), PATCH)
        except PictureError as error:
            pytest.fail(str(error))
