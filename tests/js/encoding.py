"""Arrays as text."""

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray


def base64_of(array: NDArray[Any]) -> str:
    """The array's own bytes."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
