"""The stage: a whole talk in the browser, full screen, beat after beat without a request to the server."""

from app.components import declare

_mount = declare("talk_stage")


def talk_stage(payload: bytes, *, key: str) -> None:
    """Show a talk.

    Args:
        payload: as `app.talk.payload.talk_payload` packs it; the same bytes again change nothing.
        key: of the component on the page.
    """
    _mount(data=payload, key=key)
