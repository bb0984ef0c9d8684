"""Contenders measured on the patches that every model is measured on; computed once a server."""

import zlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.services.byte_cache import ByteCache
from app.services.pictures import BUNDLED_PATCH_SIZE, bundled_pictures, measured_patches
from model.checkpoint import Checkpoint
from model.comparison.coded import OMP
from model.comparison.matching import Pairs, best_pairs
from model.comparison.measured import Measured, measure_contender, verdict_of
from model.comparison.names import model_contender, rival_contender, split_name
from model.comparison.picture import RebuiltPicture, rebuild_picture
from model.rivals.bundled import DICTIONARY

MOST_BYTES = 160 << 20
"""Memory for errors of 10,000 patches: some twenty contenders."""
SEARCH_RANKS = 50
"""Components up to which orthogonal matching pursuit searches here; all would take half a minute."""
ALL_RANKS = 4096


@dataclass(frozen=True)
class Side:
    """One side of a comparison that is yet to be measured.

    Attributes:
        name: with or without a coder.
        label: for people.
        checkpoint: of a model; None of a rival.
        patch_size: height and width of a patch in pixels.
    """

    name: str
    label: str
    checkpoint: Checkpoint | None
    patch_size: int

    @property
    def key(self) -> Hashable:
        """Changes when the model does."""
        weights = b"" if self.checkpoint is None else self.checkpoint.weights.tobytes()
        return self.name, self.label, self.patch_size, zlib.crc32(weights)

    @property
    def is_measured(self) -> bool:
        """Whether `measured` answers at once."""
        return self.key in _measured_sides()

    def measured(self) -> Measured:
        """Measure it, unless that has been done.

        Raises:
            ComparisonError: a rival is not made for patches of this size.
            RivalsError: the bundled rivals can't be read.
        """
        return _measured_sides().get(self.key, self._measure)

    def _measure(self) -> Measured:
        if self.checkpoint is None:
            contender = rival_contender(self.name, bundled_pictures(), self.patch_size)
        else:
            label = self.label.rsplit(" + ", 1)[0] if split_name(self.name)[1] else self.label
            contender = model_contender(self.name, label, self.checkpoint)
        searches = split_name(self.name)[1] == OMP or self.name == DICTIONARY
        _, patches = measured_patches(self.patch_size)
        return measure_contender(contender, patches, SEARCH_RANKS if searches else ALL_RANKS)


def sides_of(
    names: Sequence[str], labels: Sequence[str], checkpoints: Sequence[Checkpoint | None]
) -> list[Side]:
    """The sides of a comparison; rivals take the patch size of the first model.

    Args:
        names: with or without coders.
        labels: of the same, for people.
        checkpoints: of the same; None for rivals.
    """
    sizes = [each.config.patch_size for each in checkpoints if each is not None]
    default = sizes[0] if sizes else BUNDLED_PATCH_SIZE
    return [
        Side(name, label, checkpoint, default if checkpoint is None else checkpoint.config.patch_size)
        for name, label, checkpoint in zip(names, labels, checkpoints, strict=True)
    ]


def verdict_between(sides: Sequence[Side]) -> str:
    """`verdict_of` what is measured, computed once for the same sides in the same order.

    Args:
        sides: measured before.
    """
    key = tuple(side.key for side in sides)
    return _verdicts().get(key, lambda: verdict_of([side.measured() for side in sides]))


def pairs_between(first: Side, second: Side) -> Pairs:
    """Filters of two sides in pairs; a filter's sign counts unless either side may take filters away.

    Args:
        first: of the two sides, measured before.
        second: with patches of the same size.
    """

    def pair() -> Pairs:
        one, other = first.measured().contender, second.measured().contender
        signed = one.protocol.signed or other.protocol.signed
        return best_pairs(one.filters, other.filters, signed=signed)

    return _pairs().get((first.key, second.key), pair)


def picture_by(side: Side, picture: NDArray[np.uint8], ks: Sequence[int]) -> RebuiltPicture:
    """What a side makes of a picture; kept, because the frame moves more often than the picture changes.

    Args:
        side: measured before.
        picture: (height, width, 3) bytes, no side shorter than a patch.
        ks: numbers of components, rising, from 1.
    """
    key = side.key, picture.shape, zlib.crc32(picture.tobytes()), tuple(ks)
    return _pictures().get(key, lambda: rebuild_picture(side.measured().contender, picture, ks))


@st.cache_resource(show_spinner=False)
def _pictures() -> ByteCache[RebuiltPicture]:
    return ByteCache(8 << 20, lambda rebuilt: rebuilt.pixels.nbytes)


@st.cache_resource(show_spinner=False)
def _measured_sides() -> ByteCache[Measured]:
    return ByteCache(MOST_BYTES, lambda measured: measured.nbytes)


@st.cache_resource(show_spinner=False)
def _verdicts() -> ByteCache[str]:
    return ByteCache(1 << 20, len)


@st.cache_resource(show_spinner=False)
def _pairs() -> ByteCache[Pairs]:
    return ByteCache(4 << 20, lambda pairs: 3 * pairs.likeness.nbytes)
