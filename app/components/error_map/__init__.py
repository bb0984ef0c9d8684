"""Error by rank: over the whole training as a map, and at one moment of it as a curve."""

from app.components import declare
from app.components.live_chart import Line
from app.components.payload import pack

_mount = declare("error_map")


def error_map(author: Line, *, key: str) -> None:
    """Show the map and the curve of the run that the page's training feed publishes.

    Args:
        author: the author's error (L2 norm) by rank, drawn behind the curve if the run has as many units.
        key: of the component on the page.
    """
    _mount(data=pack({"author": {"name": author.name, "x": list(author.x), "y": list(author.y)}}), key=key)
