"""The talk as one HTML file, and its command; tests/browser/test_talk_file.py tells what the file does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.exports.html_talk import LARGEST_TALK_HTML, LARGEST_TALK_WEIGHTS, TalkTooLargeError, talk_html
from app.talk.beats import Beat
from app.talk.talk_export import saved_talk_as_html
from app.talk.talk_files import TalkError, talk_as_file
from scripts.export_talk import STANDARD, main


def test_a_saved_talk_becomes_a_file_and_a_strangers_words_stay_text(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (600, 700, 3)).astype(np.uint8)
    beats = (Beat("ranks", "</script><script>alert(1)</script>"), Beat("live"))
    talk = replace(STANDARD, split=None, picture=picture, row=590, col=690, beats=beats)
    saved, out = tmp_path / "talk.json", tmp_path / "talk.html"
    saved.write_bytes(talk_as_file(talk))
    assert main([str(out), "--talk", str(saved)]) == 0
    page = out.read_bytes()
    of_model = 169 * 147 * 4
    assert len(page) + (LARGEST_TALK_WEIGHTS - of_model) * 4 / 3 <= LARGEST_TALK_HTML
    assert page.count(b"</script") == 1
    assert b"alert(1)" not in page


def test_what_can_not_be_exported_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    no_talk = tmp_path / "talk.json"
    no_talk.write_text("[]")
    for arguments in (
        [str(tmp_path / "out.html"), "--talk", str(no_talk)],
        [str(tmp_path / "out.html"), "--talk", str(tmp_path / "missing.json")],
        [str(tmp_path / "nowhere" / "out.html")],
    ):
        assert main(arguments) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert "Traceback" not in said
    assert not (tmp_path / "out.html").exists()


@pytest.mark.parametrize(
    "talk",
    [
        replace(STANDARD, model="20200101-000000-rank-order"),
        replace(STANDARD, image=999_999),
        replace(STANDARD, split=None, picture=np.zeros((6, 9, 3), np.uint8)),
    ],
    ids=["model", "image", "picture"],
)
def test_a_talk_about_something_that_is_not_here_is_refused(talk: object) -> None:
    with pytest.raises(TalkError, match=r"This talk|The picture in this talk"):
        saved_talk_as_html(talk)  # type: ignore[arg-type]


def test_a_talk_that_does_not_fit_is_refused() -> None:
    with pytest.raises(TalkTooLargeError, match="too large for one file of 3 MB; choose"):
        talk_html("", bytes(LARGEST_TALK_HTML), b"")
