"""EXIF orientation: what counts, and what does not."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from model.pictures import reader
from tests.unit.picture_files import (
    HEIGHT,
    PATCH,
    RED,
    WIDTH,
    chunk,
    exif_of,
    flat,
    png,
    quarters,
    read_picture,
    saved,
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


def test_a_large_jpeg_is_turned_after_scaling() -> None:
    content = saved(flat("RGB", RED, (2400, 1200)), "JPEG", exif=exif_of(6))
    assert read_picture(content, PATCH).shape == (512, 256, 3)


def test_the_own_size_is_that_of_the_picture_put_upright() -> None:
    lying = saved(flat("RGB", RED, (80, 60)), "JPEG", exif=exif_of(6))
    assert reader.read_picture(lying, PATCH, 40).own_size == (80, 60)
    assert reader.read_picture(lying, PATCH, 40).pixels.shape == (40, 30, 3)


def typed_exif(kind: int, value: bytes, count: int = 1) -> bytes:
    """EXIF data whose orientation has a type of its own: 1 for bytes, 3 for 16 bits, 4 for 32 bits."""
    entry = struct.pack(">HHI", 0x0112, kind, count) + value.ljust(4, b"\0")
    return b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "exif",
    [typed_exif(1, b"\6"), typed_exif(4, struct.pack(">I", 6)), typed_exif(3, struct.pack(">HH", 6, 6), 2)],
    ids=["byte", "32 bits", "two numbers"],
)
def test_only_one_number_of_16_bits_turns_a_picture(kind: str, exif: bytes) -> None:
    assert read_picture(saved(flat("L", 100), kind, exif=exif), PATCH).shape == (HEIGHT, WIDTH, 3)


def test_an_orientation_outside_of_exif_does_not_turn_a_picture() -> None:
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF>'
        b"</x:xmpmeta>"
    )
    raw = b"\nexif\n%8d\n" % len(exif_of(6)) + exif_of(6).hex().encode()
    raw_profile = b"Raw profile type exif\0\0" + zlib.compress(raw)
    text = b"XML:com.adobe.xmp\0\0\0\0\0" + packet
    for chunks in (chunk(b"iTXt", text), chunk(b"zTXt", raw_profile)):
        content = png((24, 16), 8, 0, (b"\0" + b"\x64" * 24) * 16, chunks)
        assert read_picture(content, PATCH).shape == (16, 24, 3)
    for kind in ("JPEG", "WEBP"):
        assert read_picture(saved(flat("L", 100), kind, xmp=packet), PATCH).shape == (HEIGHT, WIDTH, 3)


def test_exif_behind_the_pixels_of_a_png_does_not_turn_it() -> None:
    before = png((24, 16), 8, 0, (b"\0" + b"\x64" * 24) * 16, chunk(b"eXIf", exif_of(6)[6:]))
    assert read_picture(before, PATCH).shape == (24, 16, 3)
    plain = png((24, 16), 8, 0, (b"\0" + b"\x64" * 24) * 16)
    behind = plain[:-12] + chunk(b"eXIf", exif_of(6)[6:]) + plain[-12:]
    assert read_picture(behind, PATCH).shape == (16, 24, 3)


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_the_turn_of_an_avif_is_obeyed(orientation: int) -> None:
    content = saved(
        Image.fromarray(quarters()), "AVIF", quality=100, subsampling="4:4:4", exif=exif_of(orientation)
    )
    picture = read_picture(content, PATCH).astype(int)
    np.testing.assert_allclose(picture, UPRIGHT[orientation](quarters()).astype(int), atol=4)
