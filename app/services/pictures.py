"""The pictures that every page shows and every model is measured on; loaded once a server."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.services.byte_cache import ByteCache
from model.config import ModelConfig
from model.data.pictures import DataError, Dataset, Places, cut_patches, places_of, random_corners
from model.data.sources import bundled_sample, downloaded_cifar10

MeasuredPatches = tuple[Places, NDArray[np.float32]]

MEASURED_PATCHES = 10_000
"""Random test patches that every model is measured on."""
MOST_PATCH_BYTES = 128 << 20
"""Memory for those patches, of all sizes: one of 32 x 32 pixels, or twenty of 7 x 7."""
BUNDLED_PATCH_SIZE = ModelConfig().patch_size
"""Height and width in pixels of the bundled models' patches."""


@st.cache_resource(show_spinner=False)
def bundled_pictures() -> Dataset:
    """The bundled pictures: what trainings learn from by default and models are measured on.

    Raises:
        DataError: the files in assets/ are missing or damaged.
    """
    return bundled_sample()


@st.cache_resource(show_spinner=False)
def shown_pictures() -> Dataset:
    """The pictures in the galleries: all of CIFAR-10 once it has been downloaded, else the bundled sample."""
    try:
        return downloaded_cifar10() or bundled_pictures()
    except DataError:  # a training on it reports the damage; galleries show the sample
        return bundled_pictures()


@st.cache_resource(show_spinner=False)
def _patches_by_size() -> ByteCache[MeasuredPatches]:
    return ByteCache(MOST_PATCH_BYTES, lambda measured: measured[1].nbytes)


def measured_patches(patch_size: int) -> MeasuredPatches:
    """The random test patches that every model of one patch size is measured on; always the same ones.

    Args:
        patch_size: height and width in pixels, 2 to 32.

    Returns:
        Where they lie, and the patches, (MEASURED_PATCHES, n_inputs) in [0, 1).
    """
    return _patches_by_size().get(patch_size, lambda: _draw_patches(patch_size))


def _draw_patches(patch_size: int) -> MeasuredPatches:
    test = bundled_pictures().test
    corners = random_corners(test, patch_size, MEASURED_PATCHES, np.random.default_rng(0))
    return places_of(test, corners), cut_patches(test, corners, patch_size)
