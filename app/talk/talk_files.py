"""A talk of one's own: kept as a small JSON file and, but for an uploaded picture, as a link.

Both may come from a stranger: whatever is not a talk is refused in one sentence.
"""

import base64
import binascii
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.talk.beats import STORY, TITLES, Beat
from model.pictures.limits import PictureError
from model.pictures.reader import read_picture

FORMAT = "rankscope-talk-1"
LARGEST_TALK_FILE = 20_000_000
LONGEST_TALK_PICTURE_SIDE = 2048
"""Pixels along the longer side."""
LONGEST_LINK = 6_000
LONGEST_SENTENCE = 200
NOT_A_TALK = "This is not a talk that Rankscope saved; choose the .json file that 'Save this talk' made."


class TalkError(Exception):
    """A file that is no talk; the message says why and what to do."""


@dataclass(frozen=True)
class OwnTalk:
    """What a talk shows.

    Attributes:
        model: which model rebuilds the patch and the picture, by name.
        split: where the picture comes from, 'train' or 'test'; None if it is in `picture`.
        image: its number there; 0 if it is in `picture`.
        row, col: the patch's upper left pixel, 0 or more.
        beats: one or more, each at most once.
        picture: (height, width, 3) bytes, a picture of the speaker's own; None for one of CIFAR-10.
    """

    model: str
    split: str | None
    image: int
    row: int
    col: int
    beats: tuple[Beat, ...]
    picture: NDArray[np.uint8] | None = None


def beats_of(rows: object) -> tuple[Beat, ...]:
    """Beats from JSON values: a list of [name, sentence].

    Raises:
        ValueError: they are none, or a name is unknown or there twice, or a sentence too long.
    """
    if not isinstance(rows, list) or not 1 <= len(rows) <= len(TITLES):
        raise ValueError("no list of beats")
    beats = tuple(_beat(row) for row in rows)
    if len({beat.beat for beat in beats}) < len(beats):
        raise ValueError("a beat is there twice")
    return beats


def beats_as_link(beats: Sequence[Beat]) -> str:
    """The beats as letters that an address can carry; '' for the whole story without a word of one's own."""
    if tuple(beats) == STORY:
        return ""
    rows = [[beat.beat, beat.sentence] for beat in beats]
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def beats_from_link(text: str) -> tuple[Beat, ...]:
    """Undo `beats_as_link`.

    Raises:
        ValueError: it never came from there.
    """
    if not text:
        return STORY
    if len(text) > LONGEST_LINK or not text.isascii():
        raise ValueError("too long or not plain letters")
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True)
        return beats_of(json.loads(content.decode()))
    except (binascii.Error, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("not a talk") from error


def check_link(text: str) -> str:
    """The text itself if it is a talk; raises ValueError otherwise."""
    beats_from_link(text)
    return text


def talk_as_file(talk: OwnTalk) -> bytes:
    """The talk as JSON, an own picture in it as PNG."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "model": talk.model,
        "split": talk.split,
        "image": talk.image,
        "row": talk.row,
        "col": talk.col,
        "beats": [[beat.beat, beat.sentence] for beat in talk.beats],
    }
    if talk.picture is not None:
        packed = io.BytesIO()
        Image.fromarray(talk.picture).save(packed, "PNG", optimize=True)
        content["picture"] = base64.b64encode(packed.getvalue()).decode()
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def talk_from_file(content: bytes) -> OwnTalk:
    """Undo `talk_as_file`.

    Raises:
        TalkError: the file is none, or damaged, or asks for something that can't be.
    """
    if len(content) > LARGEST_TALK_FILE:
        raise TalkError("This file is too large to be a talk; Rankscope's own stay under 20 MB.")
    try:
        return _checked(json.loads(content.decode()))
    except PictureError as error:
        raise TalkError(f"The picture in this talk can't be used. {error}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise TalkError(NOT_A_TALK) from error


def _checked(values: dict[str, Any]) -> OwnTalk:
    if values["format"] != FORMAT:
        raise ValueError(values["format"])
    packed = values.get("picture")
    picture = None
    if packed is not None:
        content = base64.b64decode(packed, validate=True)
        picture = read_picture(content, smallest_side=7, longest_side=LONGEST_TALK_PICTURE_SIDE).pixels
    split = values["split"] if picture is None else None
    if picture is None and split not in ("train", "test"):
        raise ValueError(split)
    places = [values[name] for name in ("image", "row", "col")]
    if not all(type(place) is int and 0 <= place < 1_000_000 for place in places):
        raise ValueError(places)
    model = values["model"]
    if not isinstance(model, str) or len(model) > LONGEST_SENTENCE:
        raise ValueError(model)
    image, row, col = places
    return OwnTalk(model, split, image, row, col, beats_of(values["beats"]), picture)


def _beat(row: object) -> Beat:
    if not (isinstance(row, list) and len(row) == 2 and all(isinstance(part, str) for part in row)):
        raise ValueError(row)
    name, sentence = row
    if name not in TITLES or len(sentence) > LONGEST_SENTENCE or not sentence.isprintable():
        raise ValueError(row)
    return Beat(name, sentence)
