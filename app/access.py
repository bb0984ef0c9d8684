"""Access control: who a request comes from, and what they may see and change.

A server for one user belongs to whoever reaches it directly from the same machine. Everybody else is a
visitor, known by a random number in a cookie, with runs of their own. `app.gate` calls `sender_of` for each
request.
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import streamlit as st

COOKIE = "rankscope-visitor"
SETTING = "RANKSCOPE_VISITORS"
"""The environment variable that is 'one' or 'many'; without it, a server is for one user if it listens on
this machine only."""
VISITOR_HEADER = "rankscope-visitor"
"""The header in which `app.gate` notes whom a request comes from; none of that name passes from outside."""
ONE_USER = ""
"""The one user of a server for one, who owns everything on it; every other visitor is a number."""

_LOCAL = {"localhost", "127.0.0.1", "::1"}
_NUMBER = re.compile(r"[0-9a-f]{32}")
_NOTED_ONE_USER = "one"
_FORWARDED = re.compile(
    r"forwarded|via|x-forwarded-.*|x-real-ip|x-client-ip|true-client-ip|cf-.*|x-original-.*"
)
"""Names of headers that proxies add, in lower case."""


def server_for_one_user() -> bool:
    """Whether this server is for one user: then direct connections from this machine are theirs."""
    said = os.environ.get(SETTING, "")
    return said == "one" if said in {"one", "many"} else st.get_option("server.address") in _LOCAL


def is_forwarded(headers: Mapping[str, str]) -> bool:
    """Whether a proxy says in the headers, with names in lower case, that it passed a request on."""
    return any(_FORWARDED.fullmatch(name) for name in headers)


def is_direct(headers: Mapping[str, str], address: str, http_version: str) -> bool:
    """Whether a request comes from this machine, and no proxy has passed it on.

    A proxy that adds no header is noticed if it speaks HTTP/1.0, as some do, or passes on which page sent the
    request, if that is not a page of this machine's.

    Args:
        headers: by name in lower case.
        address: of the other end of the connection, '' if that is unknown.
        http_version: '1.0', '1.1' or '2'.
    """
    try:
        on_this_machine = ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
    senders = [urlsplit(headers[name]).netloc for name in ("origin", "referer") if headers.get(name)]
    names = [headers.get("host", ""), *senders]
    return (
        on_this_machine
        and http_version != "1.0"
        and not is_forwarded(headers)
        and all(names_this_machine(name) for name in names)
    )


def names_this_machine(host: str) -> bool:
    """Whether a host, with or without a port, is a name that no other machine can have."""
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    return name is not None and name.rstrip(".") in _LOCAL


def sender_of(
    headers: Mapping[str, str], cookies: Mapping[str, str], address: str, http_version: str
) -> str | None:
    """Whom a request comes from.

    Args:
        headers: by name in lower case.
        cookies: by name.
        address: of the other end of the connection, '' if that is unknown.
        http_version: '1.0', '1.1' or '2'.

    Returns:
        ONE_USER, a visitor's number, or None for a browser that has no number yet.
    """
    if server_for_one_user() and is_direct(headers, address, http_version):
        return ONE_USER
    number = cookies.get(COOKIE, "")
    return number if _NUMBER.fullmatch(number) else None


def note_of(sender: str | None) -> str | None:
    """What VISITOR_HEADER says of a sender; None for no such header."""
    return _NOTED_ONE_USER if sender == ONE_USER else sender


def visitor_of(headers: Mapping[str, str]) -> str | None:
    """Whom `app.gate` has noted in a request's headers, as `sender_of` returns it."""
    noted = headers.get(VISITOR_HEADER)
    return ONE_USER if noted == _NOTED_ONE_USER else noted


def sees(visitor: str | None, owner: str | None) -> bool:
    """Whether a visitor may see a run.

    Args:
        visitor: as `visitor_of` returns it.
        owner: the visitor who owns the run. '' for a run of the one user's, or one that came into the folder
            by other means: on a server for many it is everybody's. None if the owner is unknown: then only
            the one user sees it.
    """
    if visitor == ONE_USER:
        return True
    return not server_for_one_user() if owner == "" else owner is not None and owner == visitor


def may_change(visitor: str | None, owner: str | None) -> bool:
    """Whether a visitor may stop, change or delete a run.

    Args:
        visitor: as `visitor_of` returns it.
        owner: as for `sees`; of many visitors nobody may change a run without a known owner.
    """
    return visitor == ONE_USER or (bool(owner) and owner == visitor)
