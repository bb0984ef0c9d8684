"""Write what the browser's modules must compute: inputs, and the outputs that Python gives for them.

Usage: python -m tests.js.write_oracle

One JSON file for each subject in tests/js/oracle/, which `node --test` reads. Numbers come from `model` where
it has them, else from plain NumPy.
"""

import base64
import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.components.payload import pack
from model.checkpoint import load_checkpoint
from model.coding.decomposition import decompose, reconstruction_at
from model.coding.picture_code import encode_picture
from model.data.pictures import ASSETS, as_patches
from model.data.sources import bundled_sample
from model.kernels.compiled import patch_errors
from tests.js import picture_oracle, pursuit_oracle, talk_oracle, trainer_oracle, training_oracle
from tests.js.encoding import base64_of

FOLDER = Path(__file__).parent / "oracle"
PATCH_SIZE = 7
RANKS = (0, 1, 2, 10, 50, 169)


def main() -> None:
    """Write all files anew."""
    FOLDER.mkdir(exist_ok=True)
    subjects = {
        "code": code(),
        "ties": ties(),
        "pursuit": pursuit_oracle.pursuit(),
        "payload": payload(),
        "chart_scale": chart_scale(),
        "zoom": zoom(),
        "picture": picture_oracle.picture(),
        "colours": picture_oracle.colours(),
        "feed": training_oracle.feed(),
        "places": training_oracle.places(),
        "histograms": training_oracle.histograms(),
        "unit_order": training_oracle.unit_order(),
        "picture_sums": talk_oracle.picture_sums(),
        "recording": talk_oracle.recording(),
        "comparison": talk_oracle.comparison(),
        "trainer": trainer_oracle.trainer(),
    }
    for name, content in subjects.items():
        (FOLDER / f"{name}.json").write_text(json.dumps(content, allow_nan=False))


def code() -> dict[str, Any]:
    """Patches of bundled pictures, as the bundled models encode and rebuild them."""
    pictures = bundled_sample().test
    cases = []
    for model in ("rank-order", "progressive"):
        weights = load_checkpoint(ASSETS / f"{model}.safetensors").weights
        for position, row, col in ((0, 0, 0), (3, 12, 12), (7, 25, 5)):
            picture = pictures.picture(position)
            patch = picture[row : row + PATCH_SIZE, col : col + PATCH_SIZE]
            cases.append({"picture": base64_of(picture), "row": row, "col": col, **encoded(patch, weights)})
    return {"width": 32, "patchSize": PATCH_SIZE, "cases": cases}


def encoded(patch: NDArray[np.uint8], weights: NDArray[np.float32]) -> dict[str, Any]:
    """A patch (size, size, 3) of bytes, its code, and what comes of it at some ranks.

    The order of active units is that of `encode_picture`, the pre-activations are in double precision.
    """
    flat = as_patches(patch[None])
    picture_code = encode_picture(patch, weights, len(patch))
    active = int(picture_code.active_units[0])
    p = flat.astype(np.float64) @ weights.T.astype(np.float64) / weights.shape[1]
    decomposition = decompose(weights, flat)
    # Without the units of ranks 1 and 3, whose activations count for nothing then.
    off = [int(unit) for unit in picture_code.units[0, :3:2]]
    kept = decomposition.activations.copy()
    kept[:, off] = 0
    return {
        "weights": base64_of(weights),
        "patch": flat[0].tolist(),
        "preActivations": p[0].tolist(),
        "active": active,
        "order": picture_code.units[0, :active].tolist(),
        "activations": picture_code.activations[0, :active].tolist(),
        "errors": patch_errors(weights, flat)[0][0].tolist(),
        "reconstructions": [
            {"rank": rank, "values": reconstruction_at(weights, decomposition, rank)[0].tolist()}
            for rank in RANKS
        ],
        "off": off,
        "withoutOff": (kept @ weights)[0].tolist(),
    }


def ties() -> dict[str, Any]:
    """Units that are equal, and units that only double precision tells apart.

    All numbers are short binary fractions: sums of their products are exact in double precision in whatever
    order they are added.
    """
    rng = np.random.default_rng(0)
    patch = (rng.integers(0, 8, (PATCH_SIZE, PATCH_SIZE, 3)) * 32).astype(np.uint8)
    inputs = patch.size
    weights = (rng.integers(-8, 9, (64, inputs)) / 8).astype(np.float32)
    weights[20] = weights[4] = weights[41]  # equal
    weights[11] = -weights[3]
    bright = int(patch.argmax())
    near = np.zeros((2, inputs), np.float32)
    near[:, bright] = 1
    near[1, (bright + 1) % inputs] = 2**-30  # a little more, where the patch is not black
    patch.reshape(-1)[(bright + 1) % inputs] = 128
    weights = np.concatenate([weights, near])
    flat = as_patches(patch[None])
    p = flat.astype(np.float64) @ weights.T.astype(np.float64) / inputs
    assert p[0, 65] > p[0, 64]
    assert np.float32(p[0, 65]) == np.float32(p[0, 64])  # in single precision they would be equal
    assert p[0, 20] == p[0, 4] == p[0, 41]
    return {**encoded(patch, weights), "wholeOrder": np.argsort(-p[0], kind="stable").tolist()}


def payload() -> dict[str, Any]:
    """A packed block with an array of each type, and what is in it."""
    header = {"text": "Größe", "number": 1.5, "nothing": None, "list": [1, 2]}
    arrays: dict[str, NDArray[Any]] = {
        "bytes": np.array([[0, 255], [7, 8]], np.uint8),
        "shorts": np.array([0, 65535], np.uint16),
        "ints": np.array([-(2**31), 2**31 - 1], np.int32),
        "floats": np.array([0.1, -1e30], np.float32),
        "none": np.empty(0, np.float32),
    }
    return {
        "packed": base64.b64encode(pack(header, **arrays)).decode(),
        "header": header,
        "arrays": {name: array.ravel().tolist() for name, array in arrays.items()},
    }


def chart_scale() -> dict[str, Any]:
    """Ticks from exact decimals, numbers as Python's own format writes them, lines cut by interpolation."""
    ranges = [(0, 1, 4), (0, 7.3, 4), (1, 169, 8), (-3, 4, 5), (0, 1e6, 3), (2.5, 2.75, 4), (0.1, 0.3, 4)]
    numbers = [0, 1, 0.1234567, 12.34567, 999.96, 9999, 10000, 123456, 1e6, 2.5e7, -42, -123456]
    x = [0.0, 1.0, 2.5, 4.0, 10.0]
    y = [3.0, 1.0, 2.0, -1.0, 0.5]
    views = [(0, 10), (0.5, 3), (1, 4), (2.6, 2.7), (11, 12)]
    return {
        "ticks": [{"range": r, "ticks": ticks(*r)} for r in ranges],
        "numbers": [{"value": value, "text": short_number(value)} for value in numbers],
        "line": {"x": x, "y": y},
        "cuts": [{"view": view, "points": points_between(x, y, *view)} for view in views],
        "scale": scale(),
    }


def ticks(low: float, high: float, count: int) -> list[float]:
    """Multiples in [low, high] of the smallest step of 1, 2, 5 times ten to a power that gives <= `count`."""
    exact_low, exact_high = Decimal(str(low)), Decimal(str(high))
    rough = (exact_high - exact_low) / count
    powers = (Decimal(10) ** power for power in range(-9, 10))
    step = next(power * m for power in powers for m in (1, 2, 5) if power * m >= rough)
    first, last = math.ceil(exact_low / step), math.floor(exact_high / step)
    return [float(i * step) for i in range(first, last + 1)]


def short_number(value: float) -> str:
    """At most four digits, three of thousands and millions."""
    size = abs(value)
    unit, digits, word = 1.0, 4, ""
    if size >= 1e6:
        unit, digits, word = 1e6, 3, " M"
    elif size >= 1e4:
        unit, digits, word = 1e3, 3, " k"
    return f"{'−' if value < 0 else ''}{float(f'{size / unit:.{digits}g}'):g}{word}"


def points_between(x: list[float], y: list[float], low: float, high: float) -> list[list[float]]:
    """The points of a line in a view and where it enters and leaves it, if it goes on there."""
    at = {place for place in x if low <= place <= high}
    at |= {end for end in (low, high) if x[0] < end < x[-1]}
    return [[place, float(np.interp(place, x, y))] for place in sorted(at)]


def scale() -> dict[str, Any]:
    """Places of numbers in a chart of 600 x 200 pixels."""
    view = {"xMin": 1.0, "xMax": 169.0, "yMin": 0.5, "yMax": 4.0}
    box = {"left": 52, "right": 588, "top": 10, "bottom": 162}
    values = np.linspace(-1, 200, 23)
    heights = np.linspace(0, 5, 23)
    slope = (box["right"] - box["left"]) / (view["xMax"] - view["xMin"])
    return {
        "view": view,
        "box": box,
        "x": [[v, box["left"] + (v - view["xMin"]) * slope] for v in values.tolist()],
        "y": [
            [v, float(np.interp(v, [view["yMin"], view["yMax"]], [box["bottom"], box["top"]]))]
            for v in heights.tolist()
        ],
    }


def zoom() -> dict[str, Any]:
    """Rectangles dragged in a chart, and the parts of the view that they cover."""
    view = {"xMin": -2.0, "xMax": 6.0, "yMin": 1.0, "yMax": 3.0}
    box = {"left": 50, "right": 450, "top": 10, "bottom": 110}
    rectangles = [((50, 10), (450, 110)), ((150, 85), (250, 35)), ((400, 20), (100, 60))]
    return {
        "view": view,
        "box": box,
        "cases": [{"from": a, "to": b, "part": part_between(view, box, a, b)} for a, b in rectangles],
    }


def part_between(
    view: dict[str, float], box: dict[str, int], a: tuple[int, int], b: tuple[int, int]
) -> dict[str, float]:
    """The part of a view that a rectangle in pixels covers."""
    x = np.interp(sorted((a[0], b[0])), [box["left"], box["right"]], [view["xMin"], view["xMax"]])
    y = np.interp(sorted((a[1], b[1])), [box["top"], box["bottom"]], [view["yMax"], view["yMin"]])
    return {"xMin": float(x[0]), "xMax": float(x[1]), "yMin": float(y[1]), "yMax": float(y[0])}


if __name__ == "__main__":
    main()
