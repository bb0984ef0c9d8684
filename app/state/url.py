"""The page's address: read with suspicion, changed in one go; nonsense is dropped with a notice."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

import streamlit as st

Parsed = TypeVar("Parsed")

SEPARATOR = ","
"""Between the runs that an address names."""
MOST_BEATS = 10
"""More than that no talk has; on the Talk page `check_beat` knows it exactly."""

_PARAMETERS = {
    "model", "split", "image", "row", "col", "k", "unit", "run", "mode", "budget", "error", "stride", "beat",
    "talk",
}  # fmt: skip
_FOR_LINK = "for_link"
_NOTICES = "notices"


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
        _dropfrom_link(name)
    check_beat(MOST_BEATS)


def write_link() -> None:
    """Put into the address what this script run has chosen."""
    change_link(st.session_state.pop(_FOR_LINK, {}))


def put_into_link(name: str, value: str) -> None:
    """Have `write_link` set a parameter when the script run ends."""
    st.session_state.setdefault(_FOR_LINK, {})[name] = value


def check_beat(count: int) -> None:
    """Drop a beat that the talk does not have from the link; the browser reads the others there itself."""
    from_link("beat", whole_number(1, count))


def one_of(options: Collection[str]) -> Callable[[str], str]:
    """A parser that takes one of `options` and raises ValueError for anything else."""

    def parse(text: str) -> str:
        if text not in options:
            raise ValueError(text)
        return text

    return parse


def some_of(options: Collection[str], most: int) -> Callable[[str], str]:
    """A parser that takes different ones of `options`, with SEPARATOR between them, at most so many."""

    def parse(text: str) -> str:
        parts = text.split(SEPARATOR)
        if len(parts) > most or len(set(parts)) < len(parts) or not set(parts) <= set(options):
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


def thousandths(text: str) -> int:
    """A plain decimal number from 0 to 100, in thousandths; ValueError for anything else."""
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", text, re.ASCII) or float(text) > 100:
        raise ValueError(text)
    return round(1000 * float(text))


def from_link(name: str, parse: Callable[[str], Parsed]) -> Parsed | None:
    """A parameter of the address; nonsense is dropped with a notice."""
    text = st.query_params.get(name)
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError:
        _dropfrom_link(name)
        return None


def change_link(values: Mapping[str, str | None]) -> None:
    """Set parameters, or take out those that are None: in one go, so that it is one step back."""
    now = st.query_params.to_dict()
    then = {name: value for name, value in {**now, **values}.items() if value is not None}
    if then != now:
        st.query_params.from_dict(then)


def _dropfrom_link(name: str) -> None:
    words = " = ".join(_as_plain_text(text) for text in (name, st.query_params.pop(name)))
    notice(f"The link's {words} does not exist here, so it was left out.")


def _as_plain_text(text: str) -> str:
    """A stranger's text as inline code, so that nothing in it is formatted, and not too long."""
    shown = text if len(text) <= 30 else text[:30] + "…"
    return "`" + shown.replace("`", "'").replace("\n", " ") + "`"
