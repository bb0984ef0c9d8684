"""PNG and JPEG files of a stranger, stripped to what their pixels need.

Most of what can go wrong hides in the rest: texts that unpack a thousandfold, endless lists of notes, broken
EXIF. Pillow's own limits can be got around (texts without a keyword are not counted), and it shows missing
rows as black ones; so this is checked here before Pillow sees the file.
"""

import re
import struct
import zlib

MOST_PIXELS = 50_000_000
LARGEST_NOTES = 8 * 1024 * 1024
"""What the texts and the colour profile of a PNG may unpack to; real ones stay under 4 MB."""
MOST_SCANS = 50
"""How often a JPEG may go over its pixels; encoders make about ten scans, and one takes up to 50 ms."""
MOST_PARTS = 100_000
"""How many chunks or segments a file may have; a large PNG has a few thousand."""

TOO_MANY_PIXELS = "This picture has more than 50 million pixels; scale it down and try again."
TOO_SLOW = "This picture is packed in a way that takes too long to read; save it again with another program."
BLOATED = "This PNG carries texts or a colour profile of more than 8 MB; save it without them and try again."

PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples per pixel by colour type."""
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column, first row and steps of the seven passes of an interlaced PNG."""
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""What ends packed pixels: neither a stuffed zero, nor padding, nor a restart."""
_JPEG_END, _JPEG_SCAN, _JPEG_EXIF, _JPEG_COMMENT = 0xD9, 0xDA, 0xE1, 0xFE
_JPEG_WITHOUT_BODY = (0x01, 0xD8)
_JPEG_COLOUR_MODEL = (0xE0, 0xEE)
"""The application segments (JFIF, Adobe) that tell RGB from YCbCr and ink from light."""


class PictureError(Exception):
    """A file that can't be used as a picture; the message says why and what to do."""


def refuse_too_many_pixels(width: int, height: int) -> None:
    """Raise PictureError for a picture larger than MOST_PIXELS."""
    if width * height > MOST_PIXELS:
        raise PictureError(TOO_MANY_PIXELS)


def strip_png(content: bytes) -> tuple[bytes, bytes]:
    """The same picture with nothing but its pixels, palette and transparency; and its EXIF data.

    Pillow overlooks missing pixels and wrong checksums of pixels, so both are checked here. The frames of an
    animation after the first are left out.

    Raises:
        PictureError: the picture or its notes unpack to too much.
        Exception: of any kind, when the file is damaged.
    """
    chunks: dict[bytes, bytes] = {}
    pixels: list[bytes] = []
    notes, at, kind, parts = 0, len(PNG_START), b"", 0
    while kind != b"IEND":
        parts += 1
        if parts > MOST_PARTS:
            raise PictureError(TOO_SLOW)
        length, kind = struct.unpack_from(">I4s", content, at)
        body = content[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", content, at + 8 + length)
        if zlib.crc32(kind + body) != checksum:
            raise ValueError("a chunk's checksum does not fit")
        at += 12 + length
        if kind == b"IDAT":
            pixels.append(body)
        elif kind in {b"zTXt", b"iTXt", b"iCCP"}:
            notes += _unpacked_note(kind, body, limit=LARGEST_NOTES + 1)
            if notes > LARGEST_NOTES:
                raise PictureError(BLOATED)
        else:
            chunks.setdefault(kind, body)
    packed = b"".join(pixels)
    _refuse_missing_rows(chunks[b"IHDR"], packed)
    if b"tRNS" in chunks:
        chunks[b"tRNS"] = _transparency_in_bytes(chunks[b"IHDR"], chunks[b"tRNS"])
    kept = [_png_chunk(name, chunks[name]) for name in (b"IHDR", b"PLTE", b"tRNS") if name in chunks]
    kept += [_png_chunk(b"IDAT", packed), _png_chunk(b"IEND", b"")]
    return PNG_START + b"".join(kept), chunks.get(b"eXIf", b"")


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _unpacked_note(kind: bytes, body: bytes, limit: int) -> int:
    """How many bytes a text or a colour profile unpacks to, as far as the limit."""
    note = body.partition(b"\0")[2]
    if kind != b"iTXt":
        packed = note[1:]
    elif note.startswith(b"\1"):
        packed = note[2:].partition(b"\0")[2].partition(b"\0")[2]
    else:
        return len(body)
    try:
        return len(zlib.decompressobj().decompress(packed, limit))
    except zlib.error:
        return 0  # it is left out, so it need not be whole


def _refuse_missing_rows(header: bytes, packed: bytes) -> None:
    """Pillow shows missing rows as black ones."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    refuse_too_many_pixels(width, height)
    missing = 0
    for column, row, step_right, step_down in _ADAM7 if interlaced else ((0, 0, 1, 1),):
        columns = (width - column + step_right - 1) // step_right
        rows = (height - row + step_down - 1) // step_down
        if columns > 0 and rows > 0:
            missing += rows * (1 + (columns * depth * _PNG_SAMPLES[colour] + 7) // 8)
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


def strip_jpeg(content: bytes) -> tuple[bytes, bytes]:
    """The same picture with nothing but its pixels, tables and colour model; and its EXIF data.

    What follows the picture, such as the film of a "live" photo, is left out.

    Raises:
        PictureError: the pixels are gone over too often.
        Exception: of any kind, when the file is damaged.
    """
    kept, exif, scans, at = [b"\xff\xd8"], b"", 0, 2
    for _ in range(MOST_PARTS):
        found = _JPEG_MARKER.search(content, at)
        if found is None:
            raise ValueError("the end is missing")
        start, at, kind = found.start(), found.end(), content[found.end() - 1]
        if kind == _JPEG_END:
            return b"".join([*kept, found[0]]), exif
        if kind in _JPEG_WITHOUT_BODY:
            continue
        body, at = at + 2, at + struct.unpack_from(">H", content, at)[0]
        if kind == _JPEG_SCAN:
            scans += 1
            if scans > MOST_SCANS:
                raise PictureError(TOO_SLOW)
            after = _JPEG_MARKER.search(content, at)
            at = len(content) if after is None else after.start()
        if kind == _JPEG_EXIF and content.startswith(b"Exif\0\0", body):
            exif = exif or content[body:at]
        if kind in _JPEG_COLOUR_MODEL or not (0xE0 <= kind <= 0xEF or kind == _JPEG_COMMENT):
            kept.append(content[start:at])
    raise PictureError(TOO_SLOW)
