"""Talk: a story in beats, for a projector; and backstage, where one makes it one's own."""

import streamlit as st

from app.components.talk_feed import talk_feed
from app.components.talk_stage import talk_stage
from app.panels.model_picker import model_switch
from app.panels.picture_picker import chosen_picture
from app.services.runs import server_trainings
from app.services.training_pictures import SAMPLE, loader
from app.state import selection, training_choices, url
from app.state.visitor import current_visitor
from app.talk.payload import PATCH_SIZE, talk_payload
from app.talk.talk_editor import arrange, choose_patch
from app.talk.talk_files import beats_from_link, check_link
from app.training.job import TrainingRequest
from model.checkpoint import CheckpointError
from model.config import TrainingConfig
from model.data.pictures import DataError
from model.runs.reading import RunError

# On stage nothing of the page's own furniture is seen, nor a word on a lost connection: the talk needs none.
ON_STAGE = """<style>
body.rankscope-on-stage { overflow: hidden; }
body.rankscope-on-stage :is(
  [data-testid="stHeader"], [data-testid="stToolbar"], [data-testid="stStatusWidget"],
  [data-testid="stDecoration"], [data-testid="stConnectionStatus"], [data-testid="stDialog"],
  [data-baseweb="modal"], [data-baseweb="toast"]
) { display: none !important; }
</style>"""


def start_training(request: int) -> None:
    """Train for the stage's request; what an earlier request of this visitor still trains is stopped."""
    stop_training()
    training = TrainingRequest(TrainingConfig(), SAMPLE, loader(SAMPLE), owner=current_visitor())
    try:
        training_choices.set_staged_run(request, server_trainings().start(training))
    except (RunError, RuntimeError) as error:
        training_choices.set_staged_run(request, None, str(error))


def stop_training() -> None:
    """Stop what this visitor's stage trains; no-op if it trains nothing."""
    _, run, _ = training_choices.staged_run()
    training = server_trainings().find(run)
    if training is not None and training.under_way:
        training.stop()


st.html(ON_STAGE)
model = model_switch()
size = model.checkpoint.config.patch_size
picture = chosen_picture(max(PATCH_SIZE, size))
height, width, _ = picture.pixels.shape
row, col = selection.chosen_place(height, width, size, picture.place)
beats = beats_from_link(selection.chosen_talk(check_link))
url.check_beat(len(beats))
try:
    payload = talk_payload(model, picture, (row, col), beats)
except (CheckpointError, DataError) as error:
    st.error(str(error))
    st.stop()
talk_stage(payload, key="stage")
talk_feed(*training_choices.staged_run(), on_start=start_training, on_stop=stop_training, key="feed")

choosing, arranging = st.columns([1, 2.3], gap="medium")
with choosing:
    choose_patch(picture, size, row, col)
with arranging:
    arrange(model, picture, row, col, beats)
