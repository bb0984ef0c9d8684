"""PNG files of a stranger, stripped to what their pixels need.

Most of what can go wrong hides in the rest: texts that unpack a thousandfold, endless lists of notes, broken
EXIF. Pillow's own limits can be got around (texts without a keyword are not counted), and it shows missing
rows as black ones; so this is checked here before Pillow sees the file.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from model.pictures.colour import code_point_profile, gamma_profile, is_profile
from model.pictures.files.formats import PNG_START
from model.pictures.files.stripped import Placement, Stripped
from model.pictures.limits import MOST_PARTS, TOO_SLOW, PictureError, refuse_too_many_pixels

LARGEST_NOTES = 8 * 1024 * 1024
"""What the texts and the colour profile of a PNG may unpack to; real ones stay under 4 MB."""
BLOATED = "This PNG carries texts or a colour profile of more than 8 MB; save it without them and try again."

_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples per pixel by colour type."""
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column, first row and steps of the seven passes of an interlaced PNG."""
_PIXELS = {b"IDAT", b"fdAT"}
_PACKED_NOTES = {b"zTXt", b"iTXt", b"iCCP"}
_ANCILLARY = 0x20
"""The bit of a chunk's first letter that says that it may be overlooked."""
_SRGB_INTENTS = (b"\0", b"\1", b"\2", b"\3")


@dataclass
class _Chunks:
    """What is needed of a PNG.

    Attributes:
        single: the first chunk of each other kind before the pixels, iCCP unpacked.
        still: the packed pixels of the default picture.
        control: the fcTL chunk of an animation's first frame if that is not the default picture.
        first: the packed pixels of that frame.
    """

    single: dict[bytes, bytes] = field(default_factory=dict)
    still: list[bytes] = field(default_factory=list)
    control: bytes = b""
    first: list[bytes] = field(default_factory=list)


def strip_png(content: bytes) -> Stripped:
    """The same picture with nothing but its pixels, palette and transparency; its EXIF data and colours.

    Pillow overlooks missing pixels and wrong checksums of pixels, so both are checked here. Of an animation
    the first frame is kept, which need not be the default picture.

    Raises:
        PictureError: the picture or its notes unpack to too much.
        Exception: of any kind, when the file is damaged.
    """
    chunks = _read_chunks(content)
    single = chunks.single
    header, packed, placement = single[b"IHDR"], b"".join(chunks.still), None
    refuse_too_many_pixels(*struct.unpack_from(">II", header))
    if any(single.get(b"acTL", b"")[:4]) and b"fcTL" not in single:
        header, placement = _placed(header, chunks.control)
        packed = b"".join(chunks.first)
    _refuse_missing_rows(header, packed)
    if b"tRNS" in single:
        single[b"tRNS"] = _transparency_in_bytes(header, single[b"tRNS"])
    kept = [PNG_START, _chunk(b"IHDR", header)]
    kept += [_chunk(name, single[name]) for name in (b"PLTE", b"tRNS") if name in single]
    kept += [_chunk(b"IDAT", packed), _chunk(b"IEND", b"")]
    return Stripped(b"".join(kept), single.get(b"eXIf", b""), _profile(single), placement)


def _read_chunks(content: bytes) -> _Chunks:
    found, notes = _Chunks(), 0
    for kind, body in _chunks(content):
        if kind in _PACKED_NOTES:
            unpacked = _unpacked_note(kind, body, limit=LARGEST_NOTES + 1)
            notes += len(unpacked)
            if notes > LARGEST_NOTES:
                raise PictureError(BLOATED)
            body = unpacked  # noqa: PLW2901
        if kind == b"IDAT":
            found.still.append(body)
        elif not found.still:
            if kind != b"cICP" or b"PLTE" not in found.single:
                found.single.setdefault(kind, body)
        elif kind == b"fcTL":
            if found.first:
                break  # the second frame begins
            found.control = found.control or body
        elif kind == b"fdAT" and found.control:
            found.first.append(body[4:])  # after its place in the sequence
    return found


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each chunk as far as the end, or as far as the file goes.

    Chunks that may be overlooked are left out if their checksum is wrong, as browsers do. The last chunk of
    pixels may be cut; whether pixels are missing is seen later.

    Raises:
        ValueError: the checksum of another chunk is wrong.
        PictureError: there are too many.
    """
    at = len(PNG_START)
    for _ in range(MOST_PARTS):
        if len(content) < at + 8:
            return
        length, kind = struct.unpack_from(">I4s", content, at)
        if kind == b"IEND":
            return
        body = content[at + 8 : at + 8 + length]
        checksum = content[at + 8 + length : at + 12 + length]
        at += 12 + length
        is_cut = len(checksum) < 4 and kind in _PIXELS
        if is_cut or checksum == zlib.crc32(body, zlib.crc32(kind)).to_bytes(4, "big"):
            yield kind, body
        elif not kind[0] & _ANCILLARY:
            raise ValueError("a chunk's checksum does not fit")
    raise PictureError(TOO_SLOW)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def _placed(header: bytes, control: bytes) -> tuple[bytes, Placement]:
    """The header of an animation's frame as of a picture of its own, and its place in the whole.

    Raises:
        ValueError: the frame is missing or juts out.
    """
    whole = struct.unpack_from(">II", header)
    if not control:
        raise ValueError("the first frame is missing")
    width, height, left, top = struct.unpack_from(">IIII", control, 4)
    if left + width > whole[0] or top + height > whole[1]:
        raise ValueError("the first frame juts out")
    return control[4:12] + header[8:], Placement(
        (whole[0], whole[1]), (left, top, left + width, top + height)
    )


def _profile(single: dict[bytes, bytes]) -> bytes:
    """The ICC profile of the colours, by the chunk that counts: cICP, iCCP, sRGB, gAMA with cHRM."""
    profile = code_point_profile(single.get(b"cICP", b""))
    if profile:
        return profile
    if is_profile(single.get(b"iCCP", b"")):
        return single[b"iCCP"]
    if single.get(b"sRGB") in _SRGB_INTENTS:
        return b""
    return gamma_profile(single.get(b"gAMA", b""), single.get(b"cHRM", b""))


def _unpacked_note(kind: bytes, body: bytes, limit: int) -> bytes:
    """What a text or a colour profile unpacks to, as far as the limit; nothing if it is broken."""
    note = body.partition(b"\0")[2]
    if kind != b"iTXt":
        packed = note[1:]
    elif note.startswith(b"\1"):
        packed = note[2:].partition(b"\0")[2].partition(b"\0")[2]
    else:
        return body
    try:
        return zlib.decompressobj().decompress(packed, limit)
    except zlib.error:
        return b""


def _refuse_missing_rows(header: bytes, packed: bytes) -> None:
    """Pillow shows missing rows as black ones."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    missing = 0
    for column, row, step_right, step_down in _ADAM7 if interlaced else ((0, 0, 1, 1),):
        columns = (width - column + step_right - 1) // step_right
        rows = (height - row + step_down - 1) // step_down
        if columns > 0 and rows > 0:
            missing += rows * (1 + (columns * depth * _SAMPLES[colour] + 7) // 8)
    unpacker = zlib.decompressobj()
    for start in range(0, len(packed), 65536):
        piece = packed[start : start + 65536]
        while piece and missing > 0:
            missing -= len(unpacker.decompress(piece, 1 << 20))
            piece = unpacker.unconsumed_tail
        if missing <= 0 or unpacker.eof:
            break
    if missing > len(unpacker.flush()):
        raise ValueError("rows are missing")


def _transparency_in_bytes(header: bytes, transparency: bytes) -> bytes:
    """The transparent colour on the scale of the decoded pixels.

    Pillow brings pixels of 2 and 4 bits up to bytes and RGB of 16 bits down to bytes, but compares them with
    the colour as it is in the file.
    """
    depth, colour = header[8], header[9]
    if colour == 0 and depth in {2, 4}:
        (grey,) = struct.unpack_from(">H", transparency)
        most = 2**depth - 1
        return struct.pack(">H", (grey & most) * 255 // most)
    if colour == 2 and depth == 16:
        return struct.pack(">3H", *(value >> 8 for value in struct.unpack_from(">3H", transparency)))
    return transparency
