"""The live chart: lines that move while a training runs, without their nodes ever being replaced."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.components import declare

_mount = declare("live_chart", "payload", "chart")


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Attributes:
        name: as the legend shows it.
        x, y: its points, x increasing.
        kind: 'main', 'second', 'reference' or 'level': how it is drawn.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    kind: str


def live_chart(
    lines: Sequence[Line],
    *,
    title: str,
    x_label: str,
    y_label: str,
    x_max: float,
    y_max: float,
    test_id: str,
    key: str,
) -> None:
    """Show lines in a chart that starts at (0, 0) and is cut off at `x_max` and `y_max`."""
    _mount(
        data={
            "title": title,
            "xLabel": x_label,
            "yLabel": y_label,
            "xMax": x_max,
            "yMax": y_max,
            "testId": test_id,
            "series": [
                {"name": line.name, "x": list(line.x), "y": list(line.y), "kind": line.kind} for line in lines
            ],
        },
        key=key,
    )
