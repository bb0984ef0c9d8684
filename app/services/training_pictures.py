"""The pictures that a training can learn from."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from app.access import for_one_user
from app.services.pictures import shown_pictures
from model.data.pictures import DataError, Dataset, Progress
from model.data.sources import dataset_of_pictures, load_dataset

SAMPLE, CIFAR10, FOLDER, UPLOADS = "sample", "cifar10", "folder", "uploads"


def sources(own: int) -> dict[str, str]:
    """What there is to choose from, in words, by what `loader` calls it.

    A folder of the server is there only where everything belongs to one user; `own` is how many pictures
    the visitor has uploaded.
    """
    offered = {
        SAMPLE: "Bundled sample: 1,000 pictures",
        CIFAR10: "All of CIFAR-10: 50,000 (170 MB, downloaded once)",
    }
    if own:
        offered[UPLOADS] = f"Your {own} own {'picture' if own == 1 else 'pictures'}, as uploaded"
    if for_one_user():
        offered[FOLDER] = "A folder on the server"
    return offered


def loader(source: str, own: Sequence[NDArray[np.uint8]] = ()) -> Callable[[Progress], Dataset]:
    """What loads the pictures of a source later, in the training's own thread.

    Args:
        source: SAMPLE, CIFAR10, UPLOADS or the place of a folder.
        own: the pictures that the visitor has uploaded, (height, width, 3) bytes each, for UPLOADS.

    Raises:
        ValueError: this visitor can't have them.
    """
    if source == UPLOADS:
        pictures = list(own)
        if not pictures:
            raise ValueError(
                "The pictures this training learns from were uploaded and are not kept; upload them again on "
                "the page Image, in the same order."
            )
        return lambda _: dataset_of_pictures("own pictures", pictures)
    if source not in {SAMPLE, CIFAR10} and not for_one_user():
        raise ValueError("Folders of the server are not open to visitors; choose the bundled sample.")
    return partial(_load, source)


def _load(source: str, progress: Progress) -> Dataset:
    try:
        dataset = load_dataset(source, progress)
    except OSError as error:  # a folder that vanishes while it is read
        raise DataError(f"The pictures of {source!r} can't be read: {error.strerror}.") from error
    if source == CIFAR10:
        shown_pictures.clear()  # the galleries have had only the sample before the download
    return dataset
