"""Which visitor this session belongs to."""

import uuid

import streamlit as st

from app.access import ONE_USER, visitor_of

_VISITOR = "visitor"


def current_visitor() -> str:
    """The visitor's random number; ONE_USER for the one user of a server for one.

    A browser whose cookie has not reached the server yet gets a number that the session keeps.
    """
    known = visitor_of(st.context.headers)
    if known is not None:
        return known
    number: str = st.session_state.setdefault(_VISITOR, uuid.uuid4().hex)
    return number


def is_one_user() -> bool:
    """Whether this session is the one user's, who may use the server's folders."""
    return current_visitor() == ONE_USER
