"""ICC profiles made from raw bytes, and what colours are in sRGB by the definitions alone."""

import itertools
import struct
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, ...]
SRGB_TO_XYZ = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)
"""Linear sRGB to XYZ with white at D50, as the standard's own profile has it."""
P3_TO_XYZ = np.array([[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]])
ADOBE_TO_XYZ = np.array(
    [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]]
)
WHITE_XYZ = (0.9642, 1.0, 0.8249)


def from_srgb_curve(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def in_srgb(
    colour: Colour,
    to_xyz: NDArray[np.float64],
    to_light: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> list[int]:
    """A colour of another space in sRGB, from 0 to 255."""
    xyz = to_xyz @ to_light(np.array(colour) / 255)
    light = (np.linalg.inv(SRGB_TO_XYZ) @ xyz).clip(0, 1)
    values = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return [round(float(value)) for value in values * 255]


def profile(space: bytes, tags: dict[bytes, bytes], connection: bytes = b"XYZ ") -> bytes:
    """An ICC profile of version 2; `space` is `RGB `, `GRAY` or `CMYK`."""
    start = 128 + 4 + 12 * len(tags)
    table, body = b"", b""
    for name, data in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = start + len(body)
    kind = b"prtr" if space == b"CMYK" else b"mntr"
    head = struct.pack(">I4xI4s4s4s12x4s", size, 0x02400000, kind, space, connection, b"acsp")
    head = head.ljust(68, b"\0") + struct.pack(">3i", *(round(v * 65536) for v in WHITE_XYZ))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def xyz_tag(values: Sequence[float]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(float(value) * 65536) for value in values))


def gamma_tag(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))


def srgb_curve_tag() -> bytes:
    numbers = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    return b"para" + bytes(4) + struct.pack(">HH5i", 3, 0, *(round(number * 65536) for number in numbers))


def rgb_profile(to_xyz: NDArray[np.float64], curve: bytes) -> bytes:
    columns = {
        name + b"XYZ": xyz_tag(column) for name, column in zip((b"r", b"g", b"b"), to_xyz.T, strict=True)
    }
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return profile(b"RGB ", {b"wtpt": xyz_tag(WHITE_XYZ), **columns, **curves})


def grey_profile(gamma: float) -> bytes:
    return profile(b"GRAY", {b"wtpt": xyz_tag(WHITE_XYZ), b"kTRC": gamma_tag(gamma)})


def table_tag(channels: int, lightness: Callable[[Sequence[float]], float], steps: int = 9) -> bytes:
    """A table from device values in [0, 1] to the grey of some lightness from 0 to 100."""
    head = b"mft1" + bytes(4) + bytes([channels, 3, steps, 0])
    matrix = struct.pack(">9i", *(65536 if place % 4 == 0 else 0 for place in range(9)))
    points = itertools.product(np.linspace(0, 1, steps), repeat=channels)
    table = b"".join(bytes([round(lightness(point) * 2.55), 128, 128]) for point in points)
    return head + matrix + bytes(range(256)) * channels + table + bytes(range(256)) * 3


def grey_of_lightness(lightness: float) -> list[int]:
    """The grey of some CIE lightness in sRGB."""
    y = ((lightness + 16) / 116) ** 3 if lightness > 8 else lightness * 27 / 24389
    value = 12.92 * y if y <= 0.0031308 else 1.055 * y ** (1 / 2.4) - 0.055
    return [round(value * 255)] * 3


P3 = rgb_profile(P3_TO_XYZ, srgb_curve_tag())
ADOBE = rgb_profile(ADOBE_TO_XYZ, gamma_tag(563 / 256))
LINEAR = rgb_profile(SRGB_TO_XYZ, gamma_tag(1.0))
SWAPPED = rgb_profile(SRGB_TO_XYZ[:, ::-1], srgb_curve_tag())
