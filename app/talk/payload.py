"""All data that the stage needs to show a talk, in one block of bytes."""

from collections.abc import Sequence
from typing import Any

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
from model.report.author_record import AuthorRecord
from model.training.recording import Recording, load_recording

LONGEST_STAGE_SIDE = 512
"""Pixels; a larger picture is cropped around the patch."""
LONGEST_FILE_SIDE = 384
"""The same in a talk that is one file."""


# Long because it lists all that the beats are made from.
def talk_payload(
    model: LoadedModel,
    picture: ChosenPicture,
    place: tuple[int, int],
    beats: Sequence[Beat],
    *,
    for_file: bool = False,
) -> bytes:
    """Pack everything that a talk shows, for `components.talk_stage`.

    Args:
        model: decomposes patch and picture.
        picture: each side at least the patch size of `model` and of the bundled models.
        place: row and column of the patch's upper left pixel.
        beats: one or more, in order.
        for_file: whether it is shown without a server, where there is no backstage.

    Raises:
        CheckpointError, DataError: a bundled file is missing or damaged.
    """
    paper, progressive = (load_model(rule.value, None) for rule in (Rule.RANK_ORDER, Rule.PROGRESSIVE))
    recording, reference = recorded_training(), reference_run()
    weights, size = model.checkpoint.weights, model.checkpoint.config.patch_size
    longest = LONGEST_FILE_SIDE if for_file else LONGEST_STAGE_SIDE
    pixels, row, col = crop_around(picture.pixels, *place, size, longest)
    header = {
        "isFile": for_file,
        "model": model.name,
        "modelLabel": model_label(model.name),
        "patchSize": size,
        "coder": model.coder.value,
        "height": pixels.shape[0],
        "width": pixels.shape[1],
        "row": row,
        "col": col,
        "beats": [{"beat": beat.beat, "sentence": beat.sentence, "note": beat.note} for beat in beats],
        "titles": {**TITLES, "filters": f"{len(weights)} filters"},
        "patchesPaper": paper.checkpoint.patches_seen,
        **_recorded_runs(recording, reference),
    }
    return pack(
        header,
        picture=pixels,
        weights=weights,
        meanError=_floats(model.measurement.error_by_rank),
        meanActivation=_floats(model.population.mean_activation),
        **_compared_models(paper, progressive),
        authorByRank=_floats(reference.test_error_by_rank),
        recordedFilters=recording.filters,
    )


def _compared_models(paper: LoadedModel, progressive: LoadedModel) -> dict[str, NDArray[np.float32]]:
    """Arrays of the two bundled models, and the errors of PCA on the same patches."""
    pca_first, pca_largest = pca_errors()
    return {
        "weightsPaper": paper.checkpoint.weights,
        "weightsProgressive": progressive.checkpoint.weights,
        "errorPaper": _floats(paper.measurement.error_by_rank),
        "errorProgressive": _floats(progressive.measurement.error_by_rank),
        "pcaFirst": _floats(pca_first),
        "pcaLargest": _floats(pca_largest),
    }


def _recorded_runs(recording: Recording, reference: AuthorRecord) -> dict[str, Any]:
    """The header's part on the bundled recording and on the author's run."""
    return {
        "recordedPatchSize": BUNDLED_PATCH_SIZE,
        "recordedUnits": recording.filters.shape[1],
        "recorded": {
            "patches": recording.patches.tolist(),
            "errors": recording.test_error.tolist(),
            "framesAt": recording.points.tolist(),
            "seconds": recording.seconds,
        },
        "author": {"patches": reference.patches, "testError": reference.test_error},
        "authorError": reference.test_error_by_rank[-1],
    }


@st.cache_resource(show_spinner=False)
def recorded_training() -> Recording:
    """The bundled recording of a training, for a talk without a server that trains.

    Raises:
        DataError: it is missing or damaged.
    """
    return load_recording(ASSETS / "recorded_training.safetensors")


def _floats(values: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(values, np.float32)
