"""The arrays in a .npy, .npz or safetensors file of unknown origin, read with limits, never unpickled."""

import ast
import io
import math
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.files import read_beginning, read_bounded
from model.tensor_files import TensorFileError, read_tensors, tensor_types

LARGEST_FILE = 64 * 1024 * 1024
MOST_ARRAYS = 100
_NPY = b"\x93NUMPY"
_ZIP = b"PK\x03\x04"
_LARGEST_HEADER = 10_000
_PLAIN_NUMBER = re.compile("[<>=|]?(f[248]|[iu][1248])")
"""The types of a .npy file that are read, in the words of its header."""


class ArrayFileError(Exception):
    """A file without usable arrays; the message says why, without the file's name and without a full stop."""


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Every array of numbers in a file; its content decides the format, not its name.

    Args:
        path: of the file.

    Returns:
        The arrays by name, numbers of any type; the array of a .npy file has the name ''.

    Raises:
        OSError: the file can't be read, or is larger than LARGEST_FILE.
        ArrayFileError: it is in none of the three formats, is damaged, or holds no numbers.
    """
    start = read_beginning(path, len(_NPY))
    try:
        if start == _NPY:
            return {"": _parse_npy(read_bounded(path, LARGEST_FILE))}
        if start[:4] == _ZIP:
            return _read_npz(read_bounded(path, LARGEST_FILE))
        found = tensor_types(path, LARGEST_FILE)
        numbers = {name: dtype for name, dtype in found.items() if dtype in ("F16", "F32", "F64")}
        if not numbers:
            raise ArrayFileError("it holds no numbers of type F16, F32 or F64")
        return read_tensors(path, numbers, LARGEST_FILE)[0]
    except TensorFileError as error:
        raise ArrayFileError("it is not a whole .npy, .npz or safetensors file") from error


def _parse_npy(content: bytes) -> NDArray[np.floating]:
    """The array of a .npy file; its header is compared with the size before anything is made of it."""
    stream = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        if version not in ((1, 0), (2, 0)):
            raise ArrayFileError(f"its .npy format {version[0]}.{version[1]} is not 1.0 or 2.0")
        width = 2 if version == (1, 0) else 4
        (length,) = struct.unpack("<H" if width == 2 else "<I", stream.read(width))
        if length > _LARGEST_HEADER:
            raise ValueError("its header is too long")
        header = ast.literal_eval(stream.read(length).decode("latin1"))
        named, shape = header["descr"], tuple(map(int, header["shape"]))
        order = "F" if header["fortran_order"] else "C"
    except (ValueError, TypeError, KeyError, SyntaxError, MemoryError, RecursionError, struct.error) as error:
        raise ArrayFileError("it is a damaged .npy file") from error
    if not isinstance(named, str) or not _PLAIN_NUMBER.fullmatch(named):
        raise ArrayFileError("its array does not hold plain numbers")
    dtype = np.dtype(named)
    if len(shape) > 8 or min(shape, default=1) < 0:
        raise ArrayFileError("it is a damaged .npy file")
    values = content[stream.tell() :]
    if math.prod(shape) * dtype.itemsize != len(values):
        raise ArrayFileError("its size is not that of the array it announces")
    return np.frombuffer(values, dtype).reshape(shape, order=order)  # type: ignore[call-overload,no-any-return]


def _read_npz(content: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of a .npz file; members that are none are left out."""
    arrays = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [each for each in archive.infolist() if each.filename.endswith(".npy")]
            if len(members) > MOST_ARRAYS or sum(each.file_size for each in members) > LARGEST_FILE:
                raise ArrayFileError("its arrays are too many or too large")
            if any(each.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for each in members):
                raise ArrayFileError("its arrays are packed in a way that NumPy does not use")
            for each in members:
                with archive.open(each) as member:
                    # Never more than it says, whatever is packed: what is longer fails its check sum.
                    arrays[each.filename.removesuffix(".npy")] = _parse_npy(member.read(each.file_size))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise ArrayFileError("it is a damaged .npz file") from error
    if not arrays:
        raise ArrayFileError("there is no array in it")
    return arrays
