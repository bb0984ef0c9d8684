"""Which format a file has, told by its first bytes alone, never by its name."""

from PIL import features

from model.pictures.limits import PictureError, UnreadableError

PNG_START = b"\x89PNG\r\n\x1a\n"
HEAD_BYTES = 1024
"""As much of a file as is needed to tell its format."""

_STARTS = {PNG_START: "PNG", b"\xff\xd8\xff": "JPEG", b"GIF87a": "GIF", b"GIF89a": "GIF"}
_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_UNREAD_STARTS = {
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"8BPS": "Photoshop",
    b"gimp xcf": "GIMP",
    b"v/1\x01": "OpenEXR",
    b"qoif": "QOI",
    b"%PDF-": "PDF",
}


def readable_format(head: bytes) -> str | None:
    """PNG, JPEG, GIF, WebP, BMP or AVIF; None for anything else.

    Args:
        head: the first HEAD_BYTES of a file, or more.
    """
    for start, name in _STARTS.items():
        if head.startswith(start):
            return name
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WebP"
    # Many a text starts with these two letters, so the size of the header must fit as well.
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    return "AVIF" if _brands(head) & _AVIF_BRANDS and features.check("avif") else None


def unread_format(head: bytes) -> str | None:
    """The name of a format of pictures that is known but not read; None for anything else."""
    brands = _brands(head)
    if brands & _AVIF_BRANDS:
        return None if features.check("avif") else "AVIF"
    if brands & _HEIC_BRANDS:
        return "HEIC"
    for start, name in _UNREAD_STARTS.items():
        if head.startswith(start):
            return name
    beginning = head[:HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "SVG" if beginning.startswith(b"<") and b"<svg" in beginning else None


def format_or_refusal(content: bytes) -> str:
    """The format of a file that can be read.

    Raises:
        UnreadableError: it is no picture.
        PictureError: it is a picture of a format that is not read; the message names it where it is known.
    """
    known = readable_format(content)
    if known is not None:
        return known
    name = unread_format(content)
    if name == "HEIC":
        raise PictureError(
            "This is a HEIC picture, which is not read here; set the camera to "
            '"Most compatible" or save it as JPEG, and try again.'
        )
    if name is not None:
        raise PictureError(
            "This is not a PNG, JPEG, WebP, GIF or BMP picture; save it as one of these instead of "
            f"as {name} and try again."
        )
    raise UnreadableError(
        "This is not a PNG, JPEG, WebP, GIF or BMP picture; save it as one of these and try again."
    )


def _brands(head: bytes) -> set[bytes]:
    """What an ISO base media file (HEIC, AVIF, films) says it is compatible with."""
    if head[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(head[:4], "big"), len(head), HEAD_BYTES)
    return {head[8:12]} | {head[at : at + 4] for at in range(16, end - 3, 4)}
