"""Animations, and pixels that no frame and no run covers."""

import io
import struct
import zlib

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from model.pictures import reader
from tests.unit.picture_files import (
    BLACK,
    BLUE,
    DAMAGED,
    GREEN,
    PATCH,
    RED,
    WHITE,
    bmp_of_runs,
    chunk,
    flat,
    png,
    read_picture,
    refusal,
    saved,
)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    frames = [flat("RGB", colour) for colour in (RED, GREEN, BLUE)]
    options = {"lossless": True} if kind == "WEBP" else {}
    content = saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    with Image.open(io.BytesIO(content)) as image:
        assert image.n_frames == 3
    assert (read_picture(content, PATCH) == RED).all()


def test_of_an_animated_png_with_a_still_picture_the_first_frame_is_taken() -> None:
    frames = [flat("RGB", colour) for colour in (RED, GREEN, BLUE)]
    content = saved(frames[0], "PNG", save_all=True, append_images=frames[1:], default_image=True)
    assert (read_picture(content, PATCH) == GREEN).all()


def test_a_gif_frame_smaller_than_its_screen_is_laid_on_white() -> None:
    content = bytearray(saved(flat("P", 0, (8, 8)), "GIF", transparency=1))
    content[6:10] = struct.pack("<HH", 16, 8)
    picture = read_picture(bytes(content), PATCH)
    assert picture.shape == (8, 16, 3)
    assert (picture[:, :8] == BLACK).all()
    assert (picture[:, 8:] == WHITE).all()


def test_a_bmp_of_runs_is_read() -> None:
    picture = read_picture(bmp_of_runs((8, 8), b"\x04\x0a\x04\x14\0\0" * 8 + b"\0\1"), PATCH)
    assert (picture[:, :4] == (245, 0, 10)).all()
    assert (picture[:, 4:] == (235, 0, 20)).all()


def gif_of_one_frame(screen: tuple[int, int], box: tuple[int, int, int, int], background: int) -> bytes:
    """A GIF whose frame is RED, in a screen whose background colour is GREEN if `background` is 1."""
    width, height = box[2] - box[0], box[3] - box[1]
    image = flat("P", 0, (width, height))
    image.putpalette([*RED, *GREEN])
    content = saved(image, "GIF")
    frame = content.index(b"," + struct.pack("<HHHH", 0, 0, width, height))
    header = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, background, 0) + bytes([*RED, *GREEN])
    return header + b"," + struct.pack("<HHHH", box[0], box[1], width, height) + content[frame + 9 :]


def framed(size: tuple[int, int], box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """RED where the frame is, white around it."""
    pixels = np.full((size[1], size[0], 3), 255, np.uint8)
    pixels[box[1] : box[3], box[0] : box[2]] = RED
    return pixels


@pytest.mark.parametrize("background", [0, 1])
@pytest.mark.parametrize("box", [(2, 3, 10, 9), (0, 0, 12, 12), (4, 4, 16, 14)], ids=str)
def test_what_the_frame_of_a_gif_does_not_cover_is_transparent(
    box: tuple[int, int, int, int], background: int
) -> None:
    content = gif_of_one_frame((12, 12), box, background)
    size = (max(12, box[2]), max(12, box[3]))  # a frame that juts out enlarges the picture
    read = reader.read_picture(content, PATCH)
    assert (read.pixels == framed(size, box)).all()
    assert read.transparent == (box != (0, 0, 12, 12))
    behind = reader.read_picture(content, PATCH, background=BLUE).pixels
    assert (behind[(read.pixels == WHITE).all(axis=2)] == BLUE).all()


def webp_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def uint24(*values: int) -> bytes:
    return b"".join(value.to_bytes(3, "little") for value in values)


@pytest.mark.parametrize("flags", [0x02, 0x12], ids=["opaque", "with alpha"])
def test_what_the_first_frame_of_a_webp_does_not_cover_is_transparent(flags: int) -> None:
    frames = b""
    for colour, (left, top, right, bottom) in ((RED, (2, 4, 10, 8)), (GREEN, (0, 0, 12, 12))):
        still = saved(flat("RGB", colour, (right - left, bottom - top)), "WEBP", lossless=True)[12:]
        place = uint24(left // 2, top // 2, right - left - 1, bottom - top - 1, 100)
        frames += webp_chunk(b"ANMF", place + b"\0" + still)
    head = webp_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + uint24(11, 11))
    head += webp_chunk(b"ANIM", bytes([255, 0, 0, 255, 0, 0]))
    body = b"WEBP" + head + frames
    content = b"RIFF" + struct.pack("<I", len(body)) + body
    assert (read_picture(content, PATCH) == framed((12, 12), (2, 4, 10, 8))).all()


def control(sequence: int, box: tuple[int, int, int, int]) -> bytes:
    size = (box[2] - box[0], box[3] - box[1])
    return chunk(b"fcTL", struct.pack(">IIIIIHHBB", sequence, *size, box[0], box[1], 1, 10, 0, 0))


def frame_data(sequence: int, size: tuple[int, int], colour: tuple[int, int, int]) -> bytes:
    rows = (b"\0" + bytes(colour) * size[0]) * size[1]
    return chunk(b"fdAT", struct.pack(">I", sequence) + zlib.compress(rows))


def png_with_frames(frames: bytes, announced: int = 1) -> bytes:
    """A GREEN still picture of 12 x 12 with frames behind it."""
    animation = chunk(b"acTL", struct.pack(">II", announced, 0))
    still = png((12, 12), 8, 2, (b"\0" + bytes(GREEN) * 12) * 12, animation)
    return still[:-12] + frames + still[-12:]


def test_the_first_frame_of_an_animated_png_may_be_a_part_of_it() -> None:
    box = (2, 3, 10, 9)
    frames = control(0, box) + frame_data(1, (8, 6), RED) + control(2, (0, 0, 12, 12))
    content = png_with_frames(frames + frame_data(3, (12, 12), BLUE))
    assert (read_picture(content, PATCH) == framed((12, 12), box)).all()
    still = png_with_frames(frames, announced=0)  # no animation at all
    assert (read_picture(still, PATCH) == GREEN).all()


@pytest.mark.parametrize(
    "frames",
    [
        b"",
        control(0, (0, 0, 12, 12)),
        control(0, (0, 0, 12, 12)) + frame_data(1, (12, 5), RED),
        control(0, (4, 0, 16, 12)) + frame_data(1, (12, 12), RED),
    ],
    ids=["no frame", "no pixels", "rows missing", "jutting out"],
)
def test_an_animated_png_whose_first_frame_is_damaged_is_refused(frames: bytes) -> None:
    assert DAMAGED in refusal(png_with_frames(frames))


# Palette entry i of `bmp_of_runs` is (255 - i, 0, i).
RUNS = {
    "jumped over": (b"\x02\x02\0\x02\x02\x01\x04\x03\0\x01", {6: "22......", 7: "....3333"}),
    "behind a short line": (b"\x03\x02\0\0\x08\x01\0\x01", {6: "222....."}),
    "left out at the end": (b"\x02\x02\0\x02\0\x01\0\x01", {6: "22......", 7: "........"}),
    "in single pixels": (b"\0\x05\x01\x02\x03\x02\x01\0\0\0\x08\x01\0\x01", {6: "12321..."}),
    "a run over the end of a line": (b"\x0c\x02\0\0\x08\x01\0\x01", {6: "22222222"}),
}
"""Runs of the two upper lines of 8 x 8 pixels, and what they make of these lines, counted from below."""


@pytest.mark.parametrize(("runs", "lines"), RUNS.values(), ids=RUNS)
def test_pixels_of_a_bmp_that_no_run_covers_are_black(runs: bytes, lines: dict[int, str]) -> None:
    colours = {".": BLACK, **{str(i): (255 - i, 0, i) for i in range(1, 4)}}
    expected = [[colours[sign] for sign in lines.get(line, "1" * 8)] for line in range(8)]
    picture = read_picture(bmp_of_runs((8, 8), b"\x08\x01\0\0" * 6 + runs), PATCH)
    np.testing.assert_array_equal(picture, expected[::-1])


def test_a_bmp_of_runs_of_four_bits_is_read() -> None:
    palette = b"".join(bytes([index, 0, 255 - index, 0]) for index in range(16))
    runs = (b"\x08\x12\0\0" * 7) + b"\0\x05\x31\x23\x10\0\x02\x45\0\x01"
    header = struct.pack("<IiiHHIIiiII", 40, 8, 8, 1, 4, 2, len(runs), 0, 0, 16, 0)
    start = 14 + len(header) + len(palette)
    content = b"BM" + struct.pack("<IHHI", start + len(runs), 0, 0, start) + header + palette + runs
    picture = read_picture(content, PATCH)
    assert picture[0, :, 2].tolist() == [3, 1, 2, 3, 1, 4, 5, 0]
    assert (picture[1:, :, 2] == [1, 2] * 4).all()
