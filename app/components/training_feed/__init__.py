"""The training feed: the state of a run, published to the page's other components a few times a second.

It requests the state over HTTP (`app/api.py`), so that watching a training costs no script run; the script
runs only when the run's state, such as 'running', becomes another one.
"""

from app.components import declare
from app.components.payload import pack

_mount = declare("training_feed")


def training_feed(run: str | None, state: str, *, key: str) -> None:
    """Show the state and the figures of a run.

    Args:
        run: its name; None if there is none to watch.
        state: of the run as this script run shows it; '' without a run.
        key: of the component on the page.
    """
    # The callback does nothing: the script run that follows it is what another state needs.
    _mount(data=pack({"run": run, "state": state}), key=key, on_state_change=lambda: None)
