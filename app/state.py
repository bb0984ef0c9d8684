"""What a visitor has chosen: the only file that names session-state keys and URL parameters.

The page's address is the truth, so that a copied link reopens what was seen. What it does not say is taken
from what this visitor chose before, because the address loses its parameters when the page is changed. A
value that makes no sense is dropped with a short notice.
"""

import re
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.visitors import visitor_of

Value = TypeVar("Value", str, int)
Parsed = TypeVar("Parsed")
Setting = TypeVar("Setting")

UPLOADER = "uploader"
TALK_UPLOADER = "talk-uploader"
CAMERA = "camera"
PRESET = "preset"
RUN_FILE = "run_file"
RUN_SEPARATOR = ","
MOST_COMPARED = 5

OWN = "own"
"""The split that holds the visitor's own pictures."""
MOST_UPLOADS = 8
MOST_BEATS = 10
"""More than that no talk has; on the Talk page `check_beat` knows it exactly."""

_PARAMETERS = {
    "model", "split", "image", "row", "col", "k", "unit", "run", "mode", "budget", "error", "stride", "beat",
    "talk",
}  # fmt: skip
_CHOICES = "choices"
_FOR_LINK = "for_link"
_UPLOADS = "uploads"
_ALL_CLASSES = "all_classes"
_STARTED_RUN = "started_run"
_STAGED_RUN = "staged_run"
_VISITOR = "visitor"
_NOTICES = "notices"


@dataclass(frozen=True)
class Upload:
    """A picture of the visitor's own, kept in this session only.

    Attributes:
        name: of its file.
        picture: (height, width, 3) bytes, as it is shown.
        own_size: height and width that it has in the file.
        transparent: whether some of it may let the ground through.
        ground: what is behind it, as '#rrggbb'.
        content: the file, to be read again at another size; None once another one has been uploaded.
    """

    name: str
    picture: NDArray[np.uint8]
    own_size: tuple[int, int]
    transparent: bool
    ground: str
    content: bytes | None


def chosen_model(names: Sequence[str]) -> str:
    """Which model is looked at; the first one unless the visitor chose another."""
    return _choice("model", one_of(names), names[0])


def chosen_split() -> str:
    """'test' (the default), 'train', or OWN while the visitor has pictures of their own."""
    own = [OWN] if uploads() else []
    return _choice("split", one_of(["test", "train", *own]), "test")


def chosen_image(numbers: Iterable[int], default: int, pictures: str = "") -> int:
    """The number of a picture, one of `numbers`; `pictures` as `own_pictures` gives it."""
    options = {str(n) for n in numbers}
    return int(_choice("image", one_of(options), str(default), memory=f"{pictures} image".strip()))


def chosen_unit(n_units: int, default: int) -> int:
    """The unit that is looked at closely; `default` unless the visitor chose another."""
    return _choice("unit", whole_number(0, n_units - 1), default)


def chosen_place(height: int, width: int, patch_size: int, picture: str = "") -> tuple[int, int]:
    """Row and column of the patch's upper left pixel; the middle unless the visitor chose another.

    `picture` tells pictures apart whose places are remembered separately, an upload from the others.
    """
    places = []
    for name, length in (("row", height), ("col", width)):
        parse = whole_number(0, length - patch_size)
        places.append(_choice(name, parse, (length - patch_size) // 2, memory=f"{picture} {name}".strip()))
    return places[0], places[1]


def linked_rank(n_units: int) -> int | None:
    """The rank that the page's address names; None if it names none, or nonsense.

    The browser keeps it from then on: moving through ranks does not reach the server.
    """
    return _from_link("k", whole_number(1, n_units))


def linked_mode(modes: Sequence[str]) -> str:
    """The way to spend units that the page's address names; the first one if it names none, or nonsense."""
    return _from_link("mode", one_of(modes)) or modes[0]


def linked_budget(most: int) -> int | None:
    """The number of units to spend that the page's address names, 0 to `most`."""
    return _from_link("budget", whole_number(0, most))


def linked_error(default: float) -> float:
    """The error of a patch that the page's address allows; `default` if it names none, or nonsense."""
    thousandths = _from_link("error", _thousandths)
    return default if thousandths is None else thousandths / 1000


def linked_unit(n_units: int) -> int:
    """The unit that the page's address names; the first one if it names none, or nonsense."""
    return _from_link("unit", whole_number(0, n_units - 1)) or 0


def chosen_stride(options: Collection[int], side_by_side: int) -> int:
    """Pixels from patch to patch, one of `options`; `side_by_side` unless the visitor chose another."""
    named = _from_link("stride", one_of([str(option) for option in options]))
    remembered = _choices().get(f"stride of {side_by_side}", side_by_side)
    stride = int(named or remembered)
    return stride if stride in options else side_by_side


def choose_stride(stride: int, side_by_side: int) -> None:
    """Record which stride the visitor chose; side by side is not put into the link."""
    _choices()[f"stride of {side_by_side}"] = stride
    _change_link({"stride": None if stride == side_by_side else str(stride), "budget": None})


def visitor() -> str:
    """Who visits; '' where everything belongs to one user."""
    known = visitor_of(st.context.cookies)
    if known is not None:
        return known
    number: str = st.session_state.setdefault(_VISITOR, uuid.uuid4().hex)
    return number


def watched_run(names: Collection[str], default: str | None) -> str | None:
    """The run that the Train page shows, one of `names`; `default` unless another was chosen or linked."""
    return next(iter(linked_runs(names)), default)


def linked_runs(names: Collection[str]) -> list[str]:
    """The runs that the address names: the one to watch, then those to compare it with."""
    named = _from_link("run", some_of(names, MOST_COMPARED + 1))
    return named.split(RUN_SEPARATOR) if named else []


def watch_run(run: str, compared: Sequence[str] = ()) -> None:
    """Show a run on the Train page, with the curves of others beside it, for use in callbacks."""
    _change_link({"run": RUN_SEPARATOR.join([run, *(other for other in compared if other != run)])})


def check_beat(count: int) -> None:
    """Drop a beat that the talk does not have from the link; the browser reads the others there itself."""
    _from_link("beat", whole_number(1, count))


def chosen_talk(check: Callable[[str], str]) -> str:
    """The beats of the visitor's own talk, as a link carries them; '' for the whole story.

    `check` gives the text back, or raises ValueError if it is none.
    """
    talk = _from_link("talk", check)
    if talk is None:
        talk = str(_choices().get("talk", ""))
    _choices()["talk"] = talk
    if talk:
        st.session_state.setdefault(_FOR_LINK, {})["talk"] = talk
    return talk


def choose_talk(talk: str) -> None:
    """Change the beats, for use in callbacks; '' takes the whole story."""
    _choices()["talk"] = talk
    _change_link({"talk": talk or None, "beat": None})


def choose(memory: str = "", **values: str | int) -> None:
    """Record what the visitor chose, for use in callbacks; `memory` as in `chosen_place`."""
    choices = _choices()
    for name, value in values.items():
        choices[f"{memory} {name}".strip()] = value
    _change_link({name: str(value) for name, value in values.items()})


def all_classes() -> bool:
    """Whether the gallery shows pictures of every class; else only those of the chosen picture's."""
    return bool(st.session_state.get(_ALL_CLASSES, False))


def set_all_classes(wanted: bool) -> None:
    """Remember what `all_classes` says."""
    st.session_state[_ALL_CLASSES] = wanted


def choose_model(name: str) -> None:
    """Look at another model, for use in callbacks.

    Rank, unit and place leave the link, because the other model may not have them; where it does, they are
    remembered.
    """
    _choices()["model"] = name
    _change_link({"model": name, "k": None, "unit": None, "row": None, "col": None})
    _change_link(dict.fromkeys(("stride", "budget")))


def forget_run(run: str) -> None:
    """Look at its model, and watch it, no longer: it is gone."""
    choices = _choices()
    if choices.get("model") == run:
        del choices["model"]
    link: dict[str, str | None] = {}
    if st.query_params.get("model") == run:
        link["model"] = None
    if runs := st.query_params.get("run"):
        link["run"] = RUN_SEPARATOR.join(name for name in runs.split(RUN_SEPARATOR) if name != run) or None
    _change_link(link)


def uploads() -> dict[int, Upload]:
    """The visitor's own pictures by number, the oldest first."""
    kept: dict[int, Upload] = st.session_state.setdefault(_UPLOADS, {})
    return kept


def add_upload(new: Upload) -> None:
    """Keep a picture for this session and look at it; beyond MOST_UPLOADS the oldest goes.

    Only the newest one's file is kept beside it.
    """
    kept = uploads()
    for number, upload in kept.items():
        kept[number] = replace(upload, content=None)
    number = max(kept, default=-1) + 1
    kept[number] = new
    while len(kept) > MOST_UPLOADS:
        del kept[min(kept)]
    look_at(OWN, number)


def replace_upload(number: int, new: Upload) -> None:
    """Keep a picture in another size or on another ground; places in it begin anew."""
    uploads()[number] = new
    choices = _choices()
    for name in ("row", "col"):
        choices.pop(f"{own_pictures(OWN, number)} {name}", None)
    _change_link(dict.fromkeys(("row", "col", "budget", "stride")))


def remove_upload(number: int) -> None:
    """Put a picture of the visitor's own away; the latest other one is shown, or CIFAR-10."""
    uploads().pop(number, None)
    choices = _choices()
    if uploads():
        look_at(OWN, max(uploads()))
    else:
        choices["split"] = "test"
        _change_link(dict.fromkeys(("split", "image", "row", "col", "budget")))


def look_at(split: str, image: int) -> None:
    """Choose another picture, for use in callbacks; the patch goes where it last was in that picture."""
    choices = _choices()
    choices["split"] = split
    choices[f"{own_pictures(split)} image".strip()] = image
    _change_link({"split": split, "image": str(image), "row": None, "col": None, "budget": None})


def own_pictures(split: str, image: int | None = None) -> str:
    """What tells the visitor's own pictures, or one of them, from CIFAR-10's in memory."""
    if split != OWN:
        return ""
    return OWN if image is None else f"{OWN} {image}"


def setting_key(name: str) -> str:
    """The key of the widget for a setting of the next training."""
    return f"setting {name}"


def speed_key(training: str) -> str:
    """The key of the widget for a training's speed."""
    return f"speed {training}"


def step_keys(training: str) -> tuple[str, str]:
    """The keys of the widgets for a training's step size: at the start, and its share at the end."""
    return f"step {training}", f"decay {training}"


def training_setting(name: str, default: Setting) -> Setting:
    """A setting of the next training, as the visitor left it."""
    value: Setting = st.session_state.get(setting_key(name), default)
    return value


def set_training_settings(values: Mapping[str, object], *, only_missing: bool = False) -> None:
    """Fill in settings of the next training; with `only_missing`, those that the visitor has not seen yet."""
    for name, value in values.items():
        if not only_missing or setting_key(name) not in st.session_state:
            st.session_state[setting_key(name)] = value


def started_run() -> str | None:
    """The training that this visitor started and whose model is not yet shown."""
    run: str | None = st.session_state.get(_STARTED_RUN)
    return run


def set_started_run(run: str | None) -> None:
    """Remember the training that this visitor started."""
    st.session_state[_STARTED_RUN] = run


def staged_run() -> tuple[int, str | None, str]:
    """The stage's latest request for a training, 0 before the first; its run, or None and why."""
    staged: tuple[int, str | None, str] = st.session_state.get(_STAGED_RUN, (0, None, ""))
    return staged


def set_staged_run(request: int, run: str | None, message: str = "") -> None:
    """Remember what `staged_run` says."""
    st.session_state[_STAGED_RUN] = (request, run, message)


def notice(text: str) -> None:
    """Leave a sentence for `show_notices`."""
    st.session_state.setdefault(_NOTICES, []).append(text)


def show_notices() -> None:
    """Show and forget what was left by `notice`."""
    if texts := st.session_state.pop(_NOTICES, []):
        st.warning("\n\n".join(texts), icon=":material/info:")


def drop_unknown_parameters() -> None:
    """Take parameters out of the address that no page knows."""
    for name in set(st.query_params) - _PARAMETERS:
        _drop_from_link(name)
    check_beat(MOST_BEATS)


def write_link() -> None:
    """Put into the address what this script run has chosen."""
    _change_link(st.session_state.pop(_FOR_LINK, {}))


def one_of(options: Collection[str]) -> Callable[[str], str]:
    """A parser that takes one of `options` and raises ValueError for anything else."""

    def parse(text: str) -> str:
        if text not in options:
            raise ValueError(text)
        return text

    return parse


def some_of(options: Collection[str], most: int) -> Callable[[str], str]:
    """A parser that takes different ones of `options`, with RUN_SEPARATOR between them, at most so many."""

    def parse(text: str) -> str:
        parts = text.split(RUN_SEPARATOR)
        if len(parts) > most or len(set(parts)) < len(parts) or not set(parts) <= set(options):
            raise ValueError(text)
        return text

    return parse


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A parser that takes a whole number from `low` to `high` and raises ValueError otherwise."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise ValueError(text)
        if not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return parse


def _thousandths(text: str) -> int:
    """A plain decimal number from 0 to 100, in thousandths; ValueError for anything else."""
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", text, re.ASCII) or float(text) > 100:
        raise ValueError(text)
    return round(1000 * float(text))


def _choices() -> dict[str, str | int]:
    """What this visitor has chosen so far, by what it is remembered as."""
    choices: dict[str, str | int] = st.session_state.setdefault(_CHOICES, {})
    return choices


def _choice(name: str, parse: Callable[[str], Value], default: Value, memory: str = "") -> Value:
    """The link's value, else the remembered one, else the default; kept in link and memory."""
    choices = _choices()
    memory = memory or name
    value = _from_link(name, parse)
    if value is None:
        try:
            value = parse(str(choices[memory]))
        except (KeyError, ValueError):
            value = default
    choices[memory] = value
    st.session_state.setdefault(_FOR_LINK, {})[name] = str(value)
    return value


def _from_link(name: str, parse: Callable[[str], Parsed]) -> Parsed | None:
    """A parameter of the address; nonsense is dropped with a notice."""
    text = st.query_params.get(name)
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError:
        _drop_from_link(name)
        return None


def _change_link(values: Mapping[str, str | None]) -> None:
    """Set parameters, or take out those that are None: in one go, so that it is one step back."""
    now = st.query_params.to_dict()
    then = {name: value for name, value in {**now, **values}.items() if value is not None}
    if then != now:
        st.query_params.from_dict(then)


def _drop_from_link(name: str) -> None:
    words = " = ".join(_as_plain_text(text) for text in (name, st.query_params.pop(name)))
    notice(f"The link's {words} does not exist here, so it was left out.")


def _as_plain_text(text: str) -> str:
    """A stranger's text as inline code, so that nothing in it is formatted, and not too long."""
    shown = text if len(text) <= 30 else text[:30] + "…"
    return "`" + shown.replace("`", "'").replace("\n", " ") + "`"
