"""Files that a visitor has put into a file uploader or a camera widget, each handled once.

Streamlit calls a widget's `on_change` only if the session has shown the widget before. After a restart of the
server the browser goes on with a new session whose first message may be the upload, and no callback is called
for it. So pages pass `handle_new_file` as the callback, and then call `handle_missed_file` after the widget
is shown.
"""

from collections.abc import Callable

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app.state import url

_HANDLED = "handled_files"


def handle_new_file(key: str, handle: Callable[[UploadedFile], None]) -> None:
    """Handle a widget's file unless that has been done; for use as the widget's callback.

    Args:
        key: of the widget.
        handle: called with the file if it is new.
    """
    if (file := _new_file(key)) is not None:
        handle(file)


def handle_missed_file(key: str, handle: Callable[[UploadedFile], None]) -> None:
    """Handle a widget's file for which no callback was called, and restart the script; no-op without one.

    Args:
        key: of the widget, which the script has just shown.
        handle: called with the file if it is new.
    """
    if (file := _new_file(key)) is not None:
        handle(file)
        url.rerun()


def _new_file(key: str) -> UploadedFile | None:
    """The widget's file, the first time that it is asked for; None from then on, or if there is none."""
    file: UploadedFile | None = st.session_state.get(key)
    handled: dict[str, str] = st.session_state.setdefault(_HANDLED, {})
    if file is None or handled.get(key) == file.file_id:
        return None
    handled[key] = file.file_id
    return file
