"""A guided tour: a card that leads from one part of the page to the next; skipped or replayed at will."""

from dataclasses import asdict, dataclass

from app.components import declare
from app.components.payload import pack

_mount = declare("tour")


@dataclass(frozen=True)
class Step:
    """One stop.

    Attributes:
        area: the key of the container that is framed and scrolled to.
        title: what it is, in a few words.
        text: one or two sentences.
    """

    area: str
    title: str
    text: str


def tour(steps: list[Step], *, key: str) -> None:
    """Offer the tour; a browser that has seen or skipped it shows a small button instead.

    Args:
        steps: at least one.
        key: of the component on the page.
    """
    # As bytes: for a dictionary Streamlit would import pandas while the first visitor waits.
    _mount(data=pack({"steps": [asdict(step) for step in steps]}), key=key)
