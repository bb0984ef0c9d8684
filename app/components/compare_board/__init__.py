"""The board of the page Compare: verdict, curves, a patch and a picture by every side, filters in pairs."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from app.components import declare
from app.components.payload import pack

_mount = declare("compare_board")


def compare_board(
    header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], *, rank: int | None, key: str
) -> None:
    """Show the board.

    Args:
        header: as `app.compare.payload.board_data` makes it.
        arrays: of the same.
        rank: where to start, from 1; None stays where the visitor last was.
        key: of the component on the page.
    """
    _mount(data=pack({**header, "rank": rank}, **arrays), key=key)
