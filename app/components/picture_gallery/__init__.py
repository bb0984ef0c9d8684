"""The picture gallery: small pictures to choose from."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.components import declare
from app.components.payload import pack

_mount = declare("picture_gallery")


def picture_gallery(
    pictures: NDArray[np.uint8],
    numbers: NDArray[np.int64],
    chosen: int,
    *,
    on_pick: Callable[[int], None],
    key: str,
) -> None:
    """Show pictures as buttons.

    Args:
        pictures: (count, height, width, 3) bytes.
        numbers: (count,) what each is called.
        chosen: the number of the one that is marked.
        on_pick: called with a number before the next script run, when the visitor picks one.
        key: of the component on the page.
    """

    def picked() -> None:
        on_pick(int(st.session_state[key]["number"]))

    count, height, width, _ = pictures.shape
    header = {"count": count, "height": height, "width": width, "chosen": chosen}
    data = pack(header, pictures=pictures, numbers=numbers.astype(np.int32))
    _mount(data=data, key=key, on_number_change=picked)
