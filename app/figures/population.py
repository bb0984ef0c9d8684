"""Figures of a model's population."""

import csv
import io
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

BLUE = "#2a86c7"
ORANGE = "#d55e00"
HEIGHT = 300


def activation_histogram(activations: NDArray[np.float32]) -> go.Figure:
    """Histogram of all units' activations, (patches, n_units) in [0, 1]; counts on a logarithmic scale."""
    edges = np.linspace(0, 1, 51)
    figure = _histogram(activations, edges, "activation a of a unit (0 = silent, 1 = saturated)", "answers")
    figure.update_yaxes(type="log")
    return figure


def active_units_histogram(active_units: NDArray[np.int64], n_units: int) -> go.Figure:
    """Histogram of the number of active units.

    Args:
        active_units: (patches,) from 0 to `n_units`.
        n_units: of the model.
    """
    edges = np.linspace(-0.5, n_units + 0.5, min(n_units + 2, 61))
    return _histogram(active_units, edges, "units active for a patch", "patches")


def occupancy_map(occupancy: NDArray[np.int64]) -> go.Figure:
    """Map of how often each unit has each rank, with units in order of mean rank and dead units last.

    Args:
        occupancy: (n_units, n_units) counts; row i, column k - 1 is for unit i at rank k.
    """
    n_units = len(occupancy)
    ranks = np.arange(1, n_units + 1)
    fired = occupancy.sum(axis=1)
    mean_rank = np.where(fired > 0, occupancy @ ranks / np.maximum(fired, 1), n_units + 1)
    order = np.argsort(mean_rank, kind="stable")
    heat = go.Heatmap(
        x=ranks,
        y=np.arange(n_units),
        z=np.sqrt(occupancy[order]),
        customdata=np.stack([occupancy[order], np.repeat(order[:, None], n_units, axis=1)], axis=-1),
        colorscale="Cividis",
        showscale=False,
        hovertemplate="unit %{customdata[1]}, rank %{x}: %{customdata[0]} patches<extra></extra>",
    )
    return go.Figure(heat, layout=_layout("rank", "units, by mean rank"))


def error_band(mean: NDArray[np.float64], band: NDArray[np.float32]) -> go.Figure:
    """Mean error by rank, and the band between two quantiles.

    Args:
        mean: (n_units,).
        band: (2, n_units), the lower and the upper quantile.
    """
    ranks = np.arange(1, len(mean) + 1)
    lines = [
        go.Scatter(
            x=ranks, y=band[0], line_width=0, showlegend=False, hoverinfo="skip",
            name="a tenth of the patches lie under",
        ),
        go.Scatter(
            x=ranks, y=band[1], line_width=0, fill="tonexty", fillcolor="rgba(213, 94, 0, 0.2)",
            name="four of five patches", hoverinfo="skip",
        ),
        go.Scatter(x=ranks, y=mean, line_color=ORANGE, name="mean", hovertemplate="rank %{x}: %{y:.3f}"),
    ]  # fmt: skip
    layout = _layout("rank k: number of units summed", "error (L2 norm)")
    layout["legend"] = {"x": 1, "y": 1, "xanchor": "right"}
    return go.Figure(lines, layout=layout)


def as_csv(figure: go.Figure) -> str:
    """The numbers of one of these figures as CSV: a line for each point, bar, or non-zero cell of a map."""
    x_title, y_title = figure.layout.xaxis.title.text, figure.layout.yaxis.title.text
    file = io.StringIO()
    lines = csv.writer(file, lineterminator="\n")
    if isinstance(figure.data[0], go.Heatmap):
        cells = figure.data[0].customdata
        lines.writerow(["unit", x_title, "patches"])
        rows, cols = np.nonzero(cells[:, :, 0])
        ranks = np.asarray(figure.data[0].x)[cols]
        lines.writerows(zip(cells[rows, cols, 1], ranks, cells[rows, cols, 0], strict=True))
    else:
        lines.writerow(["series", x_title, y_title])
        for number, trace in enumerate(figure.data):
            name = trace.name or ("counts" if len(figure.data) == 1 else f"line {number + 1}")
            lines.writerows((name, x, y) for x, y in zip(trace.x, trace.y, strict=True))
    return file.getvalue()


def _histogram(values: NDArray[Any], edges: NDArray[np.float64], x_title: str, y_title: str) -> go.Figure:
    counts, edges = np.histogram(values, edges)
    bars = go.Bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        marker_color=BLUE,
        customdata=np.stack([edges[:-1], edges[1:]], axis=1),
        hovertemplate="%{y} from %{customdata[0]:.3g} to %{customdata[1]:.3g}<extra></extra>",
    )
    return go.Figure(bars, layout={**_layout(x_title, y_title), "bargap": 0})


def _layout(x_title: str, y_title: str) -> dict[str, Any]:
    return {
        "xaxis_title": x_title,
        "yaxis_title": y_title,
        "height": HEIGHT,
        "margin": {"l": 50, "r": 10, "t": 10, "b": 45},
    }
