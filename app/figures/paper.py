"""The paper's figures, drawn by Plotly from their numbers."""

import csv
import io

import numpy as np
import plotly.graph_objects as go

from model.report.shapes import Axis, Histogram, Lines, Map, Shape, Tiles

HEIGHT = 380
MARGIN = {"l": 50, "r": 10, "t": 10, "b": 45}
COLOURS = ("#999999", "#707070", "#2a86c7", "#d55e00")
"""Of lines in their order."""


def drawn(shape: Shape) -> go.Figure:
    """The figure of some numbers."""
    if isinstance(shape, Lines):
        figure = go.Figure(
            [
                go.Scatter(
                    x=line.x, y=line.y, name=line.name, line_color=colour,
                    line_dash="dash" if line.name.endswith("train") else "solid",
                )
                for line, colour in zip(shape.lines, COLOURS, strict=False)
            ]
        )  # fmt: skip
        _label(figure, shape.x, shape.y)
        figure.update_layout(legend={"x": 1, "y": 1, "xanchor": "right"})
    elif isinstance(shape, Histogram):
        bars = go.Bar(
            x=(shape.edges[:-1] + shape.edges[1:]) / 2, y=shape.counts, width=np.diff(shape.edges),
            marker_color="#2a86c7", hovertemplate="%{y} units at %{x:.3g}<extra></extra>",
        )  # fmt: skip
        figure = go.Figure(bars, layout={"bargap": 0})
        _label(figure, shape.x, shape.y)
    elif isinstance(shape, Map):
        figure = _map(shape)
    else:
        return _tiles(shape)
    figure.update_layout(height=HEIGHT, margin=MARGIN)
    return figure


def as_csv(shape: Shape) -> str:
    """The numbers of a figure as CSV."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(shape.table())
    return file.getvalue()


def _label(figure: go.Figure, x: Axis, y: Axis) -> None:
    figure.update_xaxes(title=x.title, type="log" if x.logarithmic else "linear")
    figure.update_yaxes(title=y.title, type="log" if y.logarithmic else "linear")


def _map(shape: Map) -> go.Figure:
    logarithmic = shape.value.logarithmic
    shown = np.log10(np.maximum(shape.values, 1e-3)) if logarithmic else shape.values
    heat = go.Heatmap(
        x=shape.x_values,
        y=shape.y_values,
        z=shown,
        customdata=shape.values,
        colorscale="Cividis",
        colorbar={
            "title": {"text": f"{shape.value.title}{', as log10' if logarithmic else ''}", "side": "right"}
        },
        hovertemplate=f"{shape.x.title} %{{x:,}}, {shape.y.title} %{{y}}: %{{customdata:.3f}}<extra></extra>",
    )
    figure = go.Figure(heat)
    _label(figure, shape.x, shape.y)
    return figure


def _tiles(shape: Tiles) -> go.Figure:
    picture = shape.mosaic()
    size = shape.pictures.shape[1] + 1
    names = np.full(picture.shape[:2], "", object)
    for place, name in enumerate(shape.names):
        top, left = size * (place // shape.columns), size * (place % shape.columns)
        names[top : top + size - 1, left : left + size - 1] = name
    image = go.Image(z=picture, customdata=names[..., None], hovertemplate="%{customdata[0]}<extra></extra>")
    figure = go.Figure(image)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    is_wide = picture.shape[1] > 1.5 * picture.shape[0]
    figure.update_layout(height=HEIGHT // 2 if is_wide else HEIGHT, margin={"l": 0, "r": 0, "t": 5, "b": 5})
    return figure
