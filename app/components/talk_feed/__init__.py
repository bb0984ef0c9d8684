"""What connects the stage's training to the server: nothing to see, but word from one to the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.components import declare
from app.components.payload import pack

_mount = declare("talk_feed", "payload")


@dataclass(frozen=True)
class News:
    """How the training stands that the stage asked for.

    Attributes:
        request: the number that the stage gave it; 0 before the first.
        state: as `trainer.State` calls it.
        message: what went wrong; '' if nothing did.
        points: patches seen and test error of every snapshot so far.
        seconds: of training so far.
        filters: (n_units, n_inputs) bytes, as they are now; empty before the first snapshot.
    """

    request: int
    state: str
    message: str
    points: Sequence[tuple[int, float]]
    seconds: float
    filters: NDArray[np.uint8]


NO_NEWS = News(0, "idle", "", (), 0.0, np.empty((0, 0), np.uint8))


def talk_feed(news: News, *, on_start: Callable[[int], None], on_stop: Callable[[], None], key: str) -> None:
    """Tell the stage the news, and listen to what it asks for.

    Args:
        news: the latest.
        on_start: called with the number of its request when the stage wants to train.
        on_stop: called when it wants no more.
        key: of the component on the page.
    """

    def asked_to_start() -> None:
        request = st.session_state[key]["start"]
        if isinstance(request, int):
            on_start(request)

    header = {
        "request": news.request,
        "state": news.state,
        "message": news.message,
        "points": list(news.points),
        "seconds": news.seconds,
    }
    data = pack(header, filters=news.filters)
    _mount(data=data, key=key, on_start_change=asked_to_start, on_stop_change=on_stop)
