"""What a visitor looks at: model, picture, patch, unit, rank, talk.

What the address does not say is taken from what this visitor chose before, because the address loses its
parameters when the page is changed.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

import streamlit as st

from app.state.url import change_link, from_link, one_of, put_into_link, thousandths, whole_number

Value = TypeVar("Value", str, int)

OWN = "own"
"""The split that holds the visitor's own pictures."""

_CHOICES = "choices"
_ALL_CLASSES = "all_classes"


def chosen_model(names: Sequence[str]) -> str:
    """Which model is looked at; the first one unless the visitor chose another."""
    return _choice("model", one_of(names), names[0])


def chosen_split(*, has_own: bool) -> str:
    """'test' (the default), 'train', or OWN; the last only where the visitor has pictures of their own."""
    return _choice("split", one_of(["test", "train", *([OWN] if has_own else [])]), "test")


def chosen_image(numbers: Iterable[int], default: int, pictures: str = "") -> int:
    """The number of a picture, one of `numbers`; `pictures` as `own_pictures` gives it."""
    options = {str(n) for n in numbers}
    return int(_choice("image", one_of(options), str(default), memory=f"{pictures} image".strip()))


def chosen_unit(n_units: int, default: int) -> int:
    """The unit that is looked at closely; `default` unless the visitor chose another."""
    return _choice("unit", whole_number(0, n_units - 1), default)


def chosen_place(height: int, width: int, patch_size: int, picture: str = "") -> tuple[int, int]:
    """Row and column of the patch's upper left pixel; the middle unless the visitor chose another.

    `picture` tells pictures apart whose places are remembered separately, an upload from the others.
    """
    places = []
    for name, length in (("row", height), ("col", width)):
        parse = whole_number(0, length - patch_size)
        places.append(_choice(name, parse, (length - patch_size) // 2, memory=f"{picture} {name}".strip()))
    return places[0], places[1]


def linked_rank(n_units: int) -> int | None:
    """The rank that the page's address names; None if it names none, or nonsense.

    The browser keeps it from then on: moving through ranks does not reach the server.
    """
    return from_link("k", whole_number(1, n_units))


def linked_mode(modes: Sequence[str]) -> str:
    """The way to spend units that the page's address names; the first one if it names none, or nonsense."""
    return from_link("mode", one_of(modes)) or modes[0]


def linked_budget(most: int) -> int | None:
    """The number of units to spend that the page's address names, 0 to `most`."""
    return from_link("budget", whole_number(0, most))


def linked_error(default: float) -> float:
    """The error of a patch that the page's address allows; `default` if it names none, or nonsense."""
    allowed = from_link("error", thousandths)
    return default if allowed is None else allowed / 1000


def linked_unit(n_units: int) -> int:
    """The unit that the page's address names; the first one if it names none, or nonsense."""
    return from_link("unit", whole_number(0, n_units - 1)) or 0


def chosen_stride(options: Collection[int], side_by_side: int) -> int:
    """Pixels from patch to patch, one of `options`; `side_by_side` unless the visitor chose another."""
    named = from_link("stride", one_of([str(option) for option in options]))
    remembered = _choices().get(f"stride of {side_by_side}", side_by_side)
    stride = int(named or remembered)
    return stride if stride in options else side_by_side


def choose_stride(stride: int, side_by_side: int) -> None:
    """Record which stride the visitor chose; side by side is not put into the link."""
    _choices()[f"stride of {side_by_side}"] = stride
    change_link({"stride": None if stride == side_by_side else str(stride), "budget": None})


def chosen_talk(check: Callable[[str], str]) -> str:
    """The beats of the visitor's own talk, as a link carries them; '' for the whole story.

    `check` gives the text back, or raises ValueError if it is none.
    """
    talk = from_link("talk", check)
    if talk is None:
        talk = str(_choices().get("talk", ""))
    _choices()["talk"] = talk
    if talk:
        put_into_link("talk", talk)
    return talk


def choose_talk(talk: str) -> None:
    """Change the beats, for use in callbacks; '' takes the whole story."""
    _choices()["talk"] = talk
    change_link({"talk": talk or None, "beat": None})


def choose(memory: str = "", **values: str | int) -> None:
    """Record what the visitor chose, for use in callbacks; `memory` as in `chosen_place`."""
    choices = _choices()
    for name, value in values.items():
        choices[f"{memory} {name}".strip()] = value
    change_link({name: str(value) for name, value in values.items()})


def all_classes() -> bool:
    """Whether the gallery shows pictures of every class; else only those of the chosen picture's."""
    return bool(st.session_state.get(_ALL_CLASSES, False))


def set_all_classes(wanted: bool) -> None:
    """Remember what `all_classes` says."""
    st.session_state[_ALL_CLASSES] = wanted


def choose_model(name: str) -> None:
    """Look at another model, for use in callbacks.

    Rank, unit and place leave the link, because the other model may not have them; where it does, they are
    remembered.
    """
    _choices()["model"] = name
    change_link({"model": name, **dict.fromkeys(("k", "unit", "row", "col", "stride", "budget"))})


def look_at(split: str, image: int) -> None:
    """Choose another picture, for use in callbacks; the patch goes where it last was in that picture."""
    choices = _choices()
    choices["split"] = split
    choices[f"{own_pictures(split)} image".strip()] = image
    change_link({"split": split, "image": str(image), "row": None, "col": None, "budget": None})


def forget_place(split: str, image: int) -> None:
    """Let places in a picture begin anew, because its pixels have changed."""
    for name in ("row", "col"):
        _choices().pop(f"{own_pictures(split, image)} {name}", None)
    change_link(dict.fromkeys(("row", "col", "budget", "stride")))


def look_at_first() -> None:
    """Look at the first test picture again: the one looked at is gone."""
    _choices()["split"] = "test"
    change_link(dict.fromkeys(("split", "image", "row", "col", "budget")))


def own_pictures(split: str, image: int | None = None) -> str:
    """What tells the visitor's own pictures, or one of them, from CIFAR-10's in memory."""
    if split != OWN:
        return ""
    return OWN if image is None else f"{OWN} {image}"


def _choices() -> dict[str, str | int]:
    """What this visitor has chosen so far, by what it is remembered as."""
    choices: dict[str, str | int] = st.session_state.setdefault(_CHOICES, {})
    return choices


def _choice(name: str, parse: Callable[[str], Value], default: Value, memory: str = "") -> Value:
    """The link's value, else the remembered one, else the default; kept in link and memory."""
    choices = _choices()
    memory = memory or name
    value = from_link(name, parse)
    if value is None:
        try:
            value = parse(str(choices[memory]))
        except (KeyError, ValueError):
            value = default
    choices[memory] = value
    put_into_link(name, str(value))
    return value


def forget_model(name: str) -> None:
    """Look at a model no longer: it is gone."""
    if _choices().get("model") == name:
        del _choices()["model"]
    if st.query_params.get("model") == name:
        change_link({"model": None})
