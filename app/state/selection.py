"""What a visitor looks at: model, picture, patch, unit, rank, talk.

A value comes from the page's address (the link); where the link has none, from what this visitor chose
before, which is kept in the session because a change of page drops the link's parameters; else it is a
default.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

import streamlit as st

from app.state.url import change_link, from_link, linked_text, one_of, thousandths, whole_number

Value = TypeVar("Value", str, int)

OWN = "own"
"""The split that holds the visitor's uploads."""

_STANDARD_TALK = "standard"
_CHOICES = "choices"
_ALL_CLASSES = "all_classes"


def chosen_model(names: Sequence[str]) -> str:
    """The name of the chosen model, one of `names`; by default the first."""
    return _choice("model", one_of(names), names[0])


def chosen_coder(options: Sequence[str]) -> str:
    """How units are chosen, one of `options`; the first without a choice."""
    coder = from_link("coder", one_of(options)) or str(_choices().get("coder", ""))
    coder = coder if coder in options else options[0]
    if len(options) > 1:  # else it is no choice, which other models would be shown with too
        _choices()["coder"] = coder
    change_link({"coder": coder})
    return coder


def choose_coder(coder: str) -> None:
    """Record how units are to be chosen, for use in callbacks."""
    _choices()["coder"] = coder
    change_link({"coder": coder, "budget": None})


def chosen_split(*, has_own: bool) -> str:
    """The chosen split: 'test' (the default), 'train', or, if `has_own`, OWN."""
    return _choice("split", one_of(["test", "train", *([OWN] if has_own else [])]), "test")


def chosen_image(numbers: Iterable[int], default: int, scope: str = "") -> int:
    """The number of the chosen picture.

    Args:
        numbers: those that can be chosen.
        default: the number without a choice, one of `numbers`.
        scope: `memory_scope` of the split.
    """
    options = {str(n) for n in numbers}
    return int(_choice("image", one_of(options), str(default), scope))


def chosen_unit(n_units: int, default: int) -> int:
    """The unit that is shown in detail.

    Args:
        n_units: of the model; units are numbered from 0.
        default: the unit without a choice, 0 to n_units - 1.
    """
    return _choice("unit", whole_number(0, n_units - 1), default)


def chosen_place(height: int, width: int, patch_size: int, scope: str = "") -> tuple[int, int]:
    """Row and column of the chosen patch's upper left pixel; by default the patch in the middle.

    Args:
        height: of the picture in pixels.
        width: of the picture in pixels.
        patch_size: height and width of a patch in pixels, at most the picture's.
        scope: `memory_scope` of the picture.
    """
    places = []
    for name, length in (("row", height), ("col", width)):
        most = length - patch_size
        places.append(_choice(name, whole_number(0, most), most // 2, scope))
    return places[0], places[1]


def linked_rank(n_units: int) -> int | None:
    """The rank in the link, 1 to `n_units`; None if there is none, or it is invalid.

    The browser keeps it from then on: moving through ranks does not reach the server.
    """
    return from_link("k", whole_number(1, n_units))


def linked_mode(modes: Sequence[str]) -> str:
    """The image player's mode in the link, one of `modes`; the first if there is none, or it is invalid."""
    return from_link("mode", one_of(modes)) or modes[0]


def linked_budget(most: int) -> int | None:
    """The budget of units in the link, 0 to `most`; None if there is none, or it is invalid."""
    return from_link("budget", whole_number(0, most))


def linked_error(default: float) -> float:
    """The error bound in the link, 0 to 100; `default` if there is none, or it is invalid."""
    allowed = from_link("error", thousandths)
    return default if allowed is None else allowed / 1000


def linked_unit(n_units: int) -> int:
    """The unit in the link, 0 to n_units - 1; 0 if there is none, or it is invalid."""
    return from_link("unit", whole_number(0, n_units - 1)) or 0


def chosen_stride(options: Collection[int], patch_size: int) -> int:
    """The chosen distance in pixels from patch to patch.

    Args:
        options: strides that can be chosen.
        patch_size: height and width of a patch in pixels; the default, patches side by side.
    """
    named = from_link("stride", one_of([str(option) for option in options]))
    stride = int(named or _choices().get(_stride_memory(patch_size), patch_size))
    if stride not in options:
        stride = patch_size
    _choices()[_stride_memory(patch_size)] = stride
    change_link({"stride": str(stride)})
    return stride


def choose_stride(stride: int, patch_size: int) -> None:
    """Record the chosen stride, for use in callbacks.

    Args:
        stride: pixels from patch to patch, 1 to `patch_size`.
        patch_size: height and width of a patch in pixels.
    """
    _choices()[_stride_memory(patch_size)] = stride
    change_link({"stride": str(stride), "budget": None})


def chosen_talk(check: Callable[[str], str]) -> str:
    """The beats of the visitor's own talk, as a link carries them; '' for the standard talk.

    The link names the standard talk too: a step back to one without a talk would bring back the talk that the
    session remembers, and so undo itself.

    Args:
        check: returns its argument, or raises ValueError if that is not a talk.
    """

    def parse(text: str) -> str:
        return text if text == _STANDARD_TALK else check(text)

    talk = _choice("talk", parse, _STANDARD_TALK)
    return "" if talk == _STANDARD_TALK else talk


def choose_talk(talk: str) -> None:
    """Record other beats, for use in callbacks; '' for the standard talk."""
    _choices()["talk"] = talk or _STANDARD_TALK
    change_link({"talk": talk or _STANDARD_TALK, "beat": None})


def choose(scope: str = "", **values: str | int) -> None:
    """Record choices, for use in callbacks.

    Args:
        scope: `memory_scope` of the picture that they belong to; '' for choices that belong to none.
        values: by the name of the link's parameter: row, col, unit.
    """
    choices = _choices()
    for name, value in values.items():
        choices[_memory(scope, name)] = value
    change_link({name: str(value) for name, value in values.items()})


def shows_all_classes() -> bool:
    """Whether the gallery shows pictures of every class, or only those of the chosen picture's."""
    return bool(st.session_state.get(_ALL_CLASSES, False))


def set_shows_all_classes(wanted: bool) -> None:
    """Set what `shows_all_classes` returns."""
    st.session_state[_ALL_CLASSES] = wanted


def choose_model(name: str) -> None:
    """Record another model, for use in callbacks.

    Coder, rank, unit and place are removed from the link, because the other model may not have them; where it
    has, they come back from the session.
    """
    _choices()["model"] = name
    change_link({"model": name, **dict.fromkeys(("coder", "k", "unit", "row", "col", "stride", "budget"))})


def choose_picture(split: str, image: int) -> None:
    """Record another picture, for use in callbacks; the patch is the one last chosen in that picture.

    Args:
        split: 'train', 'test' or OWN.
        image: its number in that split.
    """
    choices = _choices()
    choices["split"] = split
    choices[_memory(memory_scope(split), "image")] = image
    change_link({"split": split, "image": str(image), "row": None, "col": None, "budget": None})


def choose_default_picture() -> None:
    """Record that the picture without any choice is shown again, because the chosen one is gone."""
    _choices()["split"] = "test"
    change_link(dict.fromkeys(("split", "image", "row", "col", "budget")))


def reset_place(split: str, image: int) -> None:
    """Discard the place chosen in a picture, because its pixels have changed.

    Args:
        split: 'train', 'test' or OWN.
        image: its number in that split.
    """
    for name in ("row", "col"):
        _choices().pop(_memory(memory_scope(split, image), name), None)
    change_link(dict.fromkeys(("row", "col", "budget", "stride")))


def discard_model(name: str) -> None:
    """Drop the choice of a model that has been deleted; no-op if another one is chosen."""
    if _choices().get("model") == name:
        del _choices()["model"]
    if linked_text("model") == name:
        change_link({"model": None})


def memory_scope(split: str, image: int | None = None) -> str:
    """The scope under which choices are kept apart: uploads have other numbers and sizes than CIFAR-10.

    Args:
        split: 'train', 'test' or OWN.
        image: number of an upload; None for all of them.

    Returns:
        '' for CIFAR-10, whose pictures share one place.
    """
    if split != OWN:
        return ""
    return OWN if image is None else f"{OWN} {image}"


def _memory(scope: str, name: str) -> str:
    return f"{scope} {name}".strip()


def _stride_memory(patch_size: int) -> str:
    return f"stride of {patch_size}"


def _choices() -> dict[str, str | int]:
    """This visitor's choices so far, by `_memory`."""
    choices: dict[str, str | int] = st.session_state.setdefault(_CHOICES, {})
    return choices


def _choice(name: str, parse: Callable[[str], Value], default: Value, scope: str = "") -> Value:
    """The link's value, else the session's, else the default; then kept in link and session."""
    choices, memory = _choices(), _memory(scope, name)
    value = from_link(name, parse)
    if value is None:
        try:
            value = parse(str(choices[memory]))
        except (KeyError, ValueError):
            value = default
    choices[memory] = value
    change_link({name: str(value)})
    return value
