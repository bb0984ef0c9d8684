"""How loops are compiled: to machine code that is kept on disk beside the sources, if a folder takes it."""

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """A decorator that compiles a loop by Numba at its first call.

    The machine code is kept in `__pycache__`, else in the user's cache folder, and the next process loads it.
    Where neither can be written to, each process compiles anew, which takes most of a minute.

    Args:
        options: of `numba.njit`; errors are as in NumPy, and Python's lock is released.
    """

    def decorate(loop: Callable[..., Any]) -> Any:
        try:
            return njit(error_model="numpy", nogil=True, cache=True, **options)(loop)
        except RuntimeError:  # no folder can be written to
            return njit(error_model="numpy", nogil=True, **options)(loop)

    return decorate
