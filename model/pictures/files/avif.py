"""AVIF files of a stranger: no larger inside than they say, and the colours that their code points mean.

The size that a file announces need not be that of the frames in it, and the decoder reserves memory for the
frames. So the AV1 sequence headers are looked up here, and an animation is read as its still picture only.
"""

import struct
from collections.abc import Iterable, Iterator

from model.pictures.colour import code_point_profile
from model.pictures.files.stripped import Stripped
from model.pictures.limits import MOST_PARTS, TOO_SLOW, PictureError, refuse_too_many_pixels
from model.pictures.matrix_profile import SRGB_CODES

MOST_ITEMS = 4096
"""Pictures and notes in a file; a large picture may be made of a few hundred tiles."""

_UNSPECIFIED = 2
_SRGB_TRANSFERS = (1, _UNSPECIFIED, 6, 14, 15)
"""The curves that mean that of sRGB: of television, and none."""
_CODE_POINTS = b"colrnclx"
"""The box that holds the code points, and their kind."""
_FULL_BOX_BYTES = 4
_IN_FILE, _IN_BOX = 0, 1
"""How an item's place is given: in the file or in the box `idat`."""
_OBU_SEQUENCE_HEADER = 1
_HAS_EXTENSION, _HAS_SIZE = 4, 2
"""In the first byte of each unit of an AV1 stream."""
_MOST_FRAME_BITS = 27
"""Of width and height together, where a frame may have another size than the sequence says."""


def strip_avif(content: bytes) -> Stripped:
    """The same file as one of a still picture, and an ICC profile of its code points.

    Raises:
        PictureError: a frame has too many pixels.
        Exception: of any kind, when the file is damaged.
    """
    (size,) = struct.unpack_from(">I", content)
    still = content[:8] + b"avif" + content[12:size] + content[size:]
    headers = list(_sequence_headers(_items(still)))
    if not headers:
        raise ValueError("there is no picture")
    for header in headers:
        _refuse_large_frames(header)
    return Stripped(still, profile=_profile(still))


def _boxes(content: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, first byte behind the header, and end of each box in a part of the file."""
    at = start
    for _ in range(MOST_PARTS):
        if at + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", content, at)
        body = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, body)
            body += 8
        stop = end if size == 0 else min(at + size, end)
        if stop < body:
            raise ValueError("a box is smaller than its header")
        yield kind, body, stop
        at = stop
    raise PictureError(TOO_SLOW)


def _items(content: bytes) -> Iterator[bytes]:
    """The content of each item that the box `meta` lists."""
    left = 2 * len(content)  # items may overlap, but not without end
    for kind, start, end in _boxes(content, 0, len(content)):
        if kind == b"meta":
            inside = {name: (at, stop) for name, at, stop in _boxes(content, start + _FULL_BOX_BYTES, end)}
            origins = {_IN_FILE: 0, _IN_BOX: inside.get(b"idat", (0, 0))[0]}
            for method, extents in _places(content[slice(*inside[b"iloc"])]):
                if method in origins:
                    starts = [(origins[method] + first, length) for first, length in extents]
                    pieces = [content[first : first + length] for first, length in starts]
                    left -= sum(map(len, pieces))
                    if left < 0:
                        raise PictureError(TOO_SLOW)
                    yield b"".join(pieces)


def _places(box: bytes) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Of each item in a box `iloc`: how its place is given, and first byte and length of its parts."""
    version, sizes = box[0], struct.unpack_from(">H", box, 4)[0]
    offset_bytes, length_bytes, base_bytes, index_bytes = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    wide = 4 if version == 2 else 2
    reader = _Numbers(box, 6)
    count = reader.next(wide)
    if count > MOST_ITEMS:
        raise PictureError(TOO_SLOW)
    for _ in range(count):
        reader.next(wide)
        method = reader.next(2) & 15 if version else _IN_FILE
        reader.next(2)
        base = reader.next(base_bytes)
        extents = []
        for _ in range(reader.next(2)):
            if version:
                reader.next(index_bytes)
            extents.append((base + reader.next(offset_bytes), reader.next(length_bytes)))
        if len(extents) > MOST_ITEMS:
            raise PictureError(TOO_SLOW)
        # A length of nought means as far as the end.
        yield method, [(at, length or 1 << 62) for at, length in extents]


class _Numbers:
    """Big-endian numbers one after the other."""

    def __init__(self, content: bytes, at: int) -> None:
        self._content, self._at = content, at

    def next(self, size: int) -> int:
        """The next number, of so many bytes; 0 if it has none."""
        end = self._at + size
        if end > len(self._content):
            raise ValueError("a number is missing")
        number = int.from_bytes(self._content[self._at : end], "big")
        self._at = end
        return number


def _sequence_headers(items: Iterable[bytes]) -> Iterator[bytes]:
    """The AV1 sequence headers in items that are pictures; there are none in others."""
    parts = 0
    for item in items:
        at = 0
        while at < len(item):
            parts += 1
            if parts > MOST_PARTS:
                raise PictureError(TOO_SLOW)
            first = item[at]
            at += 2 if first & _HAS_EXTENSION else 1
            size = len(item) - at
            if first & _HAS_SIZE:
                size, at = _leb128(item, at)
            if first >> 3 & 15 == _OBU_SEQUENCE_HEADER:
                yield item[at : at + size]
            at += size


def _leb128(content: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lower ones first, and the first byte behind it."""
    number = 0
    for place, byte in enumerate(content[at : at + 8]):
        number |= (byte & 127) << 7 * place
        if byte < 128:
            return number, at + place + 1
    raise ValueError("a number has no end")


def _refuse_large_frames(header: bytes) -> None:
    """Raise PictureError if the frames of an AV1 sequence may have too many pixels."""
    bits = _Bits(header)
    bits.next(4)
    is_reduced = bits.next(1)
    if is_reduced:
        bits.next(5)
    else:
        _pass_operating_points(bits)
    width_bits, height_bits = bits.next(4) + 1, bits.next(4) + 1
    refuse_too_many_pixels(bits.next(width_bits) + 1, bits.next(height_bits) + 1)
    if not is_reduced and width_bits + height_bits > _MOST_FRAME_BITS:
        raise PictureError(TOO_SLOW)


def _pass_operating_points(bits: "_Bits") -> None:
    """Go over what a sequence header that is not reduced says before it comes to the size of its frames."""
    has_model = delay_bits = 0
    if bits.next(1):  # timing
        bits.next(64)
        if bits.next(1):
            bits.pass_unary()
        has_model = bits.next(1)
        if has_model:
            delay_bits = bits.next(5) + 1
            bits.next(42)
    has_display_delay = bits.next(1)
    for _ in range(bits.next(5) + 1):
        bits.next(12)
        if bits.next(5) > 7:  # the level; higher ones have two tiers
            bits.next(1)
        if has_model and bits.next(1):
            bits.next(2 * delay_bits + 1)
        if has_display_delay and bits.next(1):
            bits.next(4)


class _Bits:
    """Bits one after the other, the upper ones first; behind the end come zeros."""

    def __init__(self, content: bytes) -> None:
        self._number, self._left = int.from_bytes(content[:512].ljust(512, b"\0"), "big"), 8 * 512

    def next(self, count: int) -> int:
        """The next number, of so many bits."""
        if count > self._left:
            raise ValueError("bits are missing")
        self._left -= count
        return self._number >> self._left & ((1 << count) - 1)

    def pass_unary(self) -> None:
        """Go over a number that begins with as many zeros as it has bits behind its first one."""
        zeros = 0
        while not self.next(1):
            zeros += 1
        self.next(zeros)


def _profile(content: bytes) -> bytes:
    """An ICC profile of the code points; empty if there are none or they mean sRGB.

    What is unspecified is as in sRGB, and so are the curves of television, as in browsers.
    """
    at = content.find(_CODE_POINTS)
    codes = content[at + len(_CODE_POINTS) :][:4]
    if at < 0 or len(codes) < 4:
        return b""
    primaries, transfer = struct.unpack(">HH", codes)
    primaries = SRGB_CODES[0] if primaries == _UNSPECIFIED else primaries
    transfer = SRGB_CODES[1] if transfer in _SRGB_TRANSFERS else transfer
    if max(primaries, transfer) > 255 or (primaries, transfer) == SRGB_CODES:
        return b""
    return code_point_profile(bytes([primaries, transfer, 0, 1]))
