"""The sources of pictures that a training can learn from."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from app.services.pictures import shown_pictures
from model.data.pictures import DataError, Dataset, Progress
from model.data.sources import dataset_of_pictures, load_dataset

SAMPLE, CIFAR10, FOLDER, UPLOADS = "sample", "cifar10", "folder", "uploads"


def source_labels(upload_count: int, *, with_folders: bool) -> dict[str, str]:
    """The sources that a visitor can choose, each with its label.

    Args:
        upload_count: how many pictures the visitor has uploaded; without one, uploads are no source.
        with_folders: whether a folder of the server is a source: to the one user of a server for one.
    """
    labels = {
        SAMPLE: "Bundled sample: 1,000 pictures",
        CIFAR10: "All of CIFAR-10: 50,000 (170 MB, downloaded once)",
    }
    if upload_count:
        kind = "picture" if upload_count == 1 else "pictures"
        labels[UPLOADS] = f"Your {upload_count} own {kind}, as uploaded"
    if with_folders:
        labels[FOLDER] = "A folder on the server"
    return labels


def picture_loader(
    source: str, patch_size: int, uploaded: Sequence[NDArray[np.uint8]] = (), *, with_folders: bool = False
) -> Callable[[Progress], Dataset]:
    """A function that loads the pictures of a source; the training calls it in its own thread.

    Args:
        source: SAMPLE, CIFAR10, UPLOADS or the path of a folder.
        patch_size: height and width of a patch in pixels; smaller pictures of a folder are left out.
        uploaded: the visitor's uploads, (height, width, 3) bytes each, for UPLOADS.
        with_folders: as for `source_labels`.

    Raises:
        ValueError: the source is not available to this visitor.
    """
    if source == UPLOADS:
        pictures = list(uploaded)
        if not pictures:
            raise ValueError(
                "The pictures this training learns from were uploaded and are not kept; upload them again on "
                "the page Image, in the same order."
            )
        return partial(_load_uploads, pictures)
    if source not in {SAMPLE, CIFAR10} and not with_folders:
        raise ValueError("Folders of the server are not open to visitors; choose the bundled sample.")
    return partial(_load, source, patch_size)


def _load_uploads(pictures: list[NDArray[np.uint8]], _: Progress) -> Dataset:
    """The dataset of some uploads; empties the list, because an ended training must not keep them."""
    dataset = dataset_of_pictures("own pictures", pictures)
    pictures.clear()
    return dataset


def _load(source: str, patch_size: int, progress: Progress) -> Dataset:
    try:
        dataset = load_dataset(source, progress, patch_size)
    except OSError as error:  # the folder was removed while it was read
        raise DataError(f"The pictures of {source!r} can't be read: {error.strerror}.") from error
    if source == CIFAR10:
        shown_pictures.clear()  # so that galleries show what has been downloaded
    return dataset
