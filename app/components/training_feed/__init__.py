"""The training feed: how a run stands, told to the page's other components a few times a second.

It asks the server over HTTP (`app/api.py`), so that watching a training costs no script run; only when the
run's state changes does the page hear of it.
"""

from app.components import declare
from app.components.payload import pack

_mount = declare("training_feed", "payload", "chart")


def training_feed(run: str | None, state: str, *, key: str) -> None:
    """Show how a run stands.

    Args:
        run: its name; None where there is none to watch.
        state: of the run as this page shows it.
        key: of the component on the page.
    """
    # A script run is all that another state asks for.
    _mount(data=pack({"run": run, "state": state}), key=key, on_state_change=lambda: None)
