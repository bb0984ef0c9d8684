"""The picture catcher: a picture pasted or dropped anywhere on the page goes to the page's file uploader."""

from app.components import declare
from app.components.triggers import read_trigger

_mount = declare("picture_catcher")


def picture_catcher(*, key: str) -> bool:
    """Show how to paste a picture.

    Args:
        key: of the component on the page.

    Returns:
        Whether the browser has a camera; False until it has said so.
    """
    _mount(key=key, on_camera_change=lambda: None)
    return bool(read_trigger(key, "camera", bool))
