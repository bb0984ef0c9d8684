"""Access control: a server for one user, who owns everything, or for many visitors with runs of their own.

One of many visitors is identified by a random number in a cookie.
"""

import os
import re
from collections.abc import Mapping

import streamlit as st

COOKIE = "rankscope-visitor"
SETTING = "RANKSCOPE_VISITORS"
"""The environment variable that is 'one' or 'many'; without it, a server is for one user if it listens on
this machine only."""

_LOCAL = {"localhost", "127.0.0.1", "::1"}
_NUMBER = re.compile(r"[0-9a-f]{32}")


def for_one_user() -> bool:
    """Whether this server is for one user, who owns everything on it."""
    said = os.environ.get(SETTING, "")
    return said == "one" if said in {"one", "many"} else st.get_option("server.address") in _LOCAL


def visitor_of(cookies: Mapping[str, str]) -> str | None:
    """The number in a visitor's cookies; '' on a server for one user, None without a valid cookie."""
    if for_one_user():
        return ""
    number = cookies.get(COOKIE, "")
    return number if _NUMBER.fullmatch(number) else None


def sees(visitor: str | None, owner: str | None) -> bool:
    """Whether a visitor may see a run.

    Args:
        visitor: as `visitor_of` returns it.
        owner: the visitor who owns the run; '' if all visitors may see it; None if the owner is unknown: then
            only the one user of a server for one user sees it.
    """
    return for_one_user() or (owner is not None and owner in {"", visitor})


def may_change(visitor: str | None, owner: str | None) -> bool:
    """Whether a visitor may stop, change or delete a run.

    Args:
        visitor: as `visitor_of` returns it.
        owner: as for `sees`; of many visitors nobody may change a run without a known owner.
    """
    return for_one_user() or (bool(owner) and owner == visitor)
