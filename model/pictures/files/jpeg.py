"""JPEG files of a stranger, stripped to what their pixels need.

Endless lists of notes, scans that go over the same pixels again and again, and films behind the picture end
here, before Pillow sees the file.
"""

import re
import struct

from model.pictures.files.stripped import Stripped
from model.pictures.limits import MOST_PARTS, TOO_SLOW, PictureError

MOST_SCANS = 50
"""How often a JPEG may go over its pixels; encoders make about ten scans, and one takes up to 50 ms."""

_START, _END = b"\xff\xd8", b"\xff\xd9"
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""What ends packed pixels: neither a stuffed zero, nor padding, nor a restart."""
_KIND_END, _KIND_SCAN, _KIND_EXIF, _KIND_PROFILE, _KIND_COMMENT = 0xD9, 0xDA, 0xE1, 0xE2, 0xFE
_KINDS_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_WITHOUT_BODY = (0x01, 0xD8)
_COLOUR_MODEL = (0xE0, 0xEE)
"""The application segments (JFIF, Adobe) that tell RGB from YCbCr."""
_EXIF_START, _PROFILE_START = b"Exif\0\0", b"ICC_PROFILE\0"
_COEFFICIENTS = 64
_OTHER_BITS = bytes(range(0xAA, 0xFF)) + bytes(range(1, 0xAA))
"""Put where the end of a file is missing; a decoder without data goes on with zeros instead."""


def strip_jpeg(content: bytes) -> Stripped:
    """The same picture with nothing but its pixels, tables and colour model; its EXIF data and ICC profile.

    What follows the picture, such as the film of a "live" photo, is left out. If the marker of the end is
    missing, it is added, and `twin` tells whether pixels are missing as well.

    Raises:
        PictureError: the pixels are gone over too often.
        Exception: of any kind, when the file is damaged.
    """
    kept, at = [_START], 2
    exif, frame = b"", b""
    profile_parts: dict[tuple[int, int], bytes] = {}
    scans: list[bytes] = []
    for _ in range(MOST_PARTS):
        found = _MARKER.search(content, at)
        if found is None:
            return _with_an_end(b"".join(kept), exif, _joined(profile_parts), frame, scans)
        start, at, kind = found.start(), found.end(), content[found.end() - 1]
        if kind == _KIND_END:
            return Stripped(b"".join([*kept, _END]), exif, _joined(profile_parts))
        if kind in _WITHOUT_BODY:
            continue
        body, at = at + 2, at + struct.unpack_from(">H", content, at)[0]
        if kind == _KIND_SCAN:
            scans.append(content[body:at])
            if len(scans) > MOST_SCANS:
                raise PictureError(TOO_SLOW)
            after = _MARKER.search(content, at)
            at = len(content) if after is None else after.start()
        elif kind == _KIND_EXIF and content.startswith(_EXIF_START, body):
            exif = exif or content[body + len(_EXIF_START) : at]
        elif kind == _KIND_PROFILE and content.startswith(_PROFILE_START, body):
            part = content[body + len(_PROFILE_START) : at]
            profile_parts.setdefault((part[0], part[1]), part[2:])
        elif kind in _KINDS_OF_FRAME:
            frame = content[body:at]
        if kind in _COLOUR_MODEL or not (0xE0 <= kind <= 0xEF or kind == _KIND_COMMENT):
            kept.append(content[start:at])
    raise PictureError(TOO_SLOW)


def _joined(parts: dict[tuple[int, int], bytes]) -> bytes:
    """An ICC profile from its segments, each with its number and how many there are; empty if one lacks."""
    if sorted(parts) != [(number, len(parts)) for number in range(1, len(parts) + 1)]:
        return b""
    return b"".join(parts[place] for place in sorted(parts))


def _with_an_end(kept: bytes, exif: bytes, profile: bytes, frame: bytes, scans: list[bytes]) -> Stripped:
    """A picture whose marker of the end is missing.

    Raises:
        ValueError: not all scans are there.
    """
    if not _is_complete(frame, scans):
        raise ValueError("scans are missing")
    kept = kept.rstrip(b"\xff")
    return Stripped(kept + _END, exif, profile, twin=kept + _OTHER_BITS + _END)


def _is_complete(frame: bytes, scans: list[bytes]) -> bool:
    """Whether the scans bring every coefficient of every component down to its last bit."""
    missing = {(component, k) for component in frame[6::3] for k in range(_COEFFICIENTS)}
    for scan in scans:
        spectrum = 1 + 2 * scan[0]
        first, last, bits = scan[spectrum : spectrum + 3]
        if bits & 15 == 0:
            missing -= {(component, k) for component in scan[1:spectrum:2] for k in range(first, last + 1)}
    return bool(scans) and not missing
