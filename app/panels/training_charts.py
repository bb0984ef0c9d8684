"""What the Train page shows of the watched run: its curves, and one patch followed through the training."""

import numpy as np
import streamlit as st

from app.components.live_chart import Line, Live, live_chart
from app.components.patch_picker import patch_picker
from app.components.rank_player import rank_player
from app.components.unit_answers import unit_answers
from app.panels.picture_picker import chosen_picture
from app.services.models import model_label
from app.services.reference_run import reference_run
from app.services.visible_runs import VisibleRuns
from app.state import selection, training_choices
from app.state.literal_text import literal
from model.config import ModelConfig
from model.report.author_record import AuthorRecord
from model.runs.history import recorded_points
from model.runs.reading import RunError


def training_charts(visible: VisibleRuns, watched: str | None) -> None:
    """Show error and objective of the watched and the compared runs, and of the author's recorded run.

    Args:
        visible: the runs that the visitor sees.
        watched: the name of the run that the page shows; None if it shows none.
    """
    reference = reference_run()
    for sentence in unlike_curves(visible, watched):
        st.caption(f":material/warning: {literal(sentence)}")
    live_chart(
        [Live("training patches", "trainError", "second"), Live("test patches", "testError", "main")],
        [
            Line("the author's run, test", reference.patches, reference.test_error, "reference"),
            _last_error_of(reference),
            *_compared_lines(visible, "final_error"),
        ],
        title="Reconstruction error with all units",
        y_label="error (L2 norm)",
        x_max=reference.patches[-1],
        y_max=1.5,
        test_id="loss-chart",
        key="loss",
    )
    live_chart(
        [Live("training patches", "trainObjective", "second"), Live("test patches", "testObjective", "main")],
        [
            Line("the author's run, test", reference.patches, reference.test_objective, "reference"),
            *_compared_lines(visible, "objective"),
        ],
        title="Objective: sum over ranks k of k times the error at k",
        y_label="objective J",
        x_max=reference.patches[-1],
        y_max=15_000,
        test_id="objective-chart",
        key="objective",
    )


def unlike_curves(visible: VisibleRuns, watched: str | None) -> list[str]:
    """Why curves that are drawn on the same axes can't be compared, a sentence each.

    Args:
        visible: the runs that the visitor sees.
        watched: the name of the run that the page shows; None if it shows none.
    """
    shape = visible.shape(watched)
    if watched is None or shape is None:
        return []
    found = []
    paper = ModelConfig()
    if shape != paper:
        found.append(
            f"The author's curves are of {paper.n_units} units and {paper.patch_size} x {paper.patch_size} "
            f"patches, this run has {shape.n_units} units and {shape.patch_size} x {shape.patch_size} "
            "patches: heights can't be compared."
        )
    for name in training_choices.linked_runs(visible.names())[1:]:
        other = visible.shape(name)
        if other is not None and other.patch_size != shape.patch_size:
            found.append(f"{model_label(name)} has patches of another size: heights can't be compared.")
        elif other is not None and other.n_units != shape.n_units:
            found.append(f"{model_label(name)} has another number of units: objectives can't be compared.")
        if visible.source(name) != visible.source(watched):
            found.append(f"{model_label(name)} learned from, and is measured on, other pictures.")
    return found


def reference_error_by_rank() -> Line:
    """The author's error by rank after the last pass, over the ranks from 1."""
    errors = reference_run().test_error_by_rank
    return Line("where the author ended", range(1, len(errors) + 1), errors, "reference")


def followed_patch(shape: ModelConfig) -> None:
    """Show one patch, coded by the weights at the moment of the time scrubber.

    Args:
        shape: of the watched run's model.
    """
    st.subheader("One patch, followed", anchor=False)
    picture = chosen_picture(shape.patch_size)
    height, width, _ = picture.pixels.shape
    row, col = selection.chosen_place(height, width, shape.patch_size, picture.scope)
    choosing, playing = st.columns([1, 3], gap="medium")
    with choosing:
        st.caption(f"{literal(picture.title)}. Choose another picture on Explore, another patch here.")
        patch_picker(
            picture.pixels,
            shape.patch_size,
            row,
            col,
            on_pick=lambda row, col: selection.choose(picture.scope, row=row, col=col),
            key="pinned",
        )
    with playing:
        rank_player(np.zeros(shape.n_units), rank=selection.linked_rank(shape.n_units), key="pinned-player")
        unit_answers(key="pinned-answers")


def _last_error_of(reference: AuthorRecord) -> Line:
    """A horizontal line at the author's last error, long enough to span any run."""
    name = f"where the author ended after {reference.patches[-1] / 1e6:.2f} M patches"
    return Line(name, [0, reference.patches[-1] * 100], [reference.test_error[-1]] * 2, "level")


def _compared_lines(visible: VisibleRuns, metric: str) -> list[Line]:
    """A metric of the compared runs on test patches, over patches seen."""
    lines = []
    for number, name in enumerate(training_choices.linked_runs(visible.names())[1:], 1):
        past = visible.past.get(name)
        try:
            points = recorded_points(past.run) if past else []
        except RunError as error:
            st.warning(literal(str(error)))
            continue
        values = [getattr(point.test, metric) for point in points]
        seen = [point.patches_seen for point in points]
        lines.append(Line(model_label(name), seen, values, f"other{number}"))
    return lines
