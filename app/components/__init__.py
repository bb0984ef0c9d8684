"""Custom components: what moves in the browser without asking the server.

Each lives in a folder of its own: `__init__.py` mounts it, its .html, .css and .js are what the browser
gets. The .js of the component's name is an ES module, which imports what it needs from the modules beside it
and from `shared/`.
"""

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from app.components import modules

FOLDER = Path(__file__).parent


def declare(name: str) -> ComponentRenderer:
    """Register the component in the folder `name`, which is also the name of the component's module in it."""
    folder = FOLDER / name
    styles = [FOLDER / "shared" / "shared.css", folder / f"{name}.css"]
    return st.components.v2.component(
        f"rankscope_{name}",
        html=(folder / f"{name}.html").read_text(),
        css="\n".join(path.read_text() for path in styles),
        js=modules.linked(f"{name}/{name}.js"),
    )
