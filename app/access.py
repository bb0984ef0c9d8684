"""Who visits: one user to whom everything belongs, or many who see and stop only what is theirs.

A visitor among many is known by a random number that their browser keeps in a cookie.
"""

import os
import re
from collections.abc import Mapping

import streamlit as st

COOKIE = "rankscope-visitor"
SETTING = "RANKSCOPE_VISITORS"
"""The environment variable that says 'one' or 'many'; without it, a server that listens on this machine only
is for one."""

_LOCAL = {"localhost", "127.0.0.1", "::1"}
_NUMBER = re.compile(r"[0-9a-f]{32}")


def for_one_user() -> bool:
    """Whether everything on this server belongs to whoever visits it."""
    said = os.environ.get(SETTING, "")
    return said == "one" if said in {"one", "many"} else st.get_option("server.address") in _LOCAL


def visitor_of(cookies: Mapping[str, str]) -> str | None:
    """The visitor that a browser's cookies name; '' where all belongs to one, None for a stranger."""
    if for_one_user():
        return ""
    number = cookies.get(COOKIE, "")
    return number if _NUMBER.fullmatch(number) else None


def sees(visitor: str | None, owner: str | None) -> bool:
    """Whether a visitor sees what belongs to `owner`.

    Args:
        visitor: as `visitor_of` gives it; None for a stranger.
        owner: a visitor's number; '' for everybody's, None where it is not known: then only the one user of
            a server for one sees it.
    """
    return for_one_user() or (owner is not None and owner in {"", visitor})


def may_change(visitor: str | None, owner: str | None) -> bool:
    """Whether a visitor may stop, change or delete what belongs to `owner`.

    Args:
        visitor: as `visitor_of` gives it; None for a stranger.
        owner: as `sees` takes it; what is everybody's, only the one user of a server for one may change.
    """
    return for_one_user() or (bool(owner) and owner == visitor)
