"""Which visitor this session belongs to."""

import uuid

import streamlit as st

from app.access import visitor_of

_VISITOR = "visitor"


def current_visitor() -> str:
    """The visitor's random number; '' on a server for one user.

    A browser whose cookie has not reached the server yet gets a number that the session keeps.
    """
    known = visitor_of(st.context.cookies)
    if known is not None:
        return known
    number: str = st.session_state.setdefault(_VISITOR, uuid.uuid4().hex)
    return number
