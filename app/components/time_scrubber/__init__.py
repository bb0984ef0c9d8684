"""The time scrubber: a whole training under a slider.

It publishes the moment it stands at to the page's other components, with the weights of then, which it
fetches over HTTP (`app/api.py`) when they are wanted.
"""

from app.components import declare

_mount = declare("time_scrubber")


def time_scrubber(*, key: str) -> None:
    """Show the scrubber for the run that the page's training feed publishes."""
    _mount(key=key)
