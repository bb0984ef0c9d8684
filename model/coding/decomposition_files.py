"""A picture's file on disk, and the files that show how it is rebuilt rank by rank."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.coding.decomposition import Floats
from model.coding.picture_code import PictureCode, reconstruct_picture
from model.data.pictures import DataError
from model.pictures.limits import PictureError, TooSmallError, named
from model.pictures.reader import read_picture_file

FRAMES = 30
"""Of the animation, at most; the first ranks, which change most, are all there."""
SMALLEST_FRAME, LARGEST_FRAME = 256, 640
"""Pixels along the longer side of the animation: small pictures are enlarged, large ones scaled down."""
FRAME_MS, LAST_FRAME_MS = 150, 2000


def read_picture_to_decompose(path: Path, patch_size: int, longest_side: int) -> NDArray[np.uint8]:
    """Read a picture, upright, sRGB, transparent places on white, scaled down if it is longer.

    Args:
        path: a file of any name; its content decides.
        patch_size: pixels along a patch's side; no side is scaled down below it.
        longest_side: pixels along the longer side that it is scaled down to.

    Returns:
        (height, width, 3) bytes.

    Raises:
        DataError: there is no picture that can be read.
    """
    try:
        return read_picture_file(path, patch_size, longest_side).pixels
    except FileNotFoundError as error:
        raise DataError(f"There is no picture {str(path)!r}.") from error
    except OSError as error:
        raise DataError(f"{path} can't be read as a picture: {error.strerror or error}.") from error
    except TooSmallError as error:
        raise DataError(f"{path} must be at least {patch_size} x {patch_size} pixels large.") from error
    except PictureError as error:
        raise DataError(named(path, error)) from error


def write_decomposition(
    folder: Path, picture: NDArray[np.uint8], code: PictureCode, weights: Floats, ranks: list[int]
) -> list[Path]:
    """Write the original, the picture at some ranks, and an animation over all ranks, into a folder.

    Args:
        folder: where; made if it is not there.
        picture: (height, width, 3) bytes.
        code: of every patch of the picture.
        weights: (n_units, n_inputs) that it was coded with.
        ranks: numbers of units, 1 or more, that a PNG is written for.

    Returns:
        The files: `original.png`, `rank-001.png` and so on, `ranks.gif`.

    Raises:
        DataError: they can't be written.
    """
    rebuilt = {f"rank-{k:03}.png": reconstruct_picture(code, weights, k) for k in ranks}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = [folder / name for name in ("original.png", *rebuilt)]
        for file, pixels in zip(files, (picture, *rebuilt.values()), strict=True):
            Image.fromarray(pixels).save(file)
        frames = [
            _frame(reconstruct_picture(code, weights, k)) for k in frame_ranks(int(code.active_units.max()))
        ]
        durations = [FRAME_MS] * (len(frames) - 1) + [LAST_FRAME_MS]
        files.append(folder / "ranks.gif")
        frames[0].save(
            files[-1], save_all=True, append_images=frames[1:], duration=durations, loop=0, disposal=1
        )
    except OSError as error:
        raise DataError(f"{folder} can't be written: {error.strerror or error}.") from error
    return files


def frame_ranks(deepest: int) -> list[int]:
    """The ranks that an animation shows, from 1 to the deepest patch's last active unit."""
    last = max(1, deepest)
    return sorted({round(k) for k in np.geomspace(1, last, FRAMES)})


def _frame(pixels: NDArray[np.uint8]) -> Image.Image:
    """A picture for an animation: of a size that can be seen, with a palette of its own."""
    longest = max(pixels.shape[:2])
    if longest < SMALLEST_FRAME:
        times = SMALLEST_FRAME // longest
        pixels = pixels.repeat(times, axis=0).repeat(times, axis=1)
    image = Image.fromarray(pixels)
    image.thumbnail((LARGEST_FRAME, LARGEST_FRAME))
    return image.quantize(256)
