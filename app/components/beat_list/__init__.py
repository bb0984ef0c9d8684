"""The list of a talk's beats: which, in which order, with which words of the speaker's own."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from app.components import declare

_mount = declare("beat_list")


def beat_list(
    titles: Mapping[str, str],
    beats: Sequence[tuple[str, str]],
    *,
    longest_sentence: int,
    on_change: Callable[[object], None],
    key: str,
) -> None:
    """Show the list.

    Args:
        titles: of all beats there are, by name.
        beats: name and sentence of those in the talk, in order.
        longest_sentence: letters that a sentence may have.
        on_change: called with a list of [name, sentence], as the browser sent it: not to be trusted.
        key: of the component on the page.
    """

    def changed() -> None:
        on_change(st.session_state[key]["beats"])

    _mount(
        data={"titles": dict(titles), "beats": [list(beat) for beat in beats], "longest": longest_sentence},
        key=key,
        on_beats_change=changed,
    )
