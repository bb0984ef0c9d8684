"""Choosing a CIFAR-10 picture: split, class, and a gallery of what they leave."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app import catalog, state
from app.components.picture_gallery import picture_gallery
from model.data import CLASSES, Pictures

FIRST_PICTURE = 90
"""A test picture with large plain shapes: a good first look."""


@dataclass(frozen=True)
class ChosenPicture:
    """A picture of the bundled sample.

    Attributes:
        split: 'train' or 'test'.
        number: its place in CIFAR-10's own order of that split.
        label: an index into CLASSES.
        pixels: (height, width, 3) bytes.
    """

    split: str
    number: int
    label: int
    pixels: NDArray[np.uint8]

    @property
    def title(self) -> str:
        """Which picture this is, for people."""
        return f"CIFAR-10 {self.split} picture {self.number}: {CLASSES[self.label]}"


def chosen_picture() -> ChosenPicture:
    """The picture that the link names or the visitor chose last."""
    split = state.chosen_split()
    pictures = catalog.pictures().split(split)
    first = FIRST_PICTURE if pictures.position(FIRST_PICTURE) is not None else int(pictures.numbers[0])
    number = state.chosen_image(pictures.numbers, first)
    position = int(np.flatnonzero(pictures.numbers == number)[0])
    return ChosenPicture(split, number, int(pictures.labels[position]), pictures.picture(position))


def picture_chooser(chosen: ChosenPicture) -> None:
    """Show split, class and gallery; what the visitor picks is there at the next script run."""
    pictures = catalog.pictures().split(chosen.split)

    def choose_split() -> None:
        split = st.session_state[state.SPLIT_SWITCH]
        if split is not None:
            state.choose(split=split, image=_first_of(catalog.pictures().split(split), chosen.label))

    def choose_class() -> None:
        state.choose(image=_first_of(pictures, CLASSES.index(st.session_state[state.CLASS_SWITCH])))

    st.session_state[state.SPLIT_SWITCH] = chosen.split
    st.session_state[state.CLASS_SWITCH] = CLASSES[chosen.label]
    left, right = st.columns([0.8, 1], vertical_alignment="bottom")
    left.selectbox("Class", CLASSES, key=state.CLASS_SWITCH, on_change=choose_class)
    right.segmented_control("Pictures", ["test", "train"], key=state.SPLIT_SWITCH, on_change=choose_split)
    of_class = np.flatnonzero(pictures.labels == chosen.label)
    picture_gallery(
        np.stack([pictures.picture(i) for i in of_class.tolist()]),
        pictures.numbers[of_class],
        chosen.number,
        on_pick=_pick,
        key="gallery",
    )


def _pick(number: int) -> None:
    if state.upload() is not None:
        state.keep_upload(None)
    state.choose(image=number)


def _first_of(pictures: Pictures, label: int) -> int:
    return int(pictures.numbers[pictures.labels == label][0])
