"""Rankscope's entry point: the server's start and stop, page settings, navigation.

Start it with `streamlit run app/main.py`. The server imports this file once and takes `app` from it; every
script run of a visitor executes the file again as `__main__`.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

# `streamlit run` puts only this folder on the import path; `app` and `model` are in its parent.
ROOT = str(Path(__file__).resolve().parent.parent)
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from app import api  # noqa: E402
from app.components.address_bar import address_bar  # noqa: E402
from app.gate import Gate  # noqa: E402
from app.services import warm_up  # noqa: E402
from app.services.runs import server_trainings  # noqa: E402
from app.services.session_memory import (  # noqa: E402
    give_back_ended_sessions,
    keep_uploads_in_memory,
    let_go_of_freed_memory,
)
from app.state import url  # noqa: E402
from model import __version__  # noqa: E402
from model.data.pictures import ASSETS  # noqa: E402


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """At start-up load what the first page needs; at shutdown stop all trainings, which saves them."""
    let_go_of_freed_memory()
    keep_uploads_in_memory()
    warm_up.warm_up()
    giving_back = asyncio.create_task(give_back_ended_sessions())
    yield
    giving_back.cancel()
    server_trainings().stop_all()


def show_page() -> None:
    """Execute one script run: the chosen page, then the link and the notices that it left."""
    st.set_page_config(page_title="Rankscope", page_icon=str(ASSETS / "icon.png"), layout="wide")
    page = st.navigation(
        [
            st.Page("views/explore.py", title="Explore", icon=":material/search:", default=True),
            st.Page("views/train.py", title="Train", icon=":material/trending_down:", url_path="train"),
            st.Page("views/image.py", title="Image", icon=":material/image:", url_path="image"),
            st.Page(
                "views/compare.py", title="Compare", icon=":material/compare_arrows:", url_path="compare"
            ),
            st.Page("views/paper.py", title="Paper", icon=":material/article:", url_path="paper"),
            st.Page("views/talk.py", title="Talk", icon=":material/co_present:", url_path="talk"),
        ],
        position="hidden" if st.context.is_embedded else "top",
    )
    notices = st.container()
    url.drop_unknown_parameters()
    try:
        page.run()
        if not st.context.is_embedded:
            st.caption(f"Rankscope {__version__}")
    finally:
        address_bar(url.write_link(page.url_path))
    with notices:
        url.show_notices()
    warm_up.warm_up_rest()


if __name__ == "__main__":
    show_page()
else:
    app = st.App(__file__, lifespan=lifespan, routes=api.routes(), middleware=[Middleware(Gate)])
