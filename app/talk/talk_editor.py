"""The editor below the stage: the patch and the beats of the talk, and saving and opening it."""

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app.components.beat_list import beat_list
from app.components.patch_picker import patch_picker
from app.exports.html_talk import LARGEST_TALK_WEIGHTS
from app.panels.download_menu import download_menu
from app.panels.picture_picker import ChosenPicture, picture_chooser
from app.panels.upload_panel import DEFAULT_BACKGROUND
from app.services.models import LoadedModel, model_names
from app.services.pictures import shown_pictures
from app.state import selection, url
from app.state.new_files import handle_missed_file, handle_new_file
from app.state.uploads import Upload, add_upload, uploads
from app.state.visitor import current_visitor
from app.state.widget_keys import TALK_UPLOADER
from app.talk.beats import TITLES, Beat
from app.talk.talk_export import talk_as_html
from app.talk.talk_files import (
    LARGEST_TALK_FILE,
    LONGEST_LINK,
    LONGEST_NOTE,
    LONGEST_SENTENCE,
    NOT_HERE,
    Talk,
    TalkError,
    beats_as_link,
    parse_beats,
    talk_as_file,
    talk_from_file,
)


def talk_patch_picker(picture: ChosenPicture, size: int, row: int, col: int) -> None:
    """Show the choice of the talk's picture and patch.

    Args:
        picture: the chosen one.
        size: height and width of a patch in pixels.
        row: of the chosen patch's upper left pixel.
        col: of the same pixel.
    """
    st.subheader("Picture and patch", anchor=False)
    picture_chooser(picture)
    patch_picker(
        picture.pixels,
        size,
        row,
        col,
        on_pick=lambda row, col: selection.choose(picture.scope, row=row, col=col),
        key="picker",
    )


def talk_editor(
    model: LoadedModel, picture: ChosenPicture, row: int, col: int, beats: tuple[Beat, ...]
) -> None:
    """Show the list of beats, and the talk as a file and as a link.

    Args:
        model: decomposes patch and picture.
        picture: the chosen one.
        row: of the chosen patch's upper left pixel.
        col: of the same pixel.
        beats: of the talk, in order.
    """
    st.subheader("A talk of your own", anchor=False)
    beat_list(
        TITLES,
        [(beat.beat, beat.sentence, beat.note) for beat in beats],
        longest_sentence=LONGEST_SENTENCE,
        longest_note=LONGEST_NOTE,
        on_change=_change_beats,
        key="beats",
    )
    hint = " Your own picture is in the saved file only." if picture.split == selection.OWN else ""
    st.caption(
        "The address of this page is the talk as a link: model, picture, patch, beats, sentences and notes."
        + hint
    )
    _taking_away(model, picture, row, col, beats)
    st.file_uploader(
        "Open a talk",
        type=["json"],
        key=TALK_UPLOADER,
        on_change=handle_new_file,
        args=(TALK_UPLOADER, _open_talk),
        max_upload_size=LARGEST_TALK_FILE >> 20,
    )
    handle_missed_file(TALK_UPLOADER, _open_talk)


def _taking_away(
    model: LoadedModel, picture: ChosenPicture, row: int, col: int, beats: tuple[Beat, ...]
) -> None:
    """Show the buttons that save the talk, make it one file, and download what it shows."""
    saving, taking, downloading = st.columns([1, 1.3, 1])
    saving.download_button(
        "Save this talk",
        lambda: talk_as_file(_talk(model.name, picture, row, col, beats)),
        "talk.json",
        "application/json",
        icon=":material/save:",
        on_click="ignore",
        key="save-talk",
    )
    with taking:
        if model.checkpoint.weights.nbytes > LARGEST_TALK_WEIGHTS:
            st.caption("This model is too large for a talk in one file; choose a smaller one.")
        else:
            _take_along(model, picture, (row, col), beats)
    with downloading:
        download_menu(model, picture, row, col)


def _take_along(
    model: LoadedModel, picture: ChosenPicture, place: tuple[int, int], beats: tuple[Beat, ...]
) -> None:
    st.download_button(
        "Take the talk along",
        lambda: talk_as_html(model, picture, place, beats),
        "talk.html",
        "text/html",
        icon=":material/devices:",
        on_click="ignore",
        help="One HTML file that opens in any browser without a server or a network, and trains there.",
        key="take-talk",
    )


def _talk(model: str, picture: ChosenPicture, row: int, col: int, beats: tuple[Beat, ...]) -> Talk:
    if picture.split == selection.OWN:
        return Talk(model, None, 0, row, col, beats, picture.pixels)
    return Talk(model, picture.split, picture.number, row, col, beats)


def _change_beats(rows: list[tuple[str, str, str]]) -> None:
    """Choose the beats that the list component has sent; a notice says if they are not beats."""
    try:
        link = beats_as_link(parse_beats([list(row) for row in rows]))
        if len(link) > LONGEST_LINK:
            url.notice(
                "The talk's words are too long for its link, so the last change is left out; shorten a note."
            )
            return
        selection.choose_talk(link)
    except ValueError:
        url.notice("This is not a list of beats, so the talk stays as it is.")


def _open_talk(file: UploadedFile) -> None:
    """Choose everything that the talk in the uploaded file names; a notice says why if that is impossible."""
    try:
        talk = talk_from_file(file.getvalue())
        if talk.model not in model_names(current_visitor()):
            raise TalkError(NOT_HERE)
        if talk.split and talk.image not in shown_pictures().split(talk.split).numbers:
            raise TalkError("This talk shows a picture of CIFAR-10 that is not in the bundled sample.")
    except TalkError as error:
        url.notice(str(error), about=file.name)
        return
    if talk.picture is not None:
        own_size = (talk.picture.shape[0], talk.picture.shape[1])
        add_upload(Upload(file.name, talk.picture, own_size, False, DEFAULT_BACKGROUND, None))
    elif talk.split:
        selection.choose_picture(talk.split, talk.image)
    selection.choose_model(talk.model)
    scope = selection.memory_scope(selection.OWN, max(uploads())) if talk.picture is not None else ""
    selection.choose(scope, row=talk.row, col=talk.col)
    selection.choose_talk(beats_as_link(talk.beats))
