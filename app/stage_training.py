"""The training that the stage starts: a run like any other, watched from the talk."""

import numpy as np
import streamlit as st

from app import catalog, state
from app.components.talk_feed import NO_NEWS, News, talk_feed
from app.trainer import BUSY
from model.config import TrainingConfig
from model.recording import filter_bytes

TICK_SECONDS = 0.3


def stage_training() -> None:
    """Mount what starts and follows it; the page is run once more when it begins and when it ends."""
    busy = _is_busy()

    @st.fragment(run_every=TICK_SECONDS if busy else None)
    def follow() -> None:
        talk_feed(_news(), on_start=_start, on_stop=_stop, key="feed")
        if _is_busy() is not busy:
            st.rerun()

    follow()


def _start(request: int) -> None:
    """Train anew; what an earlier request of this visitor still trains is stopped."""
    _stop()
    try:
        run = catalog.trainer().start(TrainingConfig(), "sample")
    except RuntimeError:
        run = None
    state.set_staged_run(request, run)


def _stop() -> None:
    if _is_busy():
        catalog.trainer().stop()


def _is_busy() -> bool:
    """Whether this visitor's training runs."""
    _, run = state.staged_run()
    report = catalog.trainer().report()
    return run is not None and report.run == run and report.state in BUSY


def _news() -> News:
    request, run = state.staged_run()
    if not request:
        return NO_NEWS
    report = catalog.trainer().report()
    if run is None or report.run != run:
        return News(request, "failed", "another training is running", (), 0.0, NO_NEWS.filters)
    return News(
        request,
        report.state.value,
        report.message,
        [(point.patches_seen, point.test_error) for point in report.points],
        report.seconds,
        np.empty((0, 0), np.uint8) if report.latest is None else filter_bytes(report.latest.weights),
    )
