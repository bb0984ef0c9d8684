"""Talks as JSON files, and their beats as a parameter of a link.

Both are untrusted input: everything is checked, and what is not a talk is refused with one sentence.
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
"""Bytes."""
LONGEST_TALK_PICTURE_SIDE = 2048
"""Pixels along the longer side of a picture in a talk file."""
LONGEST_LINK = 6_000
"""Characters of the link's parameter."""
LONGEST_SENTENCE = 200
"""Characters of a speaker's sentence, and of a model's name."""
LONGEST_NOTE = 300
"""Characters of a note to oneself."""
NOT_A_TALK = "This is not a talk that Rankscope saved; choose the .json file that 'Save this talk' made."

NOT_HERE = "This talk shows a model that is not here; bring its run, or save the talk anew."


class TalkError(Exception):
    """A file that is not a talk; the message says why and what to do."""


@dataclass(frozen=True)
class Talk:
    """The settings of a talk.

    Attributes:
        model: name of the model that decomposes patch and picture.
        split: of the CIFAR-10 picture, 'train' or 'test'; None for an uploaded picture.
        image: number of the picture in that split; 0 for an uploaded picture.
        row, col: the patch's upper left pixel, 0 or more.
        beats: one or more, each at most once.
        picture: the uploaded picture, (height, width, 3) bytes; None for one of CIFAR-10.
    """

    model: str
    split: str | None
    image: int
    row: int
    col: int
    beats: tuple[Beat, ...]
    picture: NDArray[np.uint8] | None = None


def parse_beats(rows: object) -> tuple[Beat, ...]:
    """Beats from JSON values: a list of [name, sentence] or [name, sentence, note].

    Raises:
        ValueError: they are not beats, a name is unknown or repeated, or a sentence or note is too long.
    """
    if not isinstance(rows, list) or not 1 <= len(rows) <= len(TITLES):
        raise ValueError("no list of beats")
    beats = tuple(_beat(row) for row in rows)
    if len({beat.beat for beat in beats}) < len(beats):
        raise ValueError("a beat is repeated")
    return beats


def beats_as_link(beats: Sequence[Beat]) -> str:
    """The beats as text for a link's parameter; '' for the standard talk without added sentences."""
    if tuple(beats) == STORY:
        return ""
    rows = [_row(beat) for beat in beats]
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def beats_from_link(text: str) -> tuple[Beat, ...]:
    """The beats in a link's parameter, the inverse of `beats_as_link`.

    Raises:
        ValueError: the text is not a talk.
    """
    if not text:
        return STORY
    if len(text) > LONGEST_LINK or not text.isascii():
        raise ValueError("too long or not plain letters")
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True)
        return parse_beats(json.loads(content.decode()))
    except (binascii.Error, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("not a talk") from error


def check_link(text: str) -> str:
    """Return `text` if it is a talk as `beats_as_link` writes it; raise ValueError otherwise."""
    beats_from_link(text)
    return text


def talk_as_file(talk: Talk) -> bytes:
    """The talk as JSON; an uploaded picture is a PNG in base64."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "model": talk.model,
        "split": talk.split,
        "image": talk.image,
        "row": talk.row,
        "col": talk.col,
        "beats": [_row(beat) for beat in talk.beats],
    }
    if talk.picture is not None:
        packed = io.BytesIO()
        Image.fromarray(talk.picture).save(packed, "PNG", optimize=True)
        content["picture"] = base64.b64encode(packed.getvalue()).decode()
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def talk_from_file(content: bytes) -> Talk:
    """The talk in a file, the inverse of `talk_as_file`.

    Raises:
        TalkError: the file is not a talk, or a value in it is out of range.
    """
    if len(content) > LARGEST_TALK_FILE:
        raise TalkError("This file is too large to be a talk; Rankscope's own stay under 20 MB.")
    try:
        return _checked(json.loads(content.decode()))
    except PictureError as error:
        raise TalkError(f"The picture in this talk can't be used. {error}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise TalkError(NOT_A_TALK) from error


def _checked(values: dict[str, Any]) -> Talk:
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
    if not isinstance(model, str) or len(model) > LONGEST_SENTENCE or not model.isprintable():
        raise ValueError(model)
    image, row, col = places
    return Talk(model, split, image, row, col, parse_beats(values["beats"]), picture)


def _row(beat: Beat) -> list[str]:
    """A beat as JSON values, the inverse of `_beat`; without a note as older versions read it."""
    return [beat.beat, beat.sentence, *([beat.note] if beat.note else [])]


def _beat(row: object) -> Beat:
    if not (isinstance(row, list) and len(row) in (2, 3) and all(isinstance(part, str) for part in row)):
        raise ValueError(row)
    name, sentence, note = (*row, "")[:3]
    if name not in TITLES or len(sentence) > LONGEST_SENTENCE or len(note) > LONGEST_NOTE:
        raise ValueError(row)
    if not sentence.isprintable() or not note.isprintable():
        raise ValueError(row)
    return Beat(name, sentence, note)
