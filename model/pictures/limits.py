"""What a stranger's file may ask for, and the error that says so."""

MOST_PIXELS = 50_000_000
MOST_PARTS = 100_000
"""How many chunks or segments a file may have; a large PNG has a few thousand."""

TOO_MANY_PIXELS = "This picture has more than 50 million pixels; scale it down and try again."
TOO_SLOW = "This picture is packed in a way that takes too long to read; save it again with another program."


class PictureError(Exception):
    """A file that can't be used as a picture; the message says why and what to do, in one sentence."""


class UnreadableError(PictureError):
    """A file that is no picture at all, or a damaged one."""


class TooSmallError(PictureError):
    """A picture that has less pixels along a side than one patch."""


def refuse_too_many_pixels(width: int, height: int) -> None:
    """Raise PictureError if `width` times `height`, in pixels, is more than MOST_PIXELS."""
    if width * height > MOST_PIXELS:
        raise PictureError(TOO_MANY_PIXELS)


def named(name: object, error: PictureError) -> str:
    """The error's sentence as one on a file of that name."""
    text = str(error)
    return f"{name} can't be read as a picture: {text[0].lower()}{text[1:]}"
