"""The link: the parameters of the page's address, all checked; an invalid one is dropped with a notice."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import NoReturn, TypeVar

import streamlit as st

from app.state.literal_text import as_code, literal

Parsed = TypeVar("Parsed")

SEPARATOR = ","
"""Between the runs that a link names."""
MOST_BEATS = 10
"""Beats that any talk can have; the Talk page calls `check_beat` with the number that its talk has."""

_PARAMETERS = {
    "model", "coder", "split", "image", "row", "col", "k", "unit", "run", "mode", "budget", "error", "stride",
    "beat", "talk", "models",
}  # fmt: skip
_WRITTEN_IN_BROWSER = {"beat", "budget", "error", "k", "mode"}
"""They follow movements that make no entry in the history; the server reads them when a script run starts."""
_CHANGES = "changes_of_link"
_RERUN = "rerun"
_NOTICES = "notices"
_WRITTEN_PAGE = "page_of_written_link"


def notice(text: str, about: str = "") -> None:
    """Add a sentence to those that `show_notices` shows.

    Args:
        text: the sentence, shown letter for letter.
        about: the name of what it is about, shown before it; '' for none.
    """
    _add_notice(f"{literal(about)}: {literal(text)}" if about else literal(text))


def show_notices() -> None:
    """Show the sentences that `notice` has added since the last call."""
    if texts := st.session_state.pop(_NOTICES, []):
        st.warning("\n\n".join(texts), icon=":material/info:")


def drop_unknown_parameters() -> None:
    """Drop parameters that no page reads."""
    for name in set(_link()) - _PARAMETERS:
        _drop_from_link(name)
    check_beat(MOST_BEATS)


def write_link(page: str) -> dict[str, str] | None:
    """Write all changes of a script run into the address, as one entry of the browser's history.

    A page that has just been opened is the exception: the browser has an entry for it already. No-op if the
    script run ends with `rerun`: the next one writes the changes.

    Args:
        page: the path of the page that was shown.

    Returns:
        The parameters by which to replace those of the address, or None to leave it.
    """
    if st.session_state.pop(_RERUN, False):
        return None
    link = _link()
    st.session_state.pop(_CHANGES, None)
    opened = st.session_state.get(_WRITTEN_PAGE) != page
    st.session_state[_WRITTEN_PAGE] = page
    if link == st.query_params.to_dict():
        return None
    if opened:
        return link
    st.query_params.from_dict(link)
    return None


def rerun() -> NoReturn:
    """Start the script again; it sees the changes of the link that have been made so far.

    `st.rerun` alone starts it with the address as it was before.
    """
    st.session_state[_RERUN] = True
    st.rerun()


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
    text = linked_text(name)
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError:
        _drop_from_link(name)
        return None


def change_link(values: Mapping[str, str | None]) -> None:
    """Set parameters, and remove those whose value is None; the address follows in `write_link`.

    A callback and the script run after it must not write the address one after the other: the browser would
    keep both entries, and the first step back would change nothing.
    """
    st.session_state[_CHANGES] = (_chosen_in_address(), {**_changes(), **values})


def linked_text(name: str) -> str | None:
    """The text of one of the link's parameters, unchecked; None if it is missing."""
    return _link().get(name)


def _link() -> dict[str, str]:
    """The address's parameters with the changes that are not written yet."""
    changed = {**st.query_params.to_dict(), **_changes()}
    return {name: value for name, value in changed.items() if value is not None}


def _changes() -> dict[str, str | None]:
    """The changes that are not written yet.

    A script run that another one interrupts leaves its changes behind. They no longer count if the address
    has another choice by now: a step back in the history would be undone by what it interrupted.
    """
    made_for, values = st.session_state.get(_CHANGES, (None, {}))
    return values if made_for == _chosen_in_address() else {}


def _chosen_in_address() -> dict[str, str]:
    address = st.query_params.to_dict()
    return {name: text for name, text in address.items() if name not in _WRITTEN_IN_BROWSER}


def _drop_from_link(name: str) -> None:
    value = _link()[name]
    words = " = ".join(as_code(text if len(text) <= 30 else text[:30] + "…") for text in (name, value))
    change_link({name: None})
    _add_notice(f"The link's {words} does not exist here, so it was left out.")


def _add_notice(markdown: str) -> None:
    st.session_state.setdefault(_NOTICES, []).append(markdown)
