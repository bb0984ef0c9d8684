"""PCA on the patches that the bundled models are measured on; computed once a server."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.services.pictures import BUNDLED_PATCH_SIZE, bundled_pictures, measured_patches
from model.data.pictures import random_patches
from model.rivals.pca import FITTED_PATCHES, Keep, errors_by_component, principal_components


@st.cache_resource(show_spinner=False)
def pca_errors() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit PCA to training patches and measure it on test patches.

    Returns:
        Mean error (L2 norm of the residual) by number of components, each (n_inputs,): from the first
        components, and from those with the largest coefficients.
    """
    pictures, rng = bundled_pictures().train, np.random.default_rng(1)
    train = random_patches(pictures, BUNDLED_PATCH_SIZE, FITTED_PATCHES, rng)
    components = principal_components(train)
    _, test = measured_patches(BUNDLED_PATCH_SIZE)
    first, largest = (errors_by_component(components, test, keep) for keep in (Keep.FIRST, Keep.LARGEST))
    return first.mean(axis=0, dtype=np.float64), largest.mean(axis=0, dtype=np.float64)
