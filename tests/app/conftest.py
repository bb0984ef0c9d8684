"""The app inside the test's own process, with an empty data folder."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.access import ONE_USER, server_for_one_user
from app.components import address_bar
from app.services import models, warm_up
from app.services.runs import server_trainings
from app.training import manager
from app.training.manager import Trainings
from model.data import sources
from tests.app.training_helpers import training_threads

MAIN = Path(__file__).parent.parent.parent / "app" / "main.py"


def write_address(parameters: Mapping[str, str] | None) -> None:
    """What the component's script does, in the address of AppTest, which has no browser."""
    if parameters is not None:
        st.query_params.from_dict(parameters)


def visitor_without_headers(_: Mapping[str, str]) -> str | None:
    """Whom the gate takes a direct connection without a cookie for; AppTest has no gate."""
    return ONE_USER if server_for_one_user() else None


@pytest.fixture
def open_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Open a page of a freshly started app: open_app('train', image='3')."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(warm_up, "warm_up_rest", lambda: None)  # seconds of work that no test waits for
    monkeypatch.setattr(address_bar, "address_bar", write_address)
    monkeypatch.setattr("app.state.visitor.visitor_of", visitor_without_headers)
    st.cache_resource.clear()

    def open_page(page: str = "", **parameters: str) -> AppTest:
        app = AppTest.from_file(MAIN, default_timeout=180)
        for name, value in parameters.items():
            app.query_params[name] = value
        app.run()
        if page:
            app.switch_page(f"views/{page}.py").run()
        return app

    yield open_page
    server_trainings().stop_all()
    st.cache_resource.clear()


@pytest.fixture
def own_assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of assets/ that a test may damage."""
    copy = tmp_path / "assets"
    shutil.copytree(sources.ASSETS, copy)
    monkeypatch.setattr(sources, "ASSETS", copy)
    monkeypatch.setattr(models, "ASSETS", copy)
    return copy


@pytest.fixture
def one_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    """One at a time, whatever the machine."""
    monkeypatch.setattr(manager, "PROCESSORS_FOR_ONE", 1_000_000)


@pytest.fixture
def trainings(tmp_path: Path, one_slot: None) -> Iterator[Trainings]:
    """A server's trainings in an empty folder; none is left when the test ends."""
    made = Trainings(tmp_path)
    yield made
    made.stop_all()
    assert training_threads() == []
