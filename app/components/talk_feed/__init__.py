"""What connects the stage's training to the server; nothing of it can be seen.

The state of the training is requested over HTTP (`app/api.py`), so that watching it costs no script run.
"""

from collections.abc import Callable

from app.components import declare
from app.components.payload import pack
from app.components.triggers import read_trigger

_mount = declare("talk_feed")

LARGEST_REQUEST = 2**53
"""From here on, numbers in JavaScript are not exact."""


def talk_feed(
    request: int,
    run: str | None,
    message: str,
    *,
    on_start: Callable[[int], None],
    on_stop: Callable[[], None],
    key: str,
) -> None:
    """Pass the stage's requests on to the server, and publish to it how the training proceeds.

    Args:
        request: the number that the stage gave its latest request for a training; 0 before the first.
        run: name of the training that was started for it; None if there is none.
        message: why there is none.
        on_start: called with the number of a new request, 1 to LARGEST_REQUEST, when the stage starts a
            training.
        on_stop: called when the stage stops it.
        key: of the component on the page.
    """

    def start() -> None:
        wanted = read_trigger(key, "start", int)
        if wanted is not None and 1 <= wanted <= LARGEST_REQUEST:
            on_start(wanted)

    def stop() -> None:
        if read_trigger(key, "stop", int) is not None:
            on_stop()

    data = pack({"request": request, "run": run, "message": message})
    _mount(data=data, key=key, on_start_change=start, on_stop_change=stop)
