"""The live chart: lines that move while a training runs, without their nodes ever being replaced.

It shows the run that the page's training feed publishes, marks the moment that the time scrubber stands at,
and can be zoomed into.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from app.components import declare
from app.components.payload import pack

_mount = declare("live_chart")


@dataclass(frozen=True)
class Live:
    """A line that grows: a figure of the run that is watched.

    Attributes:
        name: as the legend shows it.
        figure: 'trainError', 'testError', 'trainObjective' or 'testObjective', as in shared/training.js.
        kind: as in `Line`.
    """

    name: str
    figure: str
    kind: str


@dataclass(frozen=True)
class Line:
    """A line that stands still.

    Attributes:
        name: as the legend shows it.
        x, y: its points: patches seen, increasing, and a value in the unit of the vertical axis.
        kind: 'main', 'second', 'reference', 'level', or 'other1' to 'other5': how it is drawn.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    kind: str


def live_chart(
    live: Sequence[Live],
    still: Sequence[Line],
    *,
    title: str,
    y_label: str,
    x_max: float,
    y_max: float,
    test_id: str,
    key: str,
) -> None:
    """Show lines over patches seen, from 0 to all the patches that the run learns from.

    Args:
        live: lines of the run that is watched.
        still: lines beside them.
        title: above the chart.
        y_label: of the vertical axis.
        x_max: patches at which the horizontal axis ends while no run is watched.
        y_max: where the vertical axis ends, in the unit of the lines.
        test_id: of the chart on the page.
        key: of the component on the page.
    """
    header = {
        "title": title,
        "yLabel": y_label,
        "xMax": x_max,
        "yMax": y_max,
        "testId": test_id,
        "live": [asdict(line) for line in live],
        "still": [{**asdict(line), "x": list(line.x), "y": list(line.y)} for line in still],
    }
    _mount(data=pack(header), key=key)
