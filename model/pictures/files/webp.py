"""WebP files of a stranger: where the first frame of an animation lies."""

from model.pictures.files.stripped import Placement, Stripped
from model.pictures.limits import MOST_PARTS

_ANIMATED = 0x02
"""The flag of an extended WebP that says that it has frames."""


def strip_webp(content: bytes) -> Stripped:
    """A WebP as it is, and where the first frame of an animation lies; Pillow fills up the rest."""
    at = 12
    canvas = (0, 0)
    for _ in range(MOST_PARTS):
        kind, length = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        body = content[at + 8 : at + 8 + min(length, 16)]
        if kind == b"VP8X" and len(body) >= 10 and body[0] & _ANIMATED:
            canvas = _uint24(body, 4) + 1, _uint24(body, 7) + 1
        elif kind == b"ANMF" and len(body) == 16:
            left, top = 2 * _uint24(body, 0), 2 * _uint24(body, 3)
            right, bottom = left + _uint24(body, 6) + 1, top + _uint24(body, 9) + 1
            return Stripped(content, placement=Placement(canvas, (left, top, right, bottom)))
        elif kind != b"ANIM" and not kind.startswith(b"ICC"):
            break
        at += 8 + length + length % 2
    return Stripped(content)


def _uint24(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 3], "little")
