"""What the paper's figures need of a model that is loaded."""

import numpy as np
from numpy.typing import NDArray

from app.services.models import BUNDLED, LoadedModel
from app.services.runs import runs_folder
from model.report.subject import Moment, Subject
from model.runs.folder import open_run
from model.runs.history import recorded_points
from model.runs.reading import RunError


def history_of(model: LoadedModel) -> list[Moment]:
    """The training of a run's model, oldest snapshot first; empty for other models and damaged runs."""
    if model.name in BUNDLED:
        return []
    try:
        points = recorded_points(open_run(runs_folder() / model.name))
    except RunError:
        return []
    return [Moment(point.patches_seen, point.train, point.test) for point in points]


def subject_of(model: LoadedModel, history: list[Moment], patch: NDArray[np.float32]) -> Subject:
    """A loaded model as the subject of the paper's figures.

    Args:
        model: as it is shown.
        history: of its training.
        patch: (n_inputs,) in [0, 1).
    """
    return Subject(
        dictionary=model.dictionary,
        coder=model.coder,
        patch_size=model.checkpoint.config.patch_size,
        mean_activation=model.population.mean_activation,
        measurement=model.measurement,
        history=history,
        patch=patch,
        data=model.checkpoint.data,
    )
