"""What the page Compare compares: in the link as `models`, and kept in the session."""

from collections.abc import Collection, Sequence

import streamlit as st

from app.state.url import SEPARATOR, change_link, from_link, some_of

FEWEST, MOST = 2, 4
_COMPARED = "compared"


def compared_names(options: Collection[str], default: Sequence[str]) -> list[str]:
    """The names that are compared: the link's, else those chosen before, else the default.

    Args:
        options: what can be compared.
        default: two or more of them.

    Returns:
        FEWEST to MOST names.
    """
    parse = some_of(options, MOST)

    def two_or_more(text: str) -> str:
        if text.count(SEPARATOR) < FEWEST - 1:
            raise ValueError(text)
        return parse(text)

    linked = from_link("models", two_or_more)
    if linked is not None:
        names = linked.split(SEPARATOR)
    else:
        kept: list[str] = st.session_state.get(_COMPARED, list(default))
        names = [name for name in kept if name in options]
        names = names if len(names) >= FEWEST else list(default)
    choose_compared(names)
    return names


def choose_compared(names: Sequence[str]) -> None:
    """Record what is to be compared, for use in callbacks too.

    Args:
        names: FEWEST to MOST.
    """
    st.session_state[_COMPARED] = list(names)
    change_link({"models": SEPARATOR.join(names)})
