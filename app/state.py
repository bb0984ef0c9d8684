"""What a visitor has chosen: the only file that names session-state keys and URL parameters.

The page's address is the truth, so that a copied link reopens what was seen. What it does not say is taken
from what this visitor chose before, because the address loses its parameters when the page is changed. A
value that makes no sense is dropped with a short notice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray

Value = TypeVar("Value", str, int)

MODEL_SWITCH = "model_switch"
SPLIT_SWITCH = "split_switch"
CLASS_SWITCH = "class_switch"
UPLOADER = "uploader"
TRAINING_SETTINGS = ("rule", "seed", "step_size", "patches")

_PARAMETERS = {"model", "split", "image", "row", "col", "k"}
_CHOICES = "choices"
_UPLOAD = "upload"
_STARTED_RUN = "started_run"
_NOTICES = "notices"


@dataclass(frozen=True)
class Upload:
    """A picture of the visitor's own, kept in this session only."""

    name: str
    picture: NDArray[np.uint8]


def chosen_model(names: Sequence[str]) -> str:
    """Which model is looked at; the first one unless the visitor chose another."""
    return _choice("model", one_of(names), names[0])


def chosen_split() -> str:
    """'test' (the default) or 'train'."""
    return _choice("split", one_of(("test", "train")), "test")


def chosen_image(numbers: NDArray[np.int64], default: int) -> int:
    """The number of a picture, one of `numbers`."""
    return int(_choice("image", one_of([str(n) for n in numbers]), str(default)))


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
    return _from_link("k", whole_number(1, n_units))


def choose(memory: str = "", **values: str | int) -> None:
    """Record what the visitor chose, for use in callbacks; `memory` as in `chosen_place`."""
    choices = st.session_state.setdefault(_CHOICES, {})
    for name, value in values.items():
        choices[f"{memory} {name}".strip()] = value
    # In one go, so that Back undoes the whole choice.
    st.query_params.update({name: str(value) for name, value in values.items()})


def forget_in_link(*names: str) -> None:
    """Take parameters out of the address that mean nothing on this page as it stands."""
    for name in names:
        st.query_params.pop(name, None)


def upload() -> Upload | None:
    """The visitor's own picture, if there is one."""
    kept: Upload | None = st.session_state.get(_UPLOAD)
    return kept


def keep_upload(new: Upload | None) -> None:
    """Keep a picture for this session, or put it away; places in the one before mean nothing now."""
    st.session_state[_UPLOAD] = new
    choices = st.session_state.setdefault(_CHOICES, {})
    for name in ("row", "col"):
        choices.pop(f"upload {name}", None)
    forget_in_link("row", "col")


def started_run() -> str | None:
    """The training that this visitor started and whose model is not yet shown."""
    run: str | None = st.session_state.get(_STARTED_RUN)
    return run


def set_started_run(run: str | None) -> None:
    """Remember the training that this visitor started."""
    st.session_state[_STARTED_RUN] = run


def notice(text: str) -> None:
    """Leave a sentence for `show_notices`."""
    st.session_state.setdefault(_NOTICES, []).append(text)


def show_notices() -> None:
    """Show and forget what was left by `notice`."""
    if texts := st.session_state.pop(_NOTICES, []):
        st.warning("\n\n".join(texts), icon=":material/info:")


def drop_unknown_parameters() -> None:
    """Take parameters out of the address that no page knows."""
    for name in set(st.query_params) - _PARAMETERS:
        _drop_from_link(name)


def one_of(options: Sequence[str]) -> Callable[[str], str]:
    """A parser that takes one of `options` and raises ValueError for anything else."""

    def parse(text: str) -> str:
        if text not in options:
            raise ValueError(text)
        return text

    return parse


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A parser that takes a whole number from `low` to `high` and raises ValueError otherwise."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise ValueError(text)
        if not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return parse


def _choice(name: str, parse: Callable[[str], Value], default: Value, memory: str = "") -> Value:
    """The link's value, else the remembered one, else the default; kept in link and memory."""
    choices = st.session_state.setdefault(_CHOICES, {})
    memory = memory or name
    value = _from_link(name, parse)
    if value is None:
        try:
            value = parse(str(choices[memory]))
        except (KeyError, ValueError):
            value = default
    choices[memory] = value
    if st.query_params.get(name) != str(value):
        st.query_params[name] = str(value)
    return value


def _from_link(name: str, parse: Callable[[str], Value]) -> Value | None:
    """A parameter of the address; nonsense is dropped with a notice."""
    text = st.query_params.get(name)
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError:
        _drop_from_link(name)
        return None


def _drop_from_link(name: str) -> None:
    words = " = ".join(_as_plain_text(text) for text in (name, st.query_params.pop(name)))
    notice(f"The link's {words} does not exist here, so it was left out.")


def _as_plain_text(text: str) -> str:
    """A stranger's text as inline code, so that nothing in it is formatted, and not too long."""
    shown = text if len(text) <= 30 else text[:30] + "…"
    return "`" + shown.replace("`", "'").replace("\n", " ") + "`"
