"""The doors through which a browser talks: the parameters of a link, and the messages of components."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlencode

from streamlit.logger import set_log_level
from streamlit.testing.v1 import AppTest

from app.components import triggers
from app.components.image_player import Place
from app.components.model_chooser import Chosen
from app.components.patch_picker import Movement
from app.components.picture_gallery import Picked, Searched
from app.components.run_list import Act
from app.state.url import one_of, some_of, thousandths, whole_number
from app.talk.beats import Beat
from app.talk.talk_files import beats_as_link, beats_from_link
from benchmarks.fuzzing.mutations import damaged_bytes, damaged_json
from benchmarks.fuzzing.watch import Door, Handle

MAIN = Path(__file__).parents[2] / "app" / "main.py"
PAGES = ("explore", "train", "image", "compare", "talk")
SPECIAL = (
    "", "0", "-1", "1e3", "٣", "9" * 5000, "\ud800", "\x00", "../..", "![x](http://x)", "NaN", "a,b", ",",
    "1 ", "<script>", "%00", "x" * 7000, "true", "²", "W10", "W1tbW1tb",
)  # fmt: skip

PARAMETERS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "model": ("progressive", one_of(("rank-order", "progressive"))),
    "coder": ("pursuit", one_of(("rank-order", "pursuit"))),
    "split": ("test", one_of(("train", "test"))),
    "image": ("7", one_of(("0", "7"))),
    "row": ("3", whole_number(0, 25)),
    "col": ("4", whole_number(0, 25)),
    "k": ("10", whole_number(1, 169)),
    "unit": ("3", whole_number(0, 168)),
    "run": ("a,b", some_of(("a", "b", "c"), 3)),
    "models": ("progressive,pca", some_of(("progressive", "pca", "dct"), 4)),
    "mode": ("budget", one_of(("rank", "budget"))),
    "budget": ("100", whole_number(0, 10_000)),
    "error": ("0.5", thousandths),
    "stride": ("7", one_of(("3", "7"))),
    "beat": ("3", whole_number(1, 10)),
    "talk": (beats_as_link((Beat("ranks", "A sentence."),)), beats_from_link),
}
"""A valid value of every parameter, and how it is parsed."""

MESSAGES: tuple[tuple[type, object], ...] = (
    (bool, True),
    (int, 3),
    (list[tuple[str, str, str]], [["ranks", "A sentence.", "A note."], ["map", "", ""]]),
    (Act, {"action": "rename", "run": "a", "title": "A title"}),
    (Movement, {"row": 1, "col": 2, "move": 3}),
    (Place, {"row": 1, "col": 2}),
    (Chosen, {"name": "progressive"}),
    (Picked, {"number": 3}),
    (Searched, {"name": "class", "value": "cat"}),
)
"""The type of every message that a component sends, and a valid one."""


def _links(_: Path) -> list[bytes]:
    singles = [{name: valid} for name, (valid, _) in PARAMETERS.items()]
    everything = {name: valid for name, (valid, _) in PARAMETERS.items()}
    return [urlencode(each).encode() for each in (*singles, everything)]


def _damaged_link(content: bytes, random: Random) -> bytes:
    values = dict(_parameters(content))
    name = random.choice([*values, *PARAMETERS, "unknown"])
    text = values.get(name, "")
    if random.random() < 0.5:
        text = random.choice(SPECIAL)
    else:
        text = damaged_bytes(text.encode("utf-8", "surrogatepass"), random).decode("utf-8", "replace")
    return urlencode({**values, name: text}, errors="surrogatepass").encode()


def _parameters(content: bytes) -> list[tuple[str, str]]:
    return parse_qsl(content.decode(), keep_blank_values=True, errors="surrogatepass")


def _parsing_door(_: Path) -> Handle:
    def handle(content: bytes) -> bool:
        accepted = True
        for name, text in _parameters(content):
            if name in PARAMETERS:
                try:
                    PARAMETERS[name][1](text)
                except ValueError:
                    accepted = False
        return accepted

    return handle


def _pages(folder: Path) -> list[bytes]:
    return [f"page={page}&".encode() + link for page in PAGES for link in _links(folder)]


def _damaged_page(content: bytes, random: Random) -> bytes:
    page, link = content.split(b"&", 1)
    return page + b"&" + _damaged_link(link, random)


def _following_door(folder: Path) -> Handle:
    set_log_level("ERROR")  # else a warning a case, that no server runs the script
    os.environ.update(XDG_DATA_HOME=str(folder), XDG_CACHE_HOME=str(folder / "cache"))
    mock.patch("app.services.warm_up.warm_up_rest", lambda: None).start()  # of no page's making
    mock.patch("app.components.address_bar.address_bar", lambda _: None).start()
    mock.patch("app.state.visitor.visitor_of", lambda _: "a-visitor").start()

    def handle(content: bytes) -> bool:
        page, *parameters = _parameters(content)
        app = AppTest.from_file(MAIN, default_timeout=60)
        for name, text in parameters:
            app.query_params[name] = text.encode("utf-8", "replace").decode()  # as a browser's address has it
        app.run()
        if page[1] != PAGES[0]:
            app.switch_page(f"views/{page[1]}.py").run()
        assert not app.exception, app.exception[0].message
        return not app.warning

    return handle


def _messages(_: Path) -> list[bytes]:
    return [json.dumps([number, {"sent": valid}]).encode() for number, (_, valid) in enumerate(MESSAGES)]


def _damaged_message(content: bytes, random: Random) -> bytes:
    number, sent = json.loads(content)
    changed = damaged_json(json.dumps(sent).encode(), random)
    try:
        sent = json.loads(changed)
    except (ValueError, RecursionError):
        sent = {"sent": changed.decode(errors="replace")}  # the server parses JSON before a component sees it
    return json.dumps([number, sent]).encode()


def _message_door(_: Path) -> Handle:
    session: dict[str, Any] = {}
    mock.patch.object(triggers, "st", SimpleNamespace(session_state=session)).start()

    def handle(content: bytes) -> bool:
        number, session["key"] = json.loads(content)
        return triggers.read_trigger("key", "sent", MESSAGES[number][0]) is not None

    return handle


PAGE_DOORS = (
    Door("link parsed", 10_000, _links, _damaged_link, _parsing_door),
    Door("link followed", 1_000, _pages, _damaged_page, _following_door),
    Door("message", 2_000, _messages, _damaged_message, _message_door),
)
