"""The rank player as one HTML file, made of the very modules of the app: no server, no network."""

import html
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.components import FOLDER, modules
from app.components.coding import Coding
from app.components.payload import pack
from app.exports.html_file import bytes_in_script, html_file
from model.pictures.crop import crop_around

LARGEST_PLAYER_FILE = 500_000
LARGEST_EMBEDDED_WEIGHTS = 250_000
"""Bytes; base64 makes them a third larger in the file."""
LONGEST_EMBEDDED_SIDE = 96
"""Pixels; a larger picture is cropped around the patch."""

_ENTRY = "offline_player.js"
_CSS = """
body { margin: 0 auto; padding: 1rem; max-width: 1100px; background: var(--st-background-color); }
h1 { font: 600 1.2rem var(--st-font); color: var(--st-text-color); margin: 0 0 0.8rem; }
.page { display: grid; grid-template-columns: minmax(10rem, 1fr) 3fr; gap: 1rem; align-items: start; }
.strip-place { grid-column: 1 / -1; }
@media (max-width: 640px) { .page { grid-template-columns: 1fr; } }
"""
_BODY = """<h1>{title}</h1>
<main class="page">
<div id="patch_picker">{picker}</div>
<div id="rank_player">{player}</div>
<div id="film_strip" class="strip-place">{strip}</div>
</main>"""


@dataclass(frozen=True)
class PlayerContent:
    """What the file shows.

    Attributes:
        title: of the page.
        weights: (n_units, n_inputs), of at most LARGEST_EMBEDDED_WEIGHTS bytes.
        patch_size: height and width of a patch in pixels.
        picture: (height, width, 3) bytes.
        row, col: the patch's upper left pixel.
        mean_error: (n_units,) mean error by rank over test patches.
        error_band: (2, n_units) quantiles of the error by rank.
        coding: how units are chosen.
    """

    title: str
    weights: NDArray[np.float32]
    patch_size: int
    picture: NDArray[np.uint8]
    row: int
    col: int
    mean_error: NDArray[np.float64]
    error_band: NDArray[np.float32]
    coding: Coding


def player_html(content: PlayerContent) -> bytes:
    """The whole file, at most LARGEST_PLAYER_FILE bytes.

    Raises:
        ValueError: the model is too large for it.
    """
    if content.weights.nbytes > LARGEST_EMBEDDED_WEIGHTS:
        raise ValueError("This model is too large for one file.")
    picture, row, col = crop_around(
        content.picture, content.row, content.col, content.patch_size, LONGEST_EMBEDDED_SIDE
    )
    height, width, _ = picture.shape
    place = {"height": height, "width": width, "patchSize": content.patch_size, "row": row, "col": col}
    mean_error = content.mean_error.astype(np.float32)
    payloads = {
        "patch_picker": pack({**place, "answers": 0}, picture=picture),
        "rank_player": pack({"rank": None, "place": None}, meanError=mean_error, band=content.error_band),
        "film_strip": b"",
    }
    model = pack({"patchSize": content.patch_size, **content.coding.header()}, weights=content.weights)
    names = list(payloads)
    styles = [FOLDER / "shared" / "shared.css", *(FOLDER / name / f"{name}.css" for name in names)]
    script = modules.linked(_ENTRY, {**modules.sources(), _ENTRY: _entry(payloads, model)})
    parts = {
        part: (FOLDER / name / f"{name}.html").read_text()
        for part, name in zip(("picker", "player", "strip"), names, strict=True)
    }
    body = _BODY.format(title=html.escape(content.title), **parts)
    css = "\n".join([_CSS, *(path.read_text() for path in styles)])
    return html_file(content.title, css, body, script)


def _entry(payloads: dict[str, bytes], model: bytes) -> str:
    """A module that mounts the components, and publishes the model as a grid of filters does in the app."""
    mounting = "\n".join(
        f"""import {name} from "./{name}/{name}.js";
{name}({{ data: {bytes_in_script(payload)}, parentElement: document.getElementById("{name}") }});"""
        for name, payload in payloads.items()
    )
    return f"""import {{ publish }} from "./shared/events.js";
import {{ unpack }} from "./shared/payload.js";
{mounting}
publish("model", unpack({bytes_in_script(model)}));
"""
