"""Talk: a presentation in beats, for a projector, and below it an editor for a talk of one's own."""

import streamlit as st

from app.components.talk_feed import talk_feed
from app.components.talk_stage import talk_stage
from app.panels.model_picker import model_switch
from app.panels.picture_picker import chosen_picture
from app.services.pictures import BUNDLED_PATCH_SIZE
from app.services.runs import server_trainings
from app.services.training_pictures import SAMPLE, picture_loader
from app.state import selection, training_choices, url
from app.state.literal_text import literal
from app.state.visitor import current_visitor
from app.talk.payload import talk_payload
from app.talk.talk_editor import talk_editor, talk_patch_picker
from app.talk.talk_files import beats_from_link, check_link
from app.training.job import TrainingRequest
from model.checkpoint import CheckpointError
from model.config import TrainingConfig
from model.data.pictures import DataError

# On stage Streamlit's header, toolbar, dialogs and messages on a lost connection are hidden.
ON_STAGE = """<style>
body.rankscope-on-stage { overflow: hidden; }
body.rankscope-on-stage :is(
  [data-testid="stHeader"], [data-testid="stToolbar"], [data-testid="stStatusWidget"],
  [data-testid="stDecoration"], [data-testid="stConnectionStatus"], [data-testid="stDialog"],
  [data-baseweb="modal"], [data-baseweb="toast"]
) { display: none !important; }
</style>"""


def start_training(request: int) -> None:
    """Start the training that the stage requests, after stopping that of an earlier request."""
    stop_training()
    load = picture_loader(SAMPLE, BUNDLED_PATCH_SIZE)
    training = TrainingRequest(TrainingConfig(), SAMPLE, load, owner=current_visitor())
    try:
        training_choices.set_talk_training(request, server_trainings().start(training))
    except RuntimeError as error:
        training_choices.set_talk_training(request, None, str(error))


def stop_training() -> None:
    """Stop the training that this visitor's stage has requested; no-op if there is none."""
    _, run, _ = training_choices.talk_training()
    training = server_trainings().find(run)
    if training is not None and training.under_way:
        training.stop()


st.html(ON_STAGE)
model = model_switch()
size = model.checkpoint.config.patch_size
picture = chosen_picture(max(BUNDLED_PATCH_SIZE, size))
height, width, _ = picture.pixels.shape
row, col = selection.chosen_place(height, width, size, picture.scope)
beats = beats_from_link(selection.chosen_talk(check_link))
url.check_beat(len(beats))
try:
    payload = talk_payload(model, picture, (row, col), beats)
except (CheckpointError, DataError) as error:
    st.error(literal(str(error)))
    st.stop()
talk_stage(payload, key="stage")
talk_feed(*training_choices.talk_training(), on_start=start_training, on_stop=stop_training, key="feed")

choosing, arranging = st.columns([1, 2.3], gap="medium")
with choosing:
    talk_patch_picker(picture, size, row, col)
with arranging:
    talk_editor(model, picture, row, col, beats)
