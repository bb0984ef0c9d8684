"""Rankscope's entry point: page settings and navigation. Start it with `streamlit run app/main.py`."""

import sys
from pathlib import Path

import streamlit as st

# `streamlit run` puts only this folder on the import path; `app` and `model` stand one above it.
ROOT = str(Path(__file__).resolve().parent.parent)
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from app import state  # noqa: E402
from app.catalog import warm_up  # noqa: E402
from model.data import ASSETS  # noqa: E402

st.set_page_config(page_title="Rankscope", page_icon=str(ASSETS / "icon.png"), layout="wide")
warm_up()
page = st.navigation(
    [
        st.Page("views/explore.py", title="Explore", icon=":material/search:", default=True),
        st.Page("views/train.py", title="Train", icon=":material/trending_down:", url_path="train"),
        st.Page("views/image.py", title="Image", icon=":material/image:", url_path="image"),
    ],
    position="top",
)
notices = st.container()
state.drop_unknown_parameters()
page.run()
with notices:
    state.show_notices()
