"""Talk: a story in beats, for a projector; and backstage, where one makes it one's own."""

import streamlit as st

from app import catalog, state
from app.components.beat_list import beat_list
from app.components.patch_picker import patch_picker
from app.components.talk_stage import talk_stage
from app.model_switch import model_switch
from app.own_talks import (
    LONGEST_SENTENCE,
    OwnTalk,
    TalkError,
    beats_as_link,
    beats_from_link,
    beats_of,
    check_link,
    talk_as_file,
    talk_from_file,
)
from app.picture_chooser import chosen_picture, picture_chooser
from app.talk import PATCH_SIZE, TITLES, talk_payload

# On stage nothing of the page's own furniture is seen, nor a word on a lost connection: the talk needs none.
ON_STAGE = """<style>
body.rankscope-on-stage { overflow: hidden; }
body.rankscope-on-stage :is(
  [data-testid="stHeader"], [data-testid="stToolbar"], [data-testid="stStatusWidget"],
  [data-testid="stDecoration"], [data-testid="stConnectionStatus"], [data-testid="stDialog"],
  [data-baseweb="modal"], [data-baseweb="toast"]
) { display: none !important; }
</style>"""


def change_beats(rows: object) -> None:
    """Take over what the visitor did to the list."""
    try:
        state.choose_talk(beats_as_link(beats_of(rows)))
    except ValueError:
        state.notice("This is not a list of beats, so the talk stays as it is.")


def open_talk() -> None:
    """Show the talk of an uploaded file; if it is none, say why and leave the page as it is."""
    file = st.session_state[state.TALK_UPLOADER]
    if file is None:
        return
    try:
        talk = talk_from_file(file.getvalue())
        if talk.model not in catalog.model_names():
            raise TalkError("This talk shows a model that is not here; bring its run, or save the talk anew.")
        if talk.split and talk.image not in catalog.pictures().split(talk.split).numbers:
            raise TalkError("This talk shows a picture of CIFAR-10 that is not in the bundled sample.")
    except TalkError as error:
        state.notice(f"{file.name}: {error}")
        return
    if talk.picture is not None:
        state.add_upload(state.Upload(file.name, talk.picture))
    elif talk.split:
        state.look_at(talk.split, talk.image)
    state.choose_model(talk.model)
    own = max(state.uploads()) if talk.picture is not None else None
    state.choose(state.own_pictures(state.OWN, own) if own is not None else "", row=talk.row, col=talk.col)
    state.choose_talk(beats_as_link(talk.beats))


st.html(ON_STAGE)
model = model_switch()
size = model.checkpoint.config.patch_size
picture = chosen_picture(max(PATCH_SIZE, size))
height, width, _ = picture.pixels.shape
row, col = state.chosen_place(height, width, size, picture.place)
beats = beats_from_link(state.chosen_talk(check_link))
state.check_beat(len(beats))
talk_stage(talk_payload(model, picture, (row, col), beats), key="stage")

choosing, arranging = st.columns([1, 2.3], gap="medium")
with choosing:
    st.subheader("Picture and patch", anchor=False)
    picture_chooser(picture)
    patch_picker(
        picture.pixels,
        size,
        row,
        col,
        on_pick=lambda row, col: state.choose(picture.place, row=row, col=col),
        key="picker",
    )
with arranging:
    st.subheader("A talk of your own", anchor=False)
    beat_list(
        TITLES,
        [(beat.beat, beat.sentence) for beat in beats],
        longest_sentence=LONGEST_SENTENCE,
        on_change=change_beats,
        key="beats",
    )
    own = picture.label is None
    talk = OwnTalk(
        model.name,
        None if own else picture.split,
        0 if own else picture.number,
        row,
        col,
        beats,
        picture.pixels if own else None,
    )
    st.caption(
        "The address of this page is the talk as a link: model, picture, patch, beats and sentences."
        + (" Your own picture is in the saved file only." if own else "")
    )
    st.download_button(
        "Save this talk",
        lambda: talk_as_file(talk),
        "talk.json",
        "application/json",
        icon=":material/download:",
        on_click="ignore",
        key="save-talk",
    )
    st.file_uploader("Open a talk", type=["json"], key=state.TALK_UPLOADER, on_change=open_talk)
