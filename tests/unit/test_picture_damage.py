"""Damaged files end in a picture that is whole, or in one sentence."""

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from model.pictures.limits import PictureError
from model.pictures.reader import FIRST_SHOWN_SIDE, LONGEST_STRIP
from tests.unit.picture_files import (
    DAMAGED,
    FORMATS,
    PATCH,
    bmp_of_runs,
    chunk,
    claiming,
    exif_of,
    flat,
    gradient,
    grey_png,
    png,
    png_of_packed,
    read_picture,
    refusal,
    saved,
    sentence,
    without_segment,
)

DAMAGED_FILES = {
    "PNG with three of eight rows": png((8, 8), 8, 0, (b"\0" + b"\x64" * 8) * 3),
    "PNG without pixels": png((8, 8), 8, 0, b""),
    "PNG with a wrong checksum of its pixels": claiming(grey_png(), grey_png().index(b"IEND") - 8, bytes(4)),
    "PNG with a wrong checksum of its header": claiming(grey_png(), 29, bytes(4)),
    "PNG with broken pixels": png_of_packed(zlib.compress((b"\0" + b"\x64" * 8) * 8)[:-6] + bytes(6)),
    "PNG without a palette": png((8, 8), 8, 3, bytes(72)),
    "PNG of an unknown colour type": png((8, 8), 8, 5, bytes(72)),
    "PNG with a cut transparent colour": grey_png(chunk(b"tRNS", b"\0")),
    "PNG of no width": png((0, 8), 8, 0, bytes(8)),
    "JPEG without tables": without_segment(saved(flat("L", 9), "JPEG"), b"\xff\xdb"),
    "JPEG of a beginning only": b"\xff\xd8\xff\xd9",
    "GIF of a header only": b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0, 0, 0),
    "WebP of a header only": b"RIFF\x04\0\0\0WEBP",
    "BMP of runs that end early": bmp_of_runs((8, 8), b"\x08\x0a\0\0" * 4 + b"\0\1"),
}


@pytest.mark.parametrize("content", DAMAGED_FILES.values(), ids=DAMAGED_FILES)
def test_damaged_files_are_refused(content: bytes) -> None:
    assert DAMAGED in refusal(content)


def test_a_png_without_its_end_is_read() -> None:
    for cut in (4, 12):
        assert (read_picture(grey_png()[:-cut], PATCH) == 100).all()


@pytest.mark.parametrize("kind", [b"tEXt", b"gAMA", b"tRNS", b"eXIf"], ids=bytes.decode)
def test_a_chunk_that_may_be_overlooked_is_if_its_checksum_is_wrong(kind: bytes) -> None:
    body = {b"gAMA": struct.pack(">I", 100_000), b"tRNS": struct.pack(">H", 100), b"eXIf": exif_of(6)[6:]}
    damaged = chunk(kind, body.get(kind, b"note\0text"))[:-4] + bytes(4)
    assert (read_picture(grey_png(damaged), PATCH) == 100).all()


JPEGS = {
    "JPEG": {},
    "without subsampling": {"subsampling": 0},
    "progressive": {"progressive": True},
    "with restarts": {"restart_marker_blocks": 2},
}


@pytest.mark.parametrize("behind", [b"", b"\xff", b"SEFH" + bytes(64) + b"SEFT"], ids=["", "half", "trailer"])
@pytest.mark.parametrize("options", JPEGS.values(), ids=JPEGS)
def test_a_jpeg_without_its_end_is_read_if_its_pixels_are_there(
    options: dict[str, object], behind: bytes
) -> None:
    whole = saved(gradient(), "JPEG", quality=95, **options)
    assert (read_picture(whole[:-2] + behind, PATCH) == read_picture(whole, PATCH)).all()
    assert DAMAGED in refusal(whole[:-30])


def test_a_progressive_jpeg_whose_last_scans_are_missing_is_refused() -> None:
    whole = saved(gradient(), "JPEG", quality=95, progressive=True)
    assert DAMAGED in refusal(whole[: whole.rindex(b"\xff\xda")])


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
        shorter, longer = sorted(picture.shape[:2])
        assert shorter >= PATCH
        assert longer <= (LONGEST_STRIP if shorter == PATCH else FIRST_SHOWN_SIDE)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_repeated_and_missing_pieces_end_in_a_picture_or_a_sentence(kind: str) -> None:
    rng = np.random.default_rng(0)
    content = saved(gradient().quantize() if kind == "GIF" else gradient(), kind)
    for _ in range(60):
        start, end = sorted(int(place) for place in rng.integers(0, len(content) + 1, 2))
        expect_picture_or_sentence(
            content[:start] + content[start:end] * int(rng.integers(0, 40)) + content[end:]
        )


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP", b"iTXt"], ids=bytes.decode)
def test_a_png_with_broken_texts_is_read(kind: bytes) -> None:
    assert (read_picture(grey_png(chunk(kind, b"note\0\1\0broken\0broken\0broken")), PATCH) == 100).all()


def test_a_jpeg_followed_by_a_film_is_read() -> None:
    film = np.random.default_rng(7).integers(0, 256, 1_000_000, dtype=np.uint8).tobytes()
    picture = read_picture(saved(flat("L", 100), "JPEG") + film, PATCH)
    np.testing.assert_allclose(picture.astype(int), 100, atol=2)
