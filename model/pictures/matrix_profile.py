"""ICC profiles made of three primaries and a tone curve, for files that name their colours in numbers.

A PNG may carry gamma and primaries, or code points of ITU-T H.273; a BMP has fields of its own. All become
a small ICC profile here, so that there is one way from any colours to sRGB (`model/pictures/colour.py`).
"""

import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

D65 = (0.3127, 0.3290)
SRGB_PRIMARIES = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
SRGB_CODES = (1, 13)
"""The code points of its primaries and of its curve in ITU-T H.273."""
_WHITE_C = (0.310, 0.316)
_NTSC = (0.630, 0.340, 0.310, 0.595, 0.155, 0.070)
PRIMARIES = {
    SRGB_CODES[0]: (SRGB_PRIMARIES, D65),
    4: ((0.67, 0.33, 0.21, 0.71, 0.14, 0.08), _WHITE_C),
    5: ((0.64, 0.33, 0.29, 0.60, 0.15, 0.06), D65),
    6: (_NTSC, D65),
    7: (_NTSC, D65),
    8: ((0.681, 0.319, 0.243, 0.692, 0.145, 0.049), _WHITE_C),
    9: ((0.708, 0.292, 0.170, 0.797, 0.131, 0.046), D65),
    10: ((1.0, 0.0, 0.0, 1.0, 0.0, 0.0), (1 / 3, 1 / 3)),
    11: ((0.680, 0.320, 0.265, 0.690, 0.150, 0.060), (0.314, 0.351)),
    12: ((0.680, 0.320, 0.265, 0.690, 0.150, 0.060), D65),
    22: ((0.630, 0.340, 0.295, 0.605, 0.155, 0.077), D65),
}
"""x and y of red, green and blue, and of white, by their code point in ITU-T H.273."""
_D50_XYZ = np.array([0.9642, 1.0, 0.8249])
"""The white point that all ICC profiles refer to."""
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
"""XYZ to the responses of the eye's cones, in which one white is adapted to another."""
_CURVE_POINTS = 256
"""One for each value of an 8-bit pixel, so that nothing is interpolated."""


def _power(exponent: float) -> Callable[[Floats], Floats]:
    return lambda values: values**exponent


def _srgb(values: Floats) -> Floats:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _smpte_240(values: Floats) -> Floats:
    return np.where(values < 0.0913, values / 4, ((values + 0.1115) / 1.1115) ** (1 / 0.45))


def _smpte_428(values: Floats) -> Floats:
    return (52.37 / 48 * values**2.6).clip(0, 1)


TRANSFERS = {
    **dict.fromkeys((1, 6, 11, 14, 15), _power(2.4)),  # television, as its screens show it
    4: _power(2.2),
    5: _power(2.8),
    7: _smpte_240,
    8: _power(1.0),
    SRGB_CODES[1]: _srgb,
    17: _smpte_428,
}
"""From values to light, by code point in ITU-T H.273; those of high dynamic range are not among them."""


def matrix_profile(
    primaries: tuple[float, ...], white: tuple[float, float], to_linear: Callable[[Floats], Floats]
) -> bytes:
    """An ICC profile (version 2, class monitor) of an RGB space.

    Args:
        primaries: x and y of red, green and blue in the CIE 1931 diagram.
        white: x and y of the white point; it is adapted to D50 by the Bradford method.
        to_linear: from encoded values in [0, 1] to linear light in [0, 1].

    Raises:
        ValueError: the primaries lie on one line, or a number is no use in a profile.
    """
    columns = _to_xyz_d50(primaries, white)
    light = np.asarray(to_linear(np.linspace(0, 1, _CURVE_POINTS)))
    if not (np.isfinite(columns).all() and np.isfinite(light).all() and np.abs(columns).max() < 100):
        raise ValueError("these primaries or this curve make no colour space")
    points = np.rint(light.clip(0, 1) * 65535).astype(">u2").tobytes()
    curve = b"curv" + bytes(4) + struct.pack(">I", _CURVE_POINTS) + points
    tags = {b"wtpt": _xyz(_D50_XYZ)}
    for name, column in zip((b"r", b"g", b"b"), columns.T, strict=True):
        tags[name + b"XYZ"] = _xyz(column)
    return _profile(tags, curve)


def _to_xyz_d50(primaries: tuple[float, ...], white: tuple[float, float]) -> Floats:
    """(3, 3): what linear red, green and blue give of X, Y and Z, with white at D50."""
    chromaticities = np.array(primaries, np.float64).reshape(3, 2)
    with np.errstate(all="ignore"):
        colours = np.column_stack([_xyz_of(x, y) for x, y in chromaticities])
        source_white = _xyz_of(*white) / np.float64(white[1])
        try:
            to_xyz = colours * np.linalg.solve(colours, source_white)
        except np.linalg.LinAlgError as error:
            raise ValueError("the primaries lie on one line") from error
        gains = (_BRADFORD @ _D50_XYZ) / (_BRADFORD @ source_white)
        adapted: Floats = np.linalg.inv(_BRADFORD) @ np.diag(gains) @ _BRADFORD @ to_xyz
    return adapted


def _xyz_of(x: float, y: float) -> Floats:
    """XYZ of a chromaticity, all three together 1."""
    return np.array([x, y, 1 - x - y])


def _xyz(values: Floats) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(float(value) * 65536) for value in values))


def _profile(tags: dict[bytes, bytes], curve: bytes) -> bytes:
    """Header, table of tags and their data; the three curves share one place."""
    start = 128 + 4 + 12 * (len(tags) + 3)
    table, body = [], b""
    for name, data in tags.items():
        table.append(struct.pack(">4sII", name, start + len(body), len(data)))
        body += data
    table += [
        struct.pack(">4sII", name, start + len(body), len(curve)) for name in (b"rTRC", b"gTRC", b"bTRC")
    ]
    body += curve
    header = struct.pack(
        ">I4sI4s4s4s12x4s24x", start + len(body), bytes(4), 0x02400000, b"mntr", b"RGB ", b"XYZ ", b"acsp"
    )
    illuminant = struct.pack(">3i", *(round(float(value) * 65536) for value in _D50_XYZ))
    return (
        (header + bytes(4) + illuminant).ljust(128, b"\0")
        + struct.pack(">I", len(table))
        + b"".join(table)
        + body
    )
