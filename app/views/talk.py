"""Talk: a story in beats, for a projector; and backstage, where one makes it one's own."""

import streamlit as st

from app import state
from app.components.talk_stage import talk_stage
from app.panels.model_picker import model_switch
from app.panels.picture_picker import chosen_picture
from app.panels.stage_training import stage_training
from app.talk.payload import PATCH_SIZE, talk_payload
from app.talk.talk_editor import arrange, choose_patch
from app.talk.talk_files import beats_from_link, check_link
from model.checkpoint import CheckpointError
from model.data.pictures import DataError

# On stage nothing of the page's own furniture is seen, nor a word on a lost connection: the talk needs none.
ON_STAGE = """<style>
body.rankscope-on-stage { overflow: hidden; }
body.rankscope-on-stage :is(
  [data-testid="stHeader"], [data-testid="stToolbar"], [data-testid="stStatusWidget"],
  [data-testid="stDecoration"], [data-testid="stConnectionStatus"], [data-testid="stDialog"],
  [data-baseweb="modal"], [data-baseweb="toast"]
) { display: none !important; }
</style>"""


st.html(ON_STAGE)
model = model_switch()
size = model.checkpoint.config.patch_size
picture = chosen_picture(max(PATCH_SIZE, size))
height, width, _ = picture.pixels.shape
row, col = state.chosen_place(height, width, size, picture.place)
beats = beats_from_link(state.chosen_talk(check_link))
state.check_beat(len(beats))
try:
    payload = talk_payload(model, picture, (row, col), beats)
except (CheckpointError, DataError) as error:
    st.error(str(error))
    st.stop()
talk_stage(payload, key="stage")
stage_training()

choosing, arranging = st.columns([1, 2.3], gap="medium")
with choosing:
    choose_patch(picture, size, row, col)
with arranging:
    arrange(model, picture, row, col, beats)
