"""What a component in the browser sends, checked.

A visitor can send any JSON in the name of any component of the page, not only what the component's script
sends. A message of another form is dropped without an exception, because an exception in a callback replaces
the page by an error.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
import streamlit as st

Message = TypeVar("Message")


def read_trigger(key: str, name: str, kind: type[Message]) -> Message | None:
    """The value that a component has sent, for use in its callback `on_<name>_change`.

    Args:
        key: of the component on the page.
        name: of a trigger, which lasts for one script run, or of a state, which lasts.
        kind: what the value must be: a type that `msgspec.convert` understands, such as a `msgspec.Struct`
            with limits given by `msgspec.Meta`. JSON is read strictly: 1.0 and true are no integers.

    Returns:
        The value, or None if there is none, if it is of another type or out of range, or if a text in it
        can't be written as UTF-8.
    """
    sent: Any = st.session_state.get(key)
    if not isinstance(sent, Mapping):
        return None
    try:
        value = msgspec.convert(sent.get(name), kind)
        msgspec.json.encode(value)  # refuses half a surrogate pair, which no page and no file could take
    except (msgspec.ValidationError, UnicodeEncodeError):
        return None
    return value
