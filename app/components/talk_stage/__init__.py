"""The stage: a whole talk in the browser, full screen, beat after beat without asking the server."""

from app.components import declare

_mount = declare("talk_stage", "payload", "paint", "code", "chart", "bars")


def talk_stage(payload: bytes, *, key: str) -> None:
    """Show the talk that `app.talk.talk_payload` packed; the same bytes again change nothing."""
    _mount(data=payload, key=key)
