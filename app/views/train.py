"""Train: a model is trained, and everything about the training is shown as it happens."""

import numpy as np
import streamlit as st

from app.components.error_map import error_map
from app.components.filter_grid import following_filter_grid
from app.components.time_scrubber import time_scrubber
from app.components.training_feed import training_feed
from app.panels.model_picker import model_switch
from app.panels.run_actions import start_training
from app.panels.run_table import run_table
from app.panels.training_charts import followed_patch, reference_error_by_rank, training_charts
from app.panels.training_controls import training_controls
from app.panels.training_form import training_settings
from app.services.visible_runs import VisibleRuns
from app.state import training_choices
from app.state.visitor import current_visitor

model = model_switch()
visible = VisibleRuns(current_visitor())
watched = training_choices.watched_run(visible.names(), visible.latest())
shape = visible.shape(watched) or model.checkpoint.config

settings, live = st.columns([1, 3.2], gap="medium")
with settings:
    training_settings()
    st.button("Train", icon=":material/play_arrow:", on_click=start_training, width="stretch", key="start")
with live:
    training_feed(watched, visible.state(watched), key="feed")
    training_controls(visible.own_training(watched))
    time_scrubber(key="scrubber")
    charts, filters = st.columns([1, 1], gap="medium")
    with charts:
        training_charts(visible, watched)
    with filters:
        st.markdown("**Filters**" if watched else "**Filters of the model chosen above**")
        weights = np.empty((0, 0), np.float32) if watched else model.checkpoint.weights
        following_filter_grid(weights, shape.patch_size, key="training-filters")
    error_map(reference_error_by_rank(), key="error-map")
    if watched:
        followed_patch(shape)
run_table(visible, watched)
