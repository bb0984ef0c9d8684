import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app.talk.beats import STORY, TITLES, Beat
from app.talk.talk_files import (
    FORMAT,
    Talk,
    TalkError,
    beats_as_link,
    beats_from_link,
    talk_as_file,
    talk_from_file,
)

Open = Callable[..., AppTest]

SENTENCES = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=40)
BEATS = st.lists(
    st.builds(Beat, st.sampled_from(list(TITLES)), SENTENCES, SENTENCES),
    min_size=1,
    unique_by=lambda beat: beat.beat,
).map(tuple)


def file_of(**changes: Any) -> bytes:
    whole = {"format": FORMAT, "model": "rank-order", "split": "test", "image": 90, "row": 1, "col": 2}
    return json.dumps({**whole, "beats": [["patch", ""]], **changes}).encode()


@given(BEATS)
def test_a_link_carries_every_talk_there_and_back(beats: tuple[Beat, ...]) -> None:
    assert beats_from_link(beats_as_link(beats)) == beats


@given(BEATS, st.integers(0, 50_000), st.integers(0, 25))
def test_a_file_opens_again_as_it_was_saved(beats: tuple[Beat, ...], image: int, row: int) -> None:
    talk = Talk("progressive", "train", image, row, 25 - row, beats)
    assert talk_from_file(talk_as_file(talk)) == talk


def test_a_picture_of_ones_own_comes_back_pixel_by_pixel() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    again = talk_from_file(talk_as_file(Talk("rank-order", None, 0, 3, 4, STORY, picture)))
    assert again.picture is not None
    np.testing.assert_array_equal(again.picture, picture)


def test_the_whole_story_needs_no_letters_in_the_address() -> None:
    assert beats_as_link(STORY) == ""
    assert beats_from_link("") == STORY


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b"[]",
        b'"talk"',
        b"9" * 5_000,
        b"x" * 3_000_000,
        file_of(format="rankscope-talk-2"),
        file_of(model=7),
        file_of(model="m" * 10_000),
        file_of(split="own"),
        file_of(split=["test"]),
        file_of(image=True),
        file_of(image=1.5),
        file_of(row=-1),
        file_of(col=10**9),
        file_of(beats=[]),
        file_of(beats=[["patch", ""]] * 2),
        file_of(beats=[["patch"]]),
        file_of(beats=[["<script>", ""]]),
        file_of(beats=[["patch", "x" * 300]]),
        file_of(beats=[["patch", "two\nlines"]]),
        file_of(beats={"patch": ""}),
        file_of(picture=5),
        file_of(picture="no base64!"),
        file_of(picture=base64.b64encode(b"not a picture").decode()),
    ],
    ids=range(26),
)
def test_a_hostile_file_is_refused_in_one_sentence(content: bytes) -> None:
    with pytest.raises(TalkError) as refused:
        talk_from_file(content)
    words = str(refused.value)
    assert len(words) < 200
    assert "script" not in words


@given(st.text(max_size=300))
def test_a_hostile_link_is_a_value_error_or_a_talk(text: str) -> None:
    try:
        beats = beats_from_link(text)
    except ValueError:
        return
    assert beats
    assert {beat.beat for beat in beats} <= set(TITLES)


def test_a_link_reopens_the_beats_in_their_order(open_app: Open) -> None:
    beats = (Beat("pca", "Mind the <b>axis</b>."), Beat("patch"))
    app = open_app("talk", talk=beats_as_link(beats))
    assert not app.exception
    assert not app.warning
    assert app.query_params["talk"] == beats_as_link(beats)


def test_a_missing_recording_is_named_in_one_sentence(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.talk.payload.ASSETS", tmp_path)
    app = open_app("talk")
    assert not app.exception
    assert [error.value for error in app.error] == [
        "The recorded training recorded_training.safetensors is missing or damaged; fetch the project again."
    ]


def test_a_talk_that_is_none_is_left_out_with_a_notice(open_app: Open) -> None:
    app = open_app("talk", talk="A" * 7_000)
    assert not app.exception
    assert "The link's `talk`" in app.warning[0].value
    assert app.query_params["talk"] == "standard"


def test_a_beat_that_the_talk_does_not_have_is_left_out_with_a_notice(open_app: Open) -> None:
    app = open_app("talk", talk=beats_as_link([Beat("pca"), Beat("map")]), beat="3")
    assert not app.exception
    assert "The link's `beat`" in app.warning[0].value
    assert "beat" not in app.query_params


def test_an_uploaded_talk_chooses_model_picture_patch_and_beats(open_app: Open) -> None:
    beats = (Beat("map", "Sky is cheap."), Beat("ranks"))
    app = open_app("talk")
    saved = talk_as_file(Talk("progressive", "train", 6, 0, 25, beats))
    app.file_uploader[0].upload("talk.json", saved).run()
    assert not app.exception
    assert not app.warning
    shown = {name: app.query_params[name] for name in ("model", "split", "image", "row", "col", "talk")}
    place = {"split": "train", "image": "6", "row": "0", "col": "25"}
    assert shown == {"model": "progressive", **place, "talk": beats_as_link(beats)}


def test_an_uploaded_talk_that_cannot_be_shown_changes_nothing(open_app: Open) -> None:
    app = open_app("talk", image="44")
    refused = {
        "broken.json": (b"{", "not a talk"),
        "model.json": (file_of(model="no such model"), "a model that is not here"),
        "picture.json": (file_of(image=77_777), "not in the bundled sample"),
    }
    for name, (content, words) in refused.items():
        app.file_uploader[0].upload(name, content).run()
        assert not app.exception
        assert len(app.warning) == 1
        assert app.warning[0].value.startswith(f"{name}: ")
        assert words in app.warning[0].value
        assert app.query_params["image"] == "44"


@pytest.mark.parametrize("name", ["\ud800", "two\nlines", "\x00"])
def test_a_model_is_not_called_what_no_page_can_show(name: str) -> None:
    content = json.loads(talk_as_file(Talk("rank-order", "test", 7, 3, 4, STORY)))
    with pytest.raises(TalkError):
        talk_from_file(json.dumps({**content, "model": name}).encode())
