"""The list of a talk's beats: which, in which order, with which words of the speaker's own."""

from collections.abc import Callable, Mapping, Sequence

from app.components import declare
from app.components.triggers import read_trigger

_mount = declare("beat_list")


def beat_list(
    titles: Mapping[str, str],
    beats: Sequence[tuple[str, str, str]],
    *,
    longest_sentence: int,
    longest_note: int,
    on_change: Callable[[list[tuple[str, str, str]]], None],
    key: str,
) -> None:
    """Show the list.

    Args:
        titles: of all beats there are, by name.
        beats: name, sentence and note of those in the talk, in order; '' for none.
        longest_sentence: letters that a sentence may have.
        longest_note: letters that a note may have.
        on_change: called with names, sentences and notes before the next script run, when the visitor changes
            them. Their names, numbers and lengths are as the browser sent them, unchecked.
        key: of the component on the page.
    """

    def changed() -> None:
        changed_beats = read_trigger(key, "beats", list[tuple[str, str, str]])
        if changed_beats is not None:
            on_change(changed_beats)

    _mount(
        data={
            "titles": dict(titles),
            "beats": [list(beat) for beat in beats],
            "longest": longest_sentence,
            "longestNote": longest_note,
        },
        key=key,
        on_beats_change=changed,
    )
