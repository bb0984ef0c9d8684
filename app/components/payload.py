"""Arrays for a component as one block of bytes: a component takes bytes at the top level only.

Layout, little-endian: length of the header (uint32), the header as JSON, then the arrays one after
another. The header's `arrays` names each with its type and its place after the header. `shared/payload.js`
reads it.
"""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

ARRAY_TYPES = ("uint8", "uint16", "int32", "float32")


def pack(header: dict[str, Any], **arrays: NDArray[Any]) -> bytes:
    """Pack a header and flat copies of arrays.

    Args:
        header: JSON values.
        arrays: of a type in ARRAY_TYPES; the browser sees them flat.

    Raises:
        ValueError: an array of another type.
    """
    blocks = []
    places = {}
    offset = 0
    for name, array in arrays.items():
        if array.dtype.name not in ARRAY_TYPES:
            raise ValueError(f"{name} has type {array.dtype}, not one of {', '.join(ARRAY_TYPES)}.")
        block = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
        places[name] = [array.dtype.name, offset, len(block)]
        offset += len(block)
        blocks.append(block)
    text = json.dumps({**header, "arrays": places}, allow_nan=False).encode()
    return b"".join([len(text).to_bytes(4, "little"), text, *blocks])
