"""Backstage: where a visitor makes the talk their own, saves it and opens it again."""

import streamlit as st

from app.components.beat_list import beat_list
from app.components.patch_picker import patch_picker
from app.panels.download_menu import take_away
from app.panels.picture_picker import ChosenPicture, picture_chooser
from app.panels.upload_panel import FIRST_BACKGROUND
from app.services.models import LoadedModel, model_names
from app.services.pictures import shown_pictures
from app.state import selection, url
from app.state.uploads import Upload, add_upload, uploads
from app.state.visitor import current_visitor
from app.state.widget_keys import TALK_UPLOADER
from app.talk.beats import TITLES, Beat
from app.talk.talk_files import (
    LONGEST_SENTENCE,
    OwnTalk,
    TalkError,
    beats_as_link,
    beats_of,
    talk_as_file,
    talk_from_file,
)


def choose_patch(picture: ChosenPicture, size: int, row: int, col: int) -> None:
    """The picture and the patch that the talk is about."""
    st.subheader("Picture and patch", anchor=False)
    picture_chooser(picture)
    patch_picker(
        picture.pixels,
        size,
        row,
        col,
        on_pick=lambda row, col: selection.choose(picture.place, row=row, col=col),
        key="picker",
    )


def arrange(model: LoadedModel, picture: ChosenPicture, row: int, col: int, beats: tuple[Beat, ...]) -> None:
    """The beats, and the talk as a file and as a link."""
    st.subheader("A talk of your own", anchor=False)
    beat_list(
        TITLES,
        [(beat.beat, beat.sentence) for beat in beats],
        longest_sentence=LONGEST_SENTENCE,
        on_change=_change_beats,
        key="beats",
    )
    own = picture.label is None
    st.caption(
        "The address of this page is the talk as a link: model, picture, patch, beats and sentences."
        + (" Your own picture is in the saved file only." if own else "")
    )
    talk = OwnTalk(
        model.name,
        None if own else picture.split,
        0 if own else picture.number,
        row,
        col,
        beats,
        picture.pixels if own else None,
    )
    saving, taking = st.columns(2)
    saving.download_button(
        "Save this talk",
        lambda: talk_as_file(talk),
        "talk.json",
        "application/json",
        icon=":material/save:",
        on_click="ignore",
        key="save-talk",
    )
    with taking:
        take_away(model, picture, row, col)
    st.file_uploader("Open a talk", type=["json"], key=TALK_UPLOADER, on_change=_open_talk)


def _change_beats(rows: object) -> None:
    """Take over what the visitor did to the list."""
    try:
        selection.choose_talk(beats_as_link(beats_of(rows)))
    except ValueError:
        url.notice("This is not a list of beats, so the talk stays as it is.")


def _open_talk() -> None:
    """Show the talk of an uploaded file; if it is none, say why and leave the page as it is."""
    file = st.session_state[TALK_UPLOADER]
    if file is None:
        return
    try:
        talk = talk_from_file(file.getvalue())
        if talk.model not in model_names(current_visitor()):
            raise TalkError("This talk shows a model that is not here; bring its run, or save the talk anew.")
        if talk.split and talk.image not in shown_pictures().split(talk.split).numbers:
            raise TalkError("This talk shows a picture of CIFAR-10 that is not in the bundled sample.")
    except TalkError as error:
        url.notice(f"{file.name}: {error}")
        return
    if talk.picture is not None:
        own_size = (talk.picture.shape[0], talk.picture.shape[1])
        add_upload(Upload(file.name, talk.picture, own_size, False, FIRST_BACKGROUND, None))
    elif talk.split:
        selection.look_at(talk.split, talk.image)
    selection.choose_model(talk.model)
    memory = selection.own_pictures(selection.OWN, max(uploads())) if talk.picture is not None else ""
    selection.choose(memory, row=talk.row, col=talk.col)
    selection.choose_talk(beats_as_link(talk.beats))
