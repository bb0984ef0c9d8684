"""The link: the parameters of the page's address, all checked; an invalid one is dropped with a notice."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

import streamlit as st

Parsed = TypeVar("Parsed")

SEPARATOR = ","
"""Between the runs that a link names."""
MOST_BEATS = 10
"""Beats that any talk can have; the Talk page calls `check_beat` with the number that its talk has."""

_PARAMETERS = {
    "model", "split", "image", "row", "col", "k", "unit", "run", "mode", "budget", "error", "stride", "beat",
    "talk",
}  # fmt: skip
_FOR_LINK = "for_link"
_NOTICES = "notices"


def notice(text: str) -> None:
    """Add a sentence to those that `show_notices` shows."""
    st.session_state.setdefault(_NOTICES, []).append(text)


def show_notices() -> None:
    """Show the sentences that `notice` has added since the last call."""
    if texts := st.session_state.pop(_NOTICES, []):
        st.warning("\n\n".join(texts), icon=":material/info:")


def drop_unknown_parameters() -> None:
    """Drop parameters that no page reads."""
    for name in set(st.query_params) - _PARAMETERS:
        _drop_from_link(name)
    check_beat(MOST_BEATS)


def write_link() -> None:
    """Write the parameters that `put_into_link` has collected into the address."""
    change_link(st.session_state.pop(_FOR_LINK, {}))


def put_into_link(name: str, value: str) -> None:
    """Set a parameter at the end of the script run, when `write_link` is called.

    Args:
        name: of the parameter.
        value: its text.
    """
    st.session_state.setdefault(_FOR_LINK, {})[name] = value


def check_beat(count: int) -> None:
    """Drop the link's beat unless it is 1 to `count`. Only the browser reads its value."""
    from_link("beat", whole_number(1, count))


def one_of(options: Collection[str]) -> Callable[[str], str]:
    """A parser that accepts one of `options` and raises ValueError otherwise."""

    def parse(text: str) -> str:
        if text not in options:
            raise ValueError(text)
        return text

    return parse


def some_of(options: Collection[str], most: int) -> Callable[[str], str]:
    """A parser that accepts different options with SEPARATOR between them and raises ValueError otherwise.

    Args:
        options: what each part can be.
        most: how many parts there may be.
    """

    def parse(text: str) -> str:
        parts = text.split(SEPARATOR)
        if len(parts) > most or len(set(parts)) < len(parts) or not set(parts) <= set(options):
            raise ValueError(text)
        return text

    return parse


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A parser that accepts a whole number from `low` to `high` and raises ValueError otherwise."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise ValueError(text)
        if not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return parse


def thousandths(text: str) -> int:
    """Parse a plain decimal number from 0 to 100 with up to three decimals; the result is in thousandths.

    Raises:
        ValueError: it is anything else.
    """
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", text, re.ASCII) or float(text) > 100:
        raise ValueError(text)
    return round(1000 * float(text))


def from_link(name: str, parse: Callable[[str], Parsed]) -> Parsed | None:
    """The value of one of the link's parameters; None if it is missing, or invalid and now dropped.

    Args:
        name: of the parameter.
        parse: gives its value, or raises ValueError.
    """
    text = st.query_params.get(name)
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError:
        _drop_from_link(name)
        return None


def change_link(values: Mapping[str, str | None]) -> None:
    """Set parameters, and remove those whose value is None, as one entry of the browser's history."""
    now = st.query_params.to_dict()
    then = {name: value for name, value in {**now, **values}.items() if value is not None}
    if then != now:
        st.query_params.from_dict(then)


def _drop_from_link(name: str) -> None:
    words = " = ".join(_as_code(text) for text in (name, st.query_params.pop(name)))
    notice(f"The link's {words} does not exist here, so it was left out.")


def _as_code(text: str) -> str:
    """Untrusted text as Markdown's inline code, at most 30 characters of it."""
    shown = text if len(text) <= 30 else text[:30] + "…"
    return "`" + shown.replace("`", "'").replace("\n", " ") + "`"
