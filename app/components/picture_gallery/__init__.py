"""The picture gallery: small pictures to choose from, and what to search them by."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.components import declare
from app.components.payload import pack

_mount = declare("picture_gallery", "payload", "paint")


PER_PAGE = 28


@dataclass(frozen=True)
class Search:
    """Something to search by.

    Attributes:
        name: what `on_search` is told.
        label: in the page.
        options: all values, for people.
        value: the present one.
        title: what it means, in a sentence.
    """

    name: str
    label: str
    options: list[str]
    value: str
    title: str


def picture_gallery(
    numbers: NDArray[np.int64],
    picture: Callable[[int], NDArray[np.uint8]],
    chosen: int,
    *,
    search: list[Search],
    on_pick: Callable[[int], None],
    on_search: Callable[[str, str], None],
    key: str,
) -> None:
    """Show the page of pictures with the chosen one on it, steps to all others, and what to search by.

    Args:
        numbers: (count,) what each is called, in order.
        picture: gives the one at a place in `numbers`, (height, width, 3) bytes, all of one size.
        chosen: the number of the one that is marked.
        search: what the pictures can be searched by.
        on_pick: called with a number before the next script run, when the visitor picks one.
        on_search: the same, with the name and the new value of a search.
        key: of the component on the page.
    """

    def picked() -> None:
        on_pick(int(st.session_state[key]["picked"]["number"]))

    def searched() -> None:
        search = st.session_state[key]["searched"]
        on_search(str(search["name"]), str(search["value"]))

    first = int(np.flatnonzero(numbers == chosen)[0]) // PER_PAGE * PER_PAGE
    pictures = np.stack([picture(i) for i in range(first, min(first + PER_PAGE, len(numbers)))])
    count, height, width, _ = pictures.shape
    header = {
        "count": count,
        "height": height,
        "width": width,
        "chosen": chosen,
        "first": first,
        "perPage": PER_PAGE,
        "search": [asdict(each) for each in search],
    }
    data = pack(header, pictures=pictures, all=numbers.astype(np.int32))
    _mount(data=data, key=key, on_picked_change=picked, on_searched_change=searched)
