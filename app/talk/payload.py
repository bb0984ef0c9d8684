"""All that the stage needs to show a talk, in one block of bytes."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.components.payload import pack
from app.panels.picture_picker import ChosenPicture
from app.services.models import LoadedModel, load_model, model_label
from app.services.pictures import BUNDLED_PATCH_SIZE
from app.services.reference_run import reference_run
from app.services.rivals import pca_errors
from app.talk.beats import TITLES, Beat
from model.config import Rule
from model.data.pictures import ASSETS
from model.pictures.crop import crop_around
from model.training.recording import Recording, load_recording

PATCH_SIZE = BUNDLED_PATCH_SIZE
"""Of the models in the beats on training, rules and PCA."""

LONGEST_STAGE_SIDE = 512
"""Pixels; of a larger picture the talk shows what lies around the patch."""


# Long because it lists all that the beats are made from.
def talk_payload(
    model: LoadedModel, picture: ChosenPicture, place: tuple[int, int], beats: Sequence[Beat]
) -> bytes:
    """Everything that a talk shows, for `components.talk_stage`.

    Args:
        model: rebuilds the patch and the picture.
        picture: at least a patch of any model shown large.
        place: row and column of the patch's upper left pixel.
        beats: one or more, in order.

    Raises:
        CheckpointError, DataError: something bundled is missing or damaged.
    """
    paper, progressive = (load_model(rule.value) for rule in (Rule.RANK_ORDER, Rule.PROGRESSIVE))
    first, largest = pca_errors()
    recording, author = recorded_training(), reference_run()
    weights, size = model.checkpoint.weights, model.checkpoint.config.patch_size
    pixels, row, col = crop_around(picture.pixels, *place, size, LONGEST_STAGE_SIDE)
    header = {
        "model": model.name,
        "modelLabel": model_label(model.name),
        "patchSize": size,
        "height": pixels.shape[0],
        "width": pixels.shape[1],
        "row": row,
        "col": col,
        "beats": [{"beat": beat.beat, "sentence": beat.sentence} for beat in beats],
        "titles": {**TITLES, "filters": f"{len(weights)} filters"},
        "recordedPatchSize": PATCH_SIZE,
        "recordedUnits": recording.filters.shape[1],
        "recorded": {
            "patches": recording.patches.tolist(),
            "errors": recording.test_error.tolist(),
            "framesAt": recording.points.tolist(),
            "seconds": recording.seconds,
        },
        "author": {"patches": author.patches, "testError": author.test_error},
        "authorError": author.test_error_by_rank[-1],
        "patchesPaper": paper.checkpoint.patches_seen,
    }
    return pack(
        header,
        picture=pixels,
        weights=weights,
        meanError=_floats(model.measurement.error_by_rank),
        meanActivation=_floats(model.population.mean_activation),
        weightsPaper=paper.checkpoint.weights,
        weightsProgressive=progressive.checkpoint.weights,
        errorPaper=_floats(paper.measurement.error_by_rank),
        errorProgressive=_floats(progressive.measurement.error_by_rank),
        pcaFirst=_floats(first),
        pcaLargest=_floats(largest),
        authorByRank=_floats(author.test_error_by_rank),
        recordedFilters=recording.filters,
    )


@st.cache_resource(show_spinner=False)
def recorded_training() -> Recording:
    """The bundled recording, for machines that can't train in front of an audience.

    Raises:
        DataError: it is missing or damaged.
    """
    return load_recording(ASSETS / "recorded_training.safetensors")


def _floats(values: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(values, np.float32)
