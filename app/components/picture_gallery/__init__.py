"""The picture gallery: small pictures to choose from, and what to search them by."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.components import declare
from app.components.payload import pack
from app.components.triggers import read_trigger

_mount = declare("picture_gallery")


PER_PAGE = 28


@dataclass(frozen=True)
class Search:
    """Something to search by.

    Attributes:
        name: what `on_search` is called with.
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


class Picked(msgspec.Struct, frozen=True):
    """The number of the picture that the visitor has picked."""

    number: int


class Searched(msgspec.Struct, frozen=True):
    """The name of a `Search` and its new value."""

    name: str
    value: str


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
        numbers: (count,) the pictures' numbers, in order.
        picture: gives the one at a place in `numbers`, (height, width, 3) bytes, all of one size.
        chosen: the number of the one that is marked.
        search: what the pictures can be searched by.
        on_pick: called with one of `numbers` before the next script run, when the visitor picks a picture.
        on_search: the same, with the name of a search and the one of its options that the visitor chooses.
        key: of the component on the page.
    """

    def picked() -> None:
        pick = read_trigger(key, "picked", Picked)
        if pick and pick.number in numbers:
            on_pick(pick.number)

    def searched() -> None:
        wanted = read_trigger(key, "searched", Searched)
        if wanted and any(wanted.name == each.name and wanted.value in each.options for each in search):
            on_search(wanted.name, wanted.value)

    data = _payload(numbers, picture, chosen, search)
    _mount(data=data, key=key, on_picked_change=picked, on_searched_change=searched)


def _payload(
    numbers: NDArray[np.int64], picture: Callable[[int], NDArray[np.uint8]], chosen: int, search: list[Search]
) -> bytes:
    """The page of pictures with the chosen one on it, packed."""
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
    return pack(header, pictures=pictures, all=numbers.astype(np.int32))
