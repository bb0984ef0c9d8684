"""BMP files of a stranger: run lengths unpacked here, and the colour profile that a few of them carry."""

import struct

import numpy as np
from numpy.typing import NDArray

from model.pictures.files.stripped import Stripped
from model.pictures.limits import TOO_SLOW, PictureError, refuse_too_many_pixels

LARGEST_RUN_LENGTH_PICTURE = 5_000_000
"""Pixels. More would make the unpacking in Python slow."""
MOST_PIXEL_RUNS = 400_000
"""They are unpacked in Python, at about 1 µs each."""

_FILE_HEADER = 14
_INFO_HEADER = 40
"""The smallest header that may announce run lengths."""
_HEADER_WITH_PROFILE, _EMBEDDED = 124, 0x4D424544
_RLE8, _RLE4 = 1, 2
_BITS = {_RLE8: 8, _RLE4: 4}
_END_OF_LINE, _END_OF_PICTURE, _JUMP = 0, 1, 2


def strip_bmp(content: bytes) -> Stripped:
    """The same picture without run lengths, and its ICC profile.

    Raises:
        PictureError: unpacking it would take too long.
        Exception: of any kind, when the file is damaged.
    """
    header_size = int.from_bytes(content[14:18], "little")
    profile = b""
    if header_size == _HEADER_WITH_PROFILE and struct.unpack_from("<I", content, 70)[0] == _EMBEDDED:
        start, size = struct.unpack_from("<II", content, 126)
        profile = content[_FILE_HEADER + start : _FILE_HEADER + start + size]
    if header_size < _INFO_HEADER or int.from_bytes(content[30:34], "little") not in _BITS:
        return Stripped(content, profile=profile)
    return Stripped(_without_run_lengths(content, header_size), profile=profile)


def _without_run_lengths(content: bytes, header_size: int) -> bytes:
    """The picture as a BMP of 24 bits a pixel; pixels that no run covers are black, as browsers show them."""
    (pixels_at,) = struct.unpack_from("<I", content, 10)
    width, height, _, bits, compression, _, _, _, entries = struct.unpack_from("<iiHHIIiiI", content, 18)
    if width <= 0 or height == 0 or bits != _BITS[compression]:
        raise ValueError("no picture of run lengths")
    rows = abs(height)
    refuse_too_many_pixels(width, rows)
    if width * rows > LARGEST_RUN_LENGTH_PICTURE:
        raise PictureError(TOO_SLOW)
    palette = np.zeros((256, 3), np.uint8)  # blue, green, red
    known = min(entries or 2**bits, 2**bits)
    colours = content[_FILE_HEADER + header_size :][: 4 * known]
    palette[:known] = np.frombuffer(colours, np.uint8).reshape(known, 4)[:, :3]
    indices, covered = _unpacked_runs(content, pixels_at, (width, rows), bits)
    stored = np.zeros((rows, (3 * width + 3) // 4 * 4), np.uint8)  # rows are filled up to four bytes
    stored[:, : 3 * width] = np.where(covered[..., None], palette[indices], 0).reshape(rows, 3 * width)
    start = _FILE_HEADER + _INFO_HEADER
    header = struct.pack("<IiiHHIIiiII", _INFO_HEADER, width, height, 1, 24, 0, stored.size, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", start + stored.size, 0, 0, start) + header + stored.tobytes()


# Long because the format's four escapes are told apart in one loop over its bytes.
def _unpacked_runs(
    content: bytes, at: int, size: tuple[int, int], bits: int
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The palette's index of each pixel, and whether a run covers it; both (rows, columns), as stored.

    Args:
        content: the file.
        at: where the runs begin in it.
        size: width and height in pixels.
        bits: 8 or 4 for each pixel.

    Raises:
        ValueError: the file ends before the picture does.
        IndexError: it ends within a jump.
        PictureError: there are too many runs.
    """
    width, height = size
    indices, covered = bytearray(width * height), bytearray(width * height)
    column = row = 0
    for _ in range(MOST_PIXEL_RUNS):
        count, value = content[at : at + 2] if len(content) >= at + 2 else (0, _END_OF_PICTURE)
        is_ended = row >= height or (count == 0 and value == _END_OF_PICTURE)
        if is_ended:
            break
        at += 2
        if count == 0 and value == _END_OF_LINE:
            column, row = 0, row + 1
        elif count == 0 and value == _JUMP:
            column, row, at = column + content[at], row + content[at + 1], at + 2
        else:
            if count:
                run = (_split(bytes([value]), bits) * count)[:count]
            else:
                packed = (value * bits + 7) // 8
                run = _split(content[at : at + packed], bits)[:value]
                at += packed + packed % 2
            column, start = column + len(run), row * width + column
            run = run[: max(0, width * (row + 1) - start)]
            indices[start : start + len(run)] = run
            covered[start : start + len(run)] = b"\1" * len(run)
    else:
        raise PictureError(TOO_SLOW)
    was_cut = len(content) < at + 2 and row < height and 0 in covered[(height - 1) * width :]
    if row < height - 1 or was_cut:
        raise ValueError("rows are missing")
    shape = (height, width)
    return np.frombuffer(indices, np.uint8).reshape(shape), np.frombuffer(covered, np.bool_).reshape(shape)


def _split(packed: bytes, bits: int) -> bytes:
    """One index a byte; of four bits, the upper ones come first."""
    return packed if bits == 8 else bytes(index for pair in packed for index in (pair >> 4, pair & 15))
