"""The units' answers to one patch: histograms of activations and pre-activations whose bars are the units."""

from app.components import declare

_mount = declare("unit_answers")


def unit_answers(*, key: str) -> None:
    """Show both histograms for the patch that the page's player shows."""
    _mount(key=key)
