"""Custom components: what moves in the browser without asking the server.

Each lives in a folder of its own: `__init__.py` mounts it, its .html, .css and .js are what the browser
gets; a large one has several .js files, and the one that bears its name comes last. What components share
stands in `shared/` and goes in front of each one's own script, because one component can't import another's.
"""

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

FOLDER = Path(__file__).parent


def declare(name: str, *shared: str) -> ComponentRenderer:
    """Register the component in the folder `name`, with the scripts of `shared/` that it uses.

    Where the folder holds several scripts, the one of the component's own name comes last.
    """
    folder = FOLDER / name
    styles = [FOLDER / "shared" / "shared.css", folder / f"{name}.css"]
    return st.components.v2.component(
        f"rankscope_{name}",
        html=(folder / f"{name}.html").read_text(),
        css="\n".join(path.read_text() for path in styles),
        js=script_of(name, *shared),
    )


def script_of(name: str, *shared: str) -> str:
    """The script of a component, after those of `shared/` that it uses, as one module."""
    if "chart" in shared:
        shared = (*shared, "take_away")  # every chart can be taken away
    own = sorted((FOLDER / name).glob("*.js"), key=lambda path: (path.stem == name, path.name))
    parts = [FOLDER / "shared" / f"{script}.js" for script in ("page", *shared)]
    return "\n".join(path.read_text() for path in (*parts, *own))
