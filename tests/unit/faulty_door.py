"""A door with every fault that the fuzzer must notice; it imports little, as each child does it anew."""

import os
from pathlib import Path
from random import Random

from benchmarks.fuzzing.watch import Door, Handle, Limits

LIMITS = Limits(seconds=1, memory=64 << 20, patience=60)
INPUTS = [b"accepted", b"refused", b"error", b"loop", b"memory", b"end", b"accepted after all"]


def _inputs(_: Path) -> list[bytes]:
    return INPUTS


def _open(_: Path) -> Handle:
    def handle(content: bytes) -> bool:
        if content == b"error":
            raise KeyError("a fault")
        if content == b"memory":
            return len(b"x" * (LIMITS.memory + (8 << 20))) > 0
        if content == b"end":
            os._exit(3)
        while content == b"loop":
            pass
        return content.startswith(b"accepted")

    return handle


def _unchanged(content: bytes, _: Random) -> bytes:
    return content


FAULTY = Door("faulty", len(INPUTS), _inputs, _unchanged, _open)
