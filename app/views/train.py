"""Train: a model learns from noise while one watches."""

import numpy as np
import streamlit as st

from app.components.error_map import error_map
from app.components.filter_grid import following_filter_grid
from app.components.live_chart import Line, Live, live_chart
from app.components.patch_picker import patch_picker
from app.components.rank_player import rank_player
from app.components.time_scrubber import time_scrubber
from app.components.training_feed import training_feed
from app.components.unit_answers import unit_answers
from app.panels.model_picker import model_switch
from app.panels.picture_picker import chosen_picture
from app.panels.run_table import run_history
from app.panels.training_controls import chosen_speed, training_controls
from app.panels.training_form import chosen_request, training_settings
from app.services.models import model_label
from app.services.reference_run import reference_run
from app.services.runs import owner_of, runs_folder, server_trainings
from app.services.training_pictures import loader
from app.services.visible_runs import VisibleRuns
from app.state import selection, training_choices, url
from app.state.uploads import own_pictures
from app.state.visitor import current_visitor
from app.training.job import TrainingRequest
from model.config import ModelConfig
from model.runs.history import recorded_points
from model.runs.quota import check_quota, expected_size
from model.runs.reading import RunError


def start_training() -> None:
    """Check the settings, then start; a setting out of range is answered with one sentence."""
    try:
        request = chosen_request()
        check_quota(runs_folder(), request.owner, expected_size(request.config))
        show_begun(server_trainings().start(request, chosen_speed()))
    except (RunError, ValueError, RuntimeError) as error:
        url.notice(str(error))


def resume_training(name: str) -> None:
    """Go on with a run that is kept.

    Raises:
        RunError, RuntimeError, ValueError: it can't be gone on with; the message says why.
    """
    run = server_trainings().open(name)
    request = TrainingRequest(
        run.config, run.source, loader(run.source, own_pictures()), owner=owner_of(name)
    )
    server_trainings().resume(run, request)
    show_begun(name)


def show_begun(name: str) -> None:
    """Watch a training that this visitor has begun, and use its model when it has ended."""
    training_choices.watch_run(name)
    training_choices.set_started_run(name)


def compared_lines(figure: str) -> list[Line]:
    """The curves of the runs that are compared with the one watched."""
    lines = []
    for number, name in enumerate(training_choices.linked_runs(visible.names())[1:], 1):
        past = visible.past.get(name)
        try:
            points = recorded_points(past.run) if past else []
        except RunError as error:
            st.warning(str(error))
            continue
        values = [getattr(point.test, figure) for point in points]
        seen = [point.patches_seen for point in points]
        lines.append(Line(model_label(name), seen, values, f"other{number}"))
    return lines


def show_curves() -> None:
    """Error and objective over training, with the author's recorded run behind them."""
    author = reference_run()
    live_chart(
        [Live("training patches", "trainError", "second"), Live("test patches", "testError", "main")],
        [
            Line("the author's run, test", author.patches, author.test_error, "reference"),
            author.last_test_error_line(author.patches[-1] * 100),
            *compared_lines("final_error"),
        ],
        title="Reconstruction error with all units",
        y_label="error (L2 norm)",
        x_max=author.patches[-1],
        y_max=1.5,
        test_id="loss-chart",
        key="loss",
    )
    live_chart(
        [Live("training patches", "trainObjective", "second"), Live("test patches", "testObjective", "main")],
        [
            Line("the author's run, test", author.patches, author.test_objective, "reference"),
            *compared_lines("objective"),
        ],
        title="Objective: sum over ranks k of k times the error at k",
        y_label="objective J",
        x_max=author.patches[-1],
        y_max=15_000,
        test_id="objective-chart",
        key="objective",
    )


def show_pinned_patch(shape: ModelConfig) -> None:
    """One patch, followed through the training: its ranks, its answers, at the moment of the scrubber."""
    st.subheader("One patch, followed", anchor=False)
    picture = chosen_picture(shape.patch_size)
    height, width, _ = picture.pixels.shape
    row, col = selection.chosen_place(height, width, shape.patch_size, picture.place)
    choosing, playing = st.columns([1, 3], gap="medium")
    with choosing:
        st.caption(f"{picture.title}. Choose another picture on Explore, another patch here.")
        patch_picker(
            picture.pixels,
            shape.patch_size,
            row,
            col,
            on_pick=lambda row, col: selection.choose(picture.place, row=row, col=col),
            key="pinned",
        )
    with playing:
        rank_player(np.zeros(shape.n_units), rank=selection.linked_rank(shape.n_units), key="pinned-player")
        unit_answers(key="pinned-answers")


model = model_switch()
visible = VisibleRuns(current_visitor())
watched = training_choices.watched_run(visible.names(), visible.latest())
training = visible.trainings.get(watched or "")
past = visible.past.get(watched or "")
if training is not None:
    shape, state_now = training.request.config.model, training.report().state.value
elif past is not None:
    shape, state_now = past.run.config.model, past.state
else:
    shape, state_now = model.checkpoint.config, ""

settings, live = st.columns([1, 3.2], gap="medium")
with settings:
    training_settings()
    st.button("Train", icon=":material/play_arrow:", on_click=start_training, width="stretch", key="start")
with live:
    training_feed(watched, state_now, key="feed")
    mine = training is not None and training.under_way and visible.may_change(training.name)
    training_controls(training if mine else None)
    time_scrubber(key="scrubber")
    curves, filters = st.columns([1, 1], gap="medium")
    with curves:
        show_curves()
    with filters:
        st.markdown("**Filters**" if watched else "**Filters of the model chosen above**")
        shown = np.empty((0, 0), np.float32) if watched else model.checkpoint.weights
        following_filter_grid(shown, shape.patch_size, key="training-filters")
    error_map(reference_run().error_by_rank_line(), key="error-map")
    if watched:
        show_pinned_patch(shape)
run_history(visible, watched, resume_training)
