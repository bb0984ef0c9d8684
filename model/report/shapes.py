"""The shapes of figures, as plain numbers; what draws them, on the page or in the report, is apart."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST_NAMES = 30
Numbers = NDArray[np.float64]


class Axis(NamedTuple):
    """An axis.

    Attributes:
        title: what it shows, with its unit.
        logarithmic: whether equal steps multiply.
    """

    title: str
    logarithmic: bool = False


class Line(NamedTuple):
    """One line of `Lines`.

    Attributes:
        name: as the legend has it.
        x, y: (points,) each.
    """

    name: str
    x: Numbers
    y: Numbers


@dataclass(frozen=True)
class Lines:
    """Lines over one pair of axes.

    Attributes:
        lines: in the order in which they are drawn.
        x, y: the axes.
    """

    lines: tuple[Line, ...]
    x: Axis
    y: Axis

    def table(self) -> list[list[object]]:
        """A header, and a row for each point of each line."""
        rows = [[line.name, x, y] for line in self.lines for x, y in zip(line.x, line.y, strict=True)]
        return [["line", self.x.title, self.y.title], *rows]


@dataclass(frozen=True)
class Histogram:
    """Counts of values between edges.

    Attributes:
        edges: (bars + 1,), increasing.
        counts: (bars,).
        x, y: the axes.
    """

    edges: Numbers
    counts: NDArray[np.int64]
    x: Axis
    y: Axis

    def table(self) -> list[list[object]]:
        """A header, and a row for each bar."""
        rows = zip(self.edges[:-1], self.edges[1:], self.counts, strict=True)
        return [[f"{self.x.title}, from", "to", self.y.title], *([low, high, n] for low, high, n in rows)]


@dataclass(frozen=True)
class Map:
    """A number for each cell of a grid, as a colour.

    Attributes:
        x_values: (columns,).
        y_values: (rows,), upwards.
        values: (rows, columns).
        x, y: the axes.
        value: what the colours show.
    """

    x_values: Numbers
    y_values: Numbers
    values: Numbers
    x: Axis
    y: Axis
    value: Axis

    def table(self) -> list[list[object]]:
        """A header, and a row for each cell."""
        cells = [
            [x, y, self.values[i, j]]
            for i, y in enumerate(self.y_values)
            for j, x in enumerate(self.x_values)
        ]
        return [[self.x.title, self.y.title, self.value.title], *cells]


@dataclass(frozen=True)
class Tiles:
    """Small square pictures in a grid, row by row.

    Attributes:
        pictures: (tiles, size, size, 3) bytes.
        names: of each tile.
        numbers: (tiles, size * size * 3), what the pictures show, before it was scaled to bytes.
        columns: tiles in a row.
    """

    pictures: NDArray[np.uint8]
    names: tuple[str, ...]
    numbers: NDArray[np.float32]
    columns: int

    def mosaic(self) -> NDArray[np.uint8]:
        """All tiles in one picture, (rows, columns, 3) bytes, with a white pixel between them."""
        count, size = self.pictures.shape[:2]
        rows, pitch = -(-count // self.columns), size + 1
        picture = np.full((rows * pitch - 1, self.columns * pitch - 1, 3), 255, np.uint8)
        for place, tile in enumerate(self.pictures):
            top, left = pitch * (place // self.columns), pitch * (place % self.columns)
            picture[top : top + size, left : left + size] = tile
        return picture

    def names_in_words(self) -> str:
        """What the tiles are, in a sentence; '' if there are too many to tell them one by one."""
        return f"Row by row: {', '.join(self.names)}." if len(self.names) <= MOST_NAMES else ""

    def table(self) -> list[list[object]]:
        """A header, and a row of all numbers for each tile."""
        header = ["tile", *(f"value {i}" for i in range(self.numbers.shape[1]))]
        return [header, *([name, *row] for name, row in zip(self.names, self.numbers.tolist(), strict=True))]


Shape = Lines | Histogram | Map | Tiles
