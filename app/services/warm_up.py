"""What the server loads and compiles in the background before a page needs it."""

import contextlib
import gc
import threading
from collections.abc import Callable
from functools import partial

import streamlit as st

from app.services.models import BUNDLED, load_model
from app.services.pictures import shown_pictures
from model.checkpoint import CheckpointError
from model.data.pictures import DataError
from model.kernels.compiled import compile_kernels
from model.rivals.omp import compile_omp


def warm_up() -> None:
    """Load what the first visitor's page shows; call it once, when the server starts."""
    _in_background(shown_pictures)
    _in_background(partial(load_model, next(iter(BUNDLED)), None))


@st.cache_resource(show_spinner=False)
def warm_up_rest() -> None:
    """Load and compile what other pages need; runs once a server, after the first page has been sent.

    One task after the other, so that pages stay responsive; and not at low priority, because a low-priority
    thread that holds Python's lock delays all others. PCA is computed when the first talk is opened.
    """
    _in_background(*(partial(load_model, name, None) for name in BUNDLED), _compile, compile_omp, _set_aside)


def kernels_are_ready() -> bool:
    """Whether a training can start without waiting for the kernels to be compiled."""
    return _compiled().is_set()


@st.cache_resource(show_spinner=False)
def _compiled() -> threading.Event:
    return threading.Event()


def _compile() -> None:
    compile_kernels()
    _compiled().set()


def _set_aside() -> None:
    """Spare the garbage collector all that is loaded by now and stays: a tenth of a second each time."""
    gc.collect()
    gc.freeze()


def _in_background(*tasks: Callable[[], object]) -> None:
    """Execute tasks one after the other in a thread."""

    def run() -> None:
        for task in tasks:
            # The page that needs a missing file reports the error.
            with contextlib.suppress(CheckpointError, DataError):
                task()

    threading.Thread(target=run, name="rankscope-warm-up", daemon=True).start()
