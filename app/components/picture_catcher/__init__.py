"""The picture catcher: what is pasted or dropped anywhere on the page goes to the page's file uploader."""

from app.components import declare
from app.components.triggers import read_trigger

_mount = declare("picture_catcher")


def picture_catcher(*, key: str) -> bool:
    """Show how to paste; return whether the visitor's browser has a camera."""
    _mount(key=key, on_camera_change=lambda: None)
    return bool(read_trigger(key, "camera", bool))
