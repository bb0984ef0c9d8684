"""Choosing a picture: of CIFAR-10 by split and class, or an upload, from a gallery."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from app.components.picture_gallery import Search, picture_gallery
from app.services.pictures import shown_pictures
from app.state import selection
from app.state.literal_text import literal
from app.state.uploads import remove_upload, uploads
from model.data.pictures import CIFAR_SIZE, CLASSES

FIRST_PICTURE = 90
"""The default: a test picture with large plain shapes, which is easy to understand."""
ALL = "all classes"
OWN_IN_WORDS = "my own"


@dataclass(frozen=True)
class ChosenPicture:
    """A picture of CIFAR-10 or an upload.

    Attributes:
        split: 'train', 'test' or `selection.OWN`.
        number: in CIFAR-10's order of that split, or the upload's number.
        label: an index into CLASSES; None for an upload.
        title: a description of the picture, for people; of an upload the name of its file.
        pixels: (height, width, 3) bytes.
    """

    split: str
    number: int
    label: int | None
    title: str
    pixels: NDArray[np.uint8]

    @property
    def scope(self) -> str:
        """The scope of choices in this picture, for `selection.chosen_place`."""
        return selection.memory_scope(self.split, self.number)


def chosen_picture(patch_size: int) -> ChosenPicture:
    """The chosen picture; one of CIFAR-10 instead of an upload smaller than `patch_size` pixels."""
    split = selection.chosen_split(has_own=bool(uploads()))
    if split == selection.OWN:
        own = uploads()
        number = selection.chosen_image(own, max(own), selection.OWN)
        upload = own[number]
        if min(upload.picture.shape[:2]) >= patch_size:
            return ChosenPicture(split, number, None, upload.name, upload.picture)
        name = literal(upload.name)
        st.warning(f"{name} is smaller than this model's patches; a CIFAR-10 picture is shown instead.")
        return cifar_picture("test", FIRST_PICTURE)
    numbers = shown_pictures().split(split).numbers
    first = FIRST_PICTURE if FIRST_PICTURE in numbers else int(numbers[0])
    return cifar_picture(split, selection.chosen_image(numbers.tolist(), first))


def picture_chooser(chosen: ChosenPicture) -> None:
    """Show split, class and gallery; a choice takes effect in the next script run."""
    splits = ["test", "train", *([OWN_IN_WORDS] if uploads() else [])]
    split = Search(
        "split",
        "Pictures",
        splits,
        OWN_IN_WORDS if chosen.split == selection.OWN else chosen.split,
        "CIFAR-10 keeps 10,000 pictures apart for testing; models here learn from training pictures only. "
        "What you upload on the Image page is found under 'my own'.",
    )
    if chosen.label is None:
        _upload_gallery(chosen, split)
        return
    by_class = Search(
        "class", "Class", [ALL, *CLASSES], ALL if selection.shows_all_classes() else CLASSES[chosen.label],
        "Which of the ten classes of CIFAR-10",
    )  # fmt: skip
    pictures = shown_pictures().split(chosen.split)
    found = np.flatnonzero((pictures.labels == chosen.label) | selection.shows_all_classes())
    picture_gallery(
        pictures.numbers[found],
        lambda place: pictures.picture(int(found[place])),
        chosen.number,
        search=[by_class, split],
        on_pick=lambda number: selection.choose_picture(chosen.split, number),
        on_search=lambda name, value: _apply_search(chosen, name, value),
        key="gallery",
    )


def _upload_gallery(chosen: ChosenPicture, split: Search) -> None:
    """Show the uploads, scaled down, and a button that removes the chosen one."""
    own = uploads()
    kept = list(own.values())
    size = (CIFAR_SIZE, CIFAR_SIZE)
    picture_gallery(
        np.array(list(own)),
        lambda place: np.asarray(Image.fromarray(kept[place].picture).resize(size)),
        chosen.number,
        search=[split],
        on_pick=lambda number: selection.choose_picture(selection.OWN, number),
        on_search=lambda name, value: _apply_search(chosen, name, value),
        key="gallery",
    )
    st.button(
        f"Put {literal(chosen.title)} away", on_click=remove_upload, args=(chosen.number,), key="put-away"
    )


def _apply_search(chosen: ChosenPicture, name: str, value: str) -> None:
    """Choose the first picture of the new class or split."""
    split, label = chosen.split, chosen.label or 0
    if name == "class":
        selection.set_shows_all_classes(value == ALL)
        if value == ALL:
            return
        label = CLASSES.index(value)
    elif value == OWN_IN_WORDS:
        selection.choose_picture(selection.OWN, max(uploads()))
        return
    else:
        split = value
    pictures = shown_pictures().split(split)
    selection.choose_picture(split, int(pictures.numbers[pictures.labels == label][0]))


def cifar_picture(split: str, number: int) -> ChosenPicture:
    """A picture of CIFAR-10.

    Args:
        split: 'train' or 'test'.
        number: in CIFAR-10's order of that split.

    Raises:
        IndexError: it is not among the pictures shown.
    """
    pictures = shown_pictures().split(split)
    position = int(np.flatnonzero(pictures.numbers == number)[0])
    label = int(pictures.labels[position])
    title = f"CIFAR-10 {split} picture {number}: {CLASSES[label]}"
    return ChosenPicture(split, number, label, title, pictures.picture(position))
