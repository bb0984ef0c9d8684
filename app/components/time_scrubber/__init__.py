"""The time scrubber: a whole training under a slider.

It tells the page's other components of the moment it stands at, with the weights of then, which it fetches
from the server (`app/api.py`) when they are wanted.
"""

from app.components import declare

_mount = declare("time_scrubber", "payload", "transport")


def time_scrubber(*, key: str) -> None:
    """Show the scrubber for the run that the page's training feed tells of."""
    _mount(key=key)
