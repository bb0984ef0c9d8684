"""Where threads that share a loop wait for each other, many times in a millisecond, without the interpreter.

Each thread writes how often it has been here and spins until all others have been here as often. What a
thread wrote before is then seen by all: its count is stored with `release` and read with `acquire`, in LLVM's
words.
That costs a third of a microsecond where every thread has a processor; `processors.py` sees to that.

Numba's cache does not notice a change of this file: after one, delete the files that end in `.nbi`.
"""

import sys

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

from model.kernels.compiler import compiled

Barrier = NDArray[np.int64]

_CACHE_LINE = 8
"""Numbers of 8 bytes in one: counts in one line would be taken away from each other's processor."""
_SPINS = 5_000
"""After so many, some microseconds, the other thread has no processor: another program may have this one."""
_sched_yield = types.ExternalFunction("sched_yield", types.int32())
_LEFT = np.iinfo(np.int64).max


def new_barrier(threads: int) -> Barrier:
    """For this many threads, at least 1: how often each has been here."""
    return np.zeros((threads, _CACHE_LINE), np.int64)


def leave(barrier: Barrier, thread: int) -> None:
    """Let nobody wait for a thread any more, as it has ended.

    Args:
        barrier: from `new_barrier`.
        thread: its number, 0 to threads - 1.
    """
    barrier[thread, 0] = _LEFT


@compiled()
def meet(barrier, thread):
    """Wait until every thread has called this as often as the calling one.

    Args:
        barrier: (threads, _CACHE_LINE) int64, from `new_barrier`.
        thread: the number of the calling thread.
    """
    times = barrier[thread, 0] + 1
    _store(barrier, thread, times)
    for other in range(len(barrier)):
        spins = 0
        while _load(barrier, other) < times:
            spins += 1
            if spins > _SPINS:
                _let_others_run()


def _let_others_run() -> None:
    """No-op: Python's own lock goes round by itself."""


def _store(barrier: Barrier, thread: int, times: int) -> None:
    barrier[thread, 0] = times


def _load(barrier: Barrier, thread: int) -> int:
    return int(barrier[thread, 0])


# Numba wants a function of the same parameters, and passes the typing context of an intrinsic itself.
@overload(_let_others_run, inline="always")
def _compiled_let_others_run():
    if sys.platform == "win32":
        return lambda: None

    def let_others_run():
        _sched_yield()

    return let_others_run


@overload(_store, inline="always")
def _compiled_store(barrier, thread, times):
    def store(barrier, thread, times):
        _store_release(barrier, thread, times)  # type: ignore[call-arg]

    return store


@overload(_load, inline="always")
def _compiled_load(barrier, thread):
    def load(barrier, thread):
        return _load_acquire(barrier, thread)  # type: ignore[call-arg]

    return load


@intrinsic
def _store_release(typing_context, barrier, thread, times):
    def generate(context, builder, signature, arguments):
        pointer = _pointer(context, builder, signature, arguments)
        builder.store_atomic(arguments[2], pointer, "release", align=8)
        return context.get_dummy_value()

    return types.void(barrier, types.intp, types.int64), generate


@intrinsic
def _load_acquire(typing_context, barrier, thread):
    def generate(context, builder, signature, arguments):
        return builder.load_atomic(_pointer(context, builder, signature, arguments), "acquire", align=8)

    return types.int64(barrier, types.intp), generate


def _pointer(context, builder, signature, arguments):
    """To the first number in the row of a thread."""
    kind = signature.args[0]
    array = context.make_array(kind)(context, builder, arguments[0])
    zero = context.get_constant(types.intp, 0)
    return cgutils.get_item_pointer(context, builder, kind, array, [arguments[1], zero])
