"""What the server loads and compiles before anybody asks for it, in threads of its own."""

import contextlib
import threading
from collections.abc import Callable
from functools import partial

import streamlit as st

from app.services.models import BUNDLED, load_model
from app.services.pictures import shown_pictures
from model.checkpoint import CheckpointError
from model.data.pictures import DataError
from model.kernels.compiled import compile_kernels


def warm_up() -> None:
    """Load in the background what the first visitor's page shows; call it once, as the server starts."""
    _in_background(shown_pictures)
    _in_background(partial(load_model, next(iter(BUNDLED))))


@st.cache_resource(show_spinner=False)
def warm_up_rest() -> None:
    """Once a server, when the first page has been sent: load and compile what other pages will need.

    One after the other, because visitors are at work by now; and not at low priority, because a thread that
    is put aside while it holds Python's lock holds up everybody. PCA is left to whoever opens a talk.
    """
    _in_background(*(partial(load_model, name) for name in BUNDLED), _compile)


def kernels_are_ready() -> bool:
    """Whether training can begin without waiting for a compiler."""
    return _compiled().is_set()


@st.cache_resource(show_spinner=False)
def _compiled() -> threading.Event:
    return threading.Event()


def _compile() -> None:
    compile_kernels()
    _compiled().set()


def _in_background(*works: Callable[[], object]) -> None:
    """Do one piece of work after the other in a thread."""

    def run() -> None:
        for work in works:
            # What can't be loaded is named on the page, to whoever asks for it.
            with contextlib.suppress(CheckpointError, DataError):
                work()

    threading.Thread(target=run, name="rankscope-warm-up", daemon=True).start()
