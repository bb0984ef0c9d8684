"""Numba's pool of threads: how many of them a call uses, and which calls may use it at the same time."""

import contextlib
import os
import threading
from collections.abc import Iterator

import numba

# The threads of a call wait for each other twice a batch, some hundred microseconds apart. Sleeping each time
# would cost more than the second processor brings; spinning without end costs nine tenths of the speed as
# soon as another process is busy. So they spin for about as long as a batch takes, then sleep. GNU's OpenMP
# reads this when the first parallel loop starts; a user's own setting has precedence.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")

# Re-entrant: `ProcessorChoice` holds it around the call whose time it takes, and the call enters it again.
_pool_lock = threading.RLock()


def uses_one_processor() -> bool:
    """Whether the calling thread's kernels use one processor, and so need no pool."""
    return numba.get_num_threads() == 1


def pool_access() -> contextlib.AbstractContextManager[object]:
    """Hold this around a kernel call; it waits where two calls must not be in the pool at once.

    Of Numba's threading layers 'tbb' and 'omp' serve any number of calling threads side by side.
    'workqueue', the fallback where neither is installed, ends the process if two threads enter it at once.
    A call on one processor does not enter the pool at all.
    """
    if uses_one_processor():  # which also starts the pool, and so settles on a layer
        return contextlib.nullcontext()
    layer = numba.threading_layer()  # type: ignore[attr-defined]
    return _pool_lock if layer == "workqueue" else contextlib.nullcontext()


@contextlib.contextmanager
def using_processors(count: int) -> Iterator[None]:
    """Let the calling thread's kernels use at most `count` processors, at least one.

    What they compute does not depend on it.
    """
    before = numba.get_num_threads()
    numba.set_num_threads(max(1, min(count, before)))
    try:
        yield
    finally:
        numba.set_num_threads(before)
