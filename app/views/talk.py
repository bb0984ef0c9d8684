"""Talk: a story in beats, for a projector."""

import streamlit as st

from app import state
from app.components.talk_stage import talk_stage
from app.model_switch import model_switch
from app.picture_chooser import chosen_picture
from app.talk import PATCH_SIZE, STORY, talk_payload

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
picture = chosen_picture(max(PATCH_SIZE, model.checkpoint.config.patch_size))
height, width, _ = picture.pixels.shape
place = state.chosen_place(height, width, max(PATCH_SIZE, model.checkpoint.config.patch_size), picture.place)
beats = STORY
state.check_beat(len(beats))
talk_stage(talk_payload(model, picture, place, beats), key="stage")
