"""The visitor cookie: the random number by which a browser finds its own trainings again."""

from app.components import declare
from app.components.payload import pack

_mount = declare("visitor_cookie")


def visitor_cookie(name: str, number: str) -> None:
    """Set a cookie for a year; shows nothing.

    Args:
        name: of the cookie.
        number: its value, hexadecimal digits.
    """
    _mount(data=pack({"name": name, "number": number}), key="visitor-cookie")
