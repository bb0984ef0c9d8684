"""A talk as one HTML file, made of the very modules of the app: no server, no network."""

import json

from app.components import FOLDER, modules
from app.exports.html_file import bytes_in_script, html_file

LARGEST_TALK_HTML = 3_000_000
"""Bytes."""
LARGEST_TALK_WEIGHTS = 300_000
"""Bytes of a model that fits into it with any picture."""

_ENTRY = "offline_talk.js"
_WORKER = "talk_trainer/worker.js"
_CSS = "html, body { margin: 0; height: 100%; background: var(--st-background-color); overflow: hidden; }"


class TalkTooLargeError(ValueError):
    """The talk does not fit into one file; the message says what to do."""


def talk_html(title: str, talk: bytes, training: bytes) -> bytes:
    """The whole file, at most LARGEST_TALK_HTML bytes.

    Args:
        title: of the page, any text.
        talk: what the stage shows, as `app.talk.payload.talk_payload` packs it for a file.
        training: what a training in the file learns from, as `app.talk.payload.training_payload` packs it.

    Raises:
        TalkTooLargeError: the model or the picture is too large for one file.
    """
    script = modules.linked(_ENTRY, {**modules.sources(), _ENTRY: _entry(talk, training)})
    styles = [FOLDER / "shared" / "shared.css", FOLDER / "talk_stage" / "talk_stage.css"]
    css = "\n".join([_CSS, *(path.read_text() for path in styles)])
    body = f"""<div id="stage">{(FOLDER / "talk_stage" / "talk_stage.html").read_text()}</div>
<div id="trainer" hidden></div>"""
    page = html_file(title, css, body, script, workers=True)
    if len(page) > LARGEST_TALK_HTML:
        raise TalkTooLargeError(
            "This talk is too large for one file of 3 MB; choose a smaller model, or a smaller picture."
        )
    return page


def _entry(talk: bytes, training: bytes) -> str:
    """A module that mounts the stage and what trains for it."""
    worker = json.dumps(modules.linked(_WORKER)).replace("</", "<\\/")
    return f"""import stage from "./talk_stage/talk_stage.js";
import trainer from "./talk_trainer/talk_trainer.js";
const place = (name) => document.getElementById(name);
stage({{ data: {bytes_in_script(talk)}, parentElement: place("stage") }});
trainer({{
data: {{ payload: {bytes_in_script(training)}, script: {worker} }}, parentElement: place("trainer") }});
"""
