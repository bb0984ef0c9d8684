"""Colours of PNG and AVIF named in numbers: cICP before iCCP before sRGB before gAMA and cHRM."""

import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.unit import colour_profiles as profiles
from tests.unit.colour_profiles import in_srgb
from tests.unit.picture_files import PATCH, chunk, flat, png, read_picture, saved

COLOUR = (200, 40, 30)
WITHIN = 3
SRGB_XY = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
"""x and y of white, red, green and blue."""
P3_XY = (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)


def gama(value: int) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", value))


def chrm(numbers: tuple[float, ...]) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *(round(number * 100_000) for number in numbers)))


def iccp(icc: bytes) -> bytes:
    return chunk(b"iCCP", b"name\0\0" + zlib.compress(icc))


def cicp(*codes: int) -> bytes:
    return chunk(b"cICP", bytes(codes))


SRGB = chunk(b"sRGB", b"\0")
LINEAR_GAMA, LINEAR_CICP = gama(100_000), cicp(1, 8, 0, 1)
BAD_GAMA = LINEAR_GAMA[:-4] + bytes(4)
LINEAR = in_srgb(COLOUR, profiles.SRGB_TO_XYZ, lambda v: v)
IN_P3 = in_srgb(COLOUR, profiles.P3_TO_XYZ, profiles.from_srgb_curve)
LINEAR_P3 = in_srgb(COLOUR, profiles.P3_TO_XYZ, lambda v: v)
GAMMA_18 = in_srgb(COLOUR, profiles.SRGB_TO_XYZ, lambda v: v**1.8)
GAMMA_22 = in_srgb(COLOUR, profiles.SRGB_TO_XYZ, lambda v: v**2.2)
UNCHANGED = list(COLOUR)

CHUNKS = {
    "linear": (LINEAR_GAMA, LINEAR),
    "gamma 1.8": (gama(round(100_000 / 1.8)), GAMMA_18),
    "gamma alone that is nearly that of sRGB": (gama(45_455), UNCHANGED),
    "the same with primaries": (gama(45_455) + chrm(SRGB_XY), GAMMA_22),
    "other primaries": (LINEAR_GAMA + chrm(P3_XY), LINEAR_P3),
    "primaries alone": (chrm(P3_XY), UNCHANGED),
    "primaries of no colour": (LINEAR_GAMA + chrm((0.0,) * 8), UNCHANGED),
    "primaries on one line": (LINEAR_GAMA + chrm((0.3, 0.3, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3)), UNCHANGED),
    "no gamma at all": (gama(0), UNCHANGED),
    "a gamma cut short": (chunk(b"gAMA", b"\0\1"), UNCHANGED),
    "a gamma with a wrong checksum": (BAD_GAMA, UNCHANGED),
    "of two gammas the first": (gama(45_455) + LINEAR_GAMA, UNCHANGED),
    "sRGB before gamma": (LINEAR_GAMA + SRGB, UNCHANGED),
    "no known intent of sRGB": (chunk(b"sRGB", b"\x09") + LINEAR_GAMA, LINEAR),
    "profile before sRGB": (SRGB + iccp(profiles.P3), IN_P3),
    "profile before gamma": (LINEAR_GAMA + iccp(profiles.P3), IN_P3),
    "a broken profile before gamma": (iccp(b"nonsense" * 30) + LINEAR_GAMA, LINEAR),
    "a profile of greys before gamma": (iccp(profiles.grey_profile(1.0)) + LINEAR_GAMA, UNCHANGED),
    "of two profiles the first": (iccp(profiles.P3) + iccp(profiles.LINEAR), IN_P3),
    "code points": (cicp(12, 13, 0, 1), IN_P3),
    "code points before a profile": (iccp(profiles.P3) + LINEAR_CICP, LINEAR),
    "unspecified code points before a profile": (cicp(2, 2, 0, 1) + iccp(profiles.P3), IN_P3),
    "unknown primaries before a profile": (cicp(3, 13, 0, 1) + iccp(profiles.P3), IN_P3),
    "a narrow range before a profile": (cicp(1, 8, 0, 0) + iccp(profiles.P3), IN_P3),
    "code points cut short": (chunk(b"cICP", b"\1\x08") + iccp(profiles.P3), IN_P3),
}


def off_by(content: bytes, colour: object) -> int:
    return int(np.abs(read_picture(content, PATCH).astype(int) - np.array(colour)).max())


@pytest.mark.parametrize(("chunks", "expected"), CHUNKS.values(), ids=CHUNKS)
def test_the_chunk_that_counts_in_browsers_counts(chunks: bytes, expected: list[int]) -> None:
    assert off_by(png((8, 8), 8, 2, (b"\0" + bytes(COLOUR) * 8) * 8, chunks), expected) <= WITHIN


def test_chunks_behind_the_pixels_do_not_count() -> None:
    plain = png((8, 8), 8, 2, (b"\0" + bytes(COLOUR) * 8) * 8)
    for late in (LINEAR_GAMA, iccp(profiles.P3), LINEAR_CICP):
        assert off_by(plain[:-12] + late + plain[-12:], UNCHANGED) == 0


def test_a_palette_has_colours_as_well_but_code_points_must_come_before_it() -> None:
    rows, palette = (b"\0" + bytes(8)) * 8, chunk(b"PLTE", bytes(COLOUR))
    assert off_by(png((8, 8), 8, 3, rows, LINEAR_CICP + palette), LINEAR) <= WITHIN
    assert off_by(png((8, 8), 8, 3, rows, palette + LINEAR_CICP), UNCHANGED) == 0
    assert off_by(png((8, 8), 8, 3, rows, palette + LINEAR_GAMA), LINEAR) <= WITHIN


def smpte_240(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(values < 4 * 0.0228, values / 4, ((values + 0.1115) / 1.1115) ** (1 / 0.45))


CURVES: dict[int, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    1: lambda v: v**2.4,
    4: lambda v: v**2.2,
    5: lambda v: v**2.8,
    6: lambda v: v**2.4,
    7: smpte_240,
    8: lambda v: v,
    13: profiles.from_srgb_curve,
    14: lambda v: v**2.4,
    17: lambda v: (v**2.6 * 52.37 / 48).clip(0, 1),
}


@pytest.mark.parametrize("transfer", CURVES)
def test_each_curve_by_its_code_point(transfer: int) -> None:
    shades = (0, 10, 32, 64, 128, 200, 250, 255)
    content = png((8, 8), 8, 0, (b"\0" + bytes(shades)) * 8, cicp(1, transfer, 0, 1))
    expected = [in_srgb((shade,) * 3, profiles.SRGB_TO_XYZ, CURVES[transfer]) for shade in shades]
    assert off_by(content, expected) <= WITHIN


AVIF_CODES = {
    "Display P3": (12, 13, IN_P3),
    "linear": (1, 8, LINEAR),
    "television": (1, 1, UNCHANGED),
    "nothing specified": (2, 2, UNCHANGED),
    "a curve without primaries": (2, 8, LINEAR),
    "primaries without a curve": (12, 2, IN_P3),
}


@pytest.mark.parametrize(("primaries", "transfer", "expected"), AVIF_CODES.values(), ids=AVIF_CODES)
def test_the_code_points_of_an_avif_are_obeyed(primaries: int, transfer: int, expected: list[int]) -> None:
    content = saved(flat("RGB", COLOUR), "AVIF", quality=100, subsampling="4:4:4")
    place = content.index(b"colrnclx") + 8
    content = content[:place] + struct.pack(">HH", primaries, transfer) + content[place + 4 :]
    assert off_by(content, expected) <= WITHIN
