"""AVIF: no larger inside than it says, still pictures only, and nothing that takes for ever."""

import struct
import time

import numpy as np
import pytest
from PIL import Image

from model.pictures.files import avif
from model.pictures.limits import PictureError
from tests.unit.picture_files import (
    DAMAGED,
    PATCH,
    RED,
    TOO_MANY_PIXELS,
    TOO_SLOW,
    claiming,
    flat,
    gradient,
    read_picture,
    refusal,
    saved,
)

WHOLE = saved(gradient(), "AVIF")
FRAMES = [flat("RGB", colour) for colour in (RED, (0, 0, 255))]


def of_bits(*fields: tuple[int, int]) -> bytes:
    """Numbers of so many bits each, one after the other, filled up with zeros."""
    text = "".join(format(value, f"0{count}b") for value, count in fields if count)
    return int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8), "big")


def reduced_header(width: int, height: int) -> bytes:
    """The beginning of the AV1 sequence header of one still picture."""
    sizes = [(16 - 1, 4), (16 - 1, 4), (width - 1, 16), (height - 1, 16)]
    return of_bits((0, 3), (1, 1), (1, 1), (0, 5), *sizes)


def full_header(width_bits: int, height_bits: int, timing: bool, levels: tuple[int, ...]) -> bytes:
    """The same of a film whose frames may have any size that fits into so many bits."""
    fields = [(0, 3), (0, 1), (0, 1), (timing, 1)]
    if timing:
        # Two numbers of 32 bits, equal intervals of 2 (in the unary code), a model of the decoder.
        fields += [(1, 32), (1, 32), (1, 1), (0b011, 3), (1, 1), (9, 5), (1, 32), (9, 5), (9, 5)]
    fields += [(1, 1), (len(levels) - 1, 5)]
    for level in levels:
        fields += [(0, 12), (level, 5), (0, 1 if level > 7 else 0)]
        if timing:
            fields += [(1, 1), (3, 10), (3, 10), (0, 1)]
        fields += [(1, 1), (7, 4)]
    fields += [(width_bits - 1, 4), (height_bits - 1, 4)]
    return of_bits(*fields, (99, width_bits), (99, height_bits))


def with_header(header: bytes) -> bytes:
    """An AVIF whose sequence header says something else."""
    (own,) = avif._sequence_headers(avif._items(WHOLE))
    return claiming(WHOLE, WHOLE.rindex(own), header)


def test_a_frame_of_more_pixels_than_the_file_announces_is_refused() -> None:
    assert TOO_MANY_PIXELS in refusal(with_header(reduced_header(16_384, 16_384)))
    assert TOO_MANY_PIXELS in refusal(with_header(reduced_header(50_001, 1_000)))


@pytest.mark.parametrize("timing", [False, True])
@pytest.mark.parametrize("levels", [(5,), (9,), (5, 9, 12)], ids=str)
def test_a_sequence_whose_frames_may_be_large_is_refused(timing: bool, levels: tuple[int, ...]) -> None:
    avif._refuse_large_frames(full_header(13, 14, timing, levels))
    with pytest.raises(PictureError, match="takes too long"):
        avif._refuse_large_frames(full_header(14, 14, timing, levels))


def test_an_animation_is_read_as_its_first_frame() -> None:
    content = saved(FRAMES[0], "AVIF", save_all=True, append_images=FRAMES[1:])
    assert content[8:12] == b"avis"
    assert np.abs(read_picture(content, PATCH).astype(int) - RED).max() <= 4


def test_an_avif_without_a_picture_is_refused() -> None:
    assert DAMAGED in refusal(WHOLE[: WHOLE.index(b"meta") - 4])
    assert DAMAGED in refusal(WHOLE.replace(b"iloc", b"free"))


def test_items_that_overlap_without_end_are_refused_quickly() -> None:
    # A file of 5 MB whose 4,000 items each are all of it.
    start = struct.pack(">I4s4sI4s", 20, b"ftyp", b"avif", 0, b"avif")
    places = b"".join(struct.pack(">HHHII", number, 0, 1, 0, 5_000_000) for number in range(4_000))
    iloc = bytes(4) + b"\x44\0" + struct.pack(">H", 4_000) + places
    meta = bytes(4) + struct.pack(">I4s", 8 + len(iloc), b"iloc") + iloc
    content = start + struct.pack(">I4s", 8 + len(meta), b"meta") + meta
    begin = time.perf_counter()
    assert TOO_SLOW in refusal(content.ljust(5_000_000, b"\0"))
    assert time.perf_counter() - begin < 5


def test_a_stream_of_a_million_empty_units_is_refused_quickly() -> None:
    start = struct.pack(">I4s4sI4s", 20, b"ftyp", b"avif", 0, b"avif")
    iloc = bytes(4) + b"\x44\0" + struct.pack(">HHHHII", 1, 1, 0, 1, 100, 0)
    meta = bytes(4) + struct.pack(">I4s", 8 + len(iloc), b"iloc") + iloc
    content = start + struct.pack(">I4s", 8 + len(meta), b"meta") + meta
    begin = time.perf_counter()
    assert TOO_SLOW in refusal(content + b"\x12\0" * 1_000_000)
    assert time.perf_counter() - begin < 5


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_whole_files_are_not_taken_for_large_ones(mode: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (90, 120, 4), np.uint8)
    image = Image.fromarray(noise).convert(mode)
    for options in ({}, {"quality": 100, "subsampling": "4:4:4"}, {"range": "limited"}):
        assert read_picture(saved(image, "AVIF", **options), PATCH).shape == (90, 120, 3)
