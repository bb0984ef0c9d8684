"""Figures as SVG, for the report, drawn by matplotlib."""

import io
import threading
from html import escape

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from model.report.shapes import Axis, Histogram, Line, Lines, Map, Shape, Tiles

COLOURS = ("#999999", "#555555", "#2a86c7", "#d55e00")
"""Of lines in their order: told apart with any colour vision, and by brightness."""
_DRAWING = threading.Lock()
"""Matplotlib's settings are those of the whole process."""
_WIDTH, _HEIGHT = 6.4, 4.0
"""Inches."""


def as_svg(shape: Shape, name: str) -> str:
    """Draw a figure.

    Args:
        shape: its numbers.
        name: for whoever can't see it.

    Returns:
        An `<svg>` element that needs nothing from elsewhere: text is text, pictures are within.
    """
    with _DRAWING, mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "rankscope", "font.size": 11}):
        figure = Figure(figsize=(_WIDTH, _HEIGHT), layout="constrained")
        axes = figure.subplots()
        if isinstance(shape, Lines):
            _draw_lines(axes, shape)
        elif isinstance(shape, Histogram):
            _draw_histogram(axes, shape)
        elif isinstance(shape, Map):
            _draw_map(figure, axes, shape)
        else:
            _draw_tiles(figure, axes, shape)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    svg = file.getvalue()
    _, _, drawn = svg.partition("<svg")
    return f'<svg role="img" aria-label="{escape(name)}"{drawn}'


def _label(axes: Axes, x: Axis, y: Axis) -> None:
    axes.set_xlabel(x.title)
    axes.set_ylabel(y.title)
    if x.logarithmic:
        axes.set_xscale("log")
    if y.logarithmic:
        axes.set_yscale("log")


def _draw_lines(axes: Axes, shape: Lines) -> None:
    for line, colour in zip(shape.lines, COLOURS, strict=False):
        axes.plot(line.x, line.y, color=colour, label=line.name, linestyle=_style(line))
    _label(axes, shape.x, shape.y)
    axes.grid(alpha=0.3)
    axes.legend()


def _style(line: Line) -> str:
    return "--" if line.name.endswith("train") else "-"


def _draw_histogram(axes: Axes, shape: Histogram) -> None:
    axes.stairs(shape.counts, shape.edges, fill=True, color="#2a86c7")
    _label(axes, shape.x, shape.y)
    axes.set_ylim(bottom=0)


def _draw_map(figure: Figure, axes: Axes, shape: Map) -> None:
    low, high = float(shape.values.min()), float(shape.values.max())
    norm = LogNorm(max(low, 1e-3), high) if shape.value.logarithmic else Normalize(low, high)
    # As one picture: a rectangle for each of some 25,000 cells would take megabytes.
    mesh = axes.pcolormesh(
        shape.x_values,
        shape.y_values,
        shape.values,
        norm=norm,
        cmap="cividis",
        shading="nearest",
        rasterized=True,
    )
    figure.colorbar(mesh, ax=axes, label=shape.value.title)
    _label(axes, shape.x, shape.y)


def _draw_tiles(figure: Figure, axes: Axes, shape: Tiles) -> None:
    picture = shape.mosaic()
    height, width = picture.shape[:2]
    figure.set_size_inches(_WIDTH, max(1.5, min(_WIDTH, _WIDTH * height / width)))
    axes.imshow(picture, interpolation="nearest")
    axes.set_axis_off()
