"""The pictures below a folder of one's own: which files count, and what is left out."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.data.pictures import DataError
from model.files import read_beginning
from model.pictures.files.formats import HEAD_BYTES, readable_format, unread_format
from model.pictures.limits import PictureError, TooSmallError, UnreadableError, named
from model.pictures.reader import read_picture_file

PICTURE_ENDINGS = {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp", ".avif"}
"""A file with one of these is meant to be a picture; with another one it may be, which its content tells."""
_HOUSEKEEPING = {"__MACOSX"}
"""Folders that are no one's pictures, although their names are not hidden."""


@dataclass
class FolderPictures:
    """What was found below a folder.

    Attributes:
        arrays: (height, width, 3) bytes of each picture, sRGB and upright, in order of name.
        left_out: a sentence without its full stop for each file that was meant to be a picture and is not
            among them.
    """

    arrays: list[NDArray[np.uint8]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read_folder(folder: Path, patch_size: int) -> FolderPictures:
    """Every picture below a folder, in order of name, with files and folders that are hidden left out.

    Pictures smaller than a patch or beyond the reader's limits, pictures of formats that are not read, and
    pipes or devices that are called like a picture are named and left out. Links are followed, each folder
    once.

    Args:
        folder: the place to look in.
        patch_size: pixels along a patch's side.

    Raises:
        DataError: a picture is damaged.
    """
    found = FolderPictures()
    for file in sorted(_visible_files(folder, found.left_out)):
        shown_as = str(file.relative_to(folder)).encode(errors="replace").decode()
        try:
            if file.suffix.lower() not in PICTURE_ENDINGS:
                head = read_beginning(file, HEAD_BYTES)
                other = unread_format(head)
                if other is not None:
                    found.left_out.append(f"{shown_as} is a file of the format {other}, which is not read")
                if readable_format(head) is None:
                    continue
            found.arrays.append(read_picture_file(file, patch_size, None).pixels)
        except TooSmallError:
            found.left_out.append(
                f"{shown_as} is smaller than a patch, at least {patch_size} x {patch_size} pixels"
            )
        except UnreadableError as error:
            raise DataError(f"{file} can't be read as a picture; repair or remove it.") from error
        except PictureError as error:
            found.left_out.append(named(shown_as, error).removesuffix("."))
        except OSError as error:
            if file.suffix.lower() in PICTURE_ENDINGS:
                found.left_out.append(f"{shown_as} can't be opened ({error.strerror or 'no regular file'})")
    return found


def _visible_files(folder: Path, left_out: list[str]) -> Iterator[Path]:
    """Everything below a folder that is neither a folder nor hidden.

    Raises:
        DataError: a folder is called like a picture.
    """
    seen: set[tuple[int, int]] = set()

    def is_entered(path: Path) -> bool:
        if path.suffix.lower() in PICTURE_ENDINGS:
            raise DataError(f"{path} can't be read as a picture; it is a folder, so rename or remove it.")
        return _is_visible(path.name) and _is_new(path, seen)

    def note(error: OSError) -> None:
        left_out.append(f"{error.filename} can't be entered ({error.strerror})")

    _is_new(folder, seen)
    for place, folders, files in os.walk(folder, onerror=note, followlinks=True):
        folders[:] = [name for name in sorted(folders) if is_entered(Path(place, name))]
        yield from (Path(place, name) for name in files if _is_visible(name))


def _is_visible(name: str) -> bool:
    return not name.startswith(".") and name not in _HOUSEKEEPING


def _is_new(folder: Path, seen: set[tuple[int, int]]) -> bool:
    """Whether a folder has not been entered yet under any name; links may lead in circles."""
    try:
        status = folder.stat()
    except OSError:
        return False
    is_new = (status.st_dev, status.st_ino) not in seen
    seen.add((status.st_dev, status.st_ino))
    return is_new
