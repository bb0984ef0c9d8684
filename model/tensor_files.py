"""Tensors read from safetensors files of unknown origin, with limits and without surprises.

The type of every tensor is compared before it is read: the format has types that NumPy lacks (F4, F8_E4M3,
F8_E5M2, F8_E8M0, BF16), on which the library raises whatever comes first.
"""

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from model.files import open_regular

LARGEST_HEADER = 1 << 16
"""Bytes of a header with a few tensors and metadata; the format itself allows 100 MB."""


class TensorFileError(Exception):
    """A file that is damaged or holds other tensors than expected.

    The message says what is wrong, without the file's name and without a full stop.
    """


def read_tensors(
    path: Path, dtypes: Mapping[str, str], limit: int
) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Read named tensors from a safetensors file.

    Args:
        path: of a regular file.
        dtypes: the names of the tensors to read, each with the type it must have in the words of the format
            ('F32', 'U8', 'I32'). Other tensors in the file are not read.
        limit: the largest size of the file in bytes.

    Returns:
        The tensors by name, and the metadata of the file.

    Raises:
        OSError: the file can't be read, is no regular file or is larger than `limit`.
        TensorFileError: it is no safetensors file, or a tensor is missing or has another type.
    """
    _check_beginning(path, limit)
    try:
        with safe_open(path, framework="numpy") as file:
            present = set(file.keys())
            for name, dtype in dtypes.items():
                if name not in present:
                    raise TensorFileError(f"it has no tensor {name}")
                found = str(file.get_slice(name).get_dtype())
                if found != dtype:
                    raise TensorFileError(f"its tensor {name} is of type {found}, not {dtype}")
            return {name: file.get_tensor(name) for name in dtypes}, dict(file.metadata() or {})
    except (SafetensorError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise TensorFileError("it is not a whole safetensors file") from error


def tensor_types(path: Path, limit: int) -> dict[str, str]:
    """The names of a safetensors file's tensors and their types, in the words of the format ('F32').

    Args:
        path: of a regular file.
        limit: the largest size of the file in bytes.

    Raises:
        OSError: the file can't be read, is no regular file or is larger than `limit`.
        TensorFileError: it is no safetensors file.
    """
    _check_beginning(path, limit)
    try:
        with safe_open(path, framework="numpy") as file:
            return {name: str(file.get_slice(name).get_dtype()) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise TensorFileError("it is not a whole safetensors file") from error


def _check_beginning(path: Path, limit: int) -> None:
    """Raise unless a file has a bearable size and begins with a bearable header."""
    with open_regular(path, limit) as file:
        start = file.read(8)
    if len(start) < 8 or struct.unpack("<Q", start)[0] > LARGEST_HEADER:
        raise TensorFileError("it is not a safetensors file")
