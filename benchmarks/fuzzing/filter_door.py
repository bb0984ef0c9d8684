"""The door through which filters come that were made elsewhere."""

import io
from pathlib import Path
from random import Random

import numpy as np
from safetensors.numpy import save

from benchmarks.fuzzing.file_doors import refused
from benchmarks.fuzzing.mutations import damaged_bytes, damaged_tensors, damaged_zip
from benchmarks.fuzzing.watch import Door, Handle
from model.checkpoint import CheckpointError
from model.imports.filters import Axes, load_model_file

_NPY, _ZIP = b"\x93NUMPY", b"PK"
_WORDS = (
    b"'<f8'",
    b"'|O8'",
    b"'>i2'",
    b"[('a', 'f4')]",
    b"True",
    b"(9,)",
    b"(3, -27)",
    b"(999999999, 27)",
    b"((",
    b"0x1",
)


def _filters(_: Path) -> list[bytes]:
    rows = np.random.default_rng(0).normal(size=(3, 27)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    made = []
    for array in (rows, np.asfortranarray(rows), rows.reshape(3, 3, 3, 3), rows.T.astype(">f8")):
        stream = io.BytesIO()
        np.save(stream, array)
        made.append(stream.getvalue())
    for pack in (np.savez, np.savez_compressed):
        stream = io.BytesIO()
        pack(stream, filters=rows, means=rows[0])
        made.append(stream.getvalue())
    return [*made, save({"decoder": rows})]


def _damaged_filters(content: bytes, random: Random) -> bytes:
    if content.startswith(_ZIP):
        return damaged_zip(content, random)
    if not content.startswith(_NPY):
        return damaged_tensors(content, random)
    if len(content) < 20 or random.random() < 0.5:
        return damaged_bytes(content, random)
    at = random.randrange(10, min(len(content), 80))
    return content[:at] + random.choice(_WORDS) + content[at + random.randrange(12) :]


def _filter_door(folder: Path) -> Handle:
    def handle(content: bytes) -> bool:
        file = folder / "filters"
        file.write_bytes(content)
        try:
            weights = load_model_file(file, Axes.HWC).weights
        except CheckpointError as error:
            return refused(error)
        assert np.isfinite(weights).all()
        return True

    return handle


FILTER_DOORS = (Door("filters", 10_000, _filters, _damaged_filters, _filter_door),)
