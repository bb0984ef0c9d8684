"""Custom components: what moves in the browser without asking the server.

Each lives in a folder of its own: `__init__.py` mounts it, its .html, .css and .js are what the browser
gets. The .js of the component's name is an ES module, which imports what it needs from the modules beside it
and from `shared/`.
"""

import re
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from app.components import modules

FOLDER = Path(__file__).parent


def declare(name: str, *shared: str) -> ComponentRenderer:
    """Register the component in the folder `name`.

    Args:
        name: of the folder, and of the component's module in it.
        shared: scripts of `shared/` that it uses, if it is not a module yet.
    """
    folder = FOLDER / name
    styles = [FOLDER / "shared" / "shared.css", folder / f"{name}.css"]
    module = f"{name}/{name}.js"
    return st.components.v2.component(
        f"rankscope_{name}",
        html=(folder / f"{name}.html").read_text(),
        css="\n".join(path.read_text() for path in styles),
        js=modules.linked(module) if is_module(name) else _unconverted(name, *shared),
    )


def is_module(name: str) -> bool:
    """Whether a component's script is a module; those that are not yet import nothing."""
    source = modules.sources()[f"{name}/{name}.js"]
    return re.search(r"^import\b", source, re.MULTILINE) is not None


def _unconverted(name: str, *shared: str) -> str:
    """The script of a component that is no module yet, after those of `shared/` that it uses."""
    own = sorted((FOLDER / name).glob("*.js"), key=lambda path: (path.stem == name, path.name))
    before = modules.flattened("shared/unconverted.js", *(f"shared/{script}.js" for script in shared))
    return "\n".join([before, *(path.read_text() for path in own)])
