"""Custom components: what moves in the browser without asking the server.

Each lives in a folder of its own: `__init__.py` mounts it, its .html, .css and .js are what the browser
gets. The files in `shared/` go in front of every component's, because a component can't import another's.
"""

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

FOLDER = Path(__file__).parent
SHARED_SCRIPTS = ("payload.js", "paint.js", "page.js", "chart.js", "transport.js")


def declare(name: str) -> ComponentRenderer:
    """Register the component in the folder `name`; the result mounts it."""
    folder = FOLDER / name
    scripts = [FOLDER / "shared" / script for script in SHARED_SCRIPTS] + [folder / f"{name}.js"]
    styles = [FOLDER / "shared" / "shared.css", folder / f"{name}.css"]
    return st.components.v2.component(
        f"rankscope_{name}",
        html=(folder / f"{name}.html").read_text(),
        css="\n".join(path.read_text() for path in styles),
        js="\n".join(path.read_text() for path in scripts),
    )
