"""What connects the stage's training to the server: nothing to see, but word from one to the other.

The news of a training come over HTTP (`app/api.py`), so that watching it costs no script run.
"""

from collections.abc import Callable

import streamlit as st

from app.components import declare
from app.components.payload import pack

_mount = declare("talk_feed", "payload")


def talk_feed(
    request: int,
    run: str | None,
    message: str,
    *,
    on_start: Callable[[int], None],
    on_stop: Callable[[], None],
    key: str,
) -> None:
    """Tell the stage the news, and listen to what it asks for.

    Args:
        request: the number that the stage gave its latest request for a training; 0 before the first.
        run: the training that answers it; None if there is none.
        message: why there is none.
        on_start: called with the number of its request when the stage wants to train.
        on_stop: called when it wants no more.
        key: of the component on the page.
    """

    def asked_to_start() -> None:
        request = st.session_state[key]["start"]
        if isinstance(request, int):
            on_start(request)

    data = pack({"request": request, "run": run, "message": message})
    _mount(data=data, key=key, on_start_change=asked_to_start, on_stop_change=on_stop)
