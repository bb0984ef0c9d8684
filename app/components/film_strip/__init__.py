"""The film strip: what the first ranks bring, side by side; each of them can be switched off."""

from app.components import declare

_mount = declare("film_strip")


def film_strip(*, key: str) -> None:
    """Show the strip for the patch that the page's player shows."""
    _mount(key=key)
