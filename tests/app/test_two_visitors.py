"""What one of many visitors gets of another's: nothing, by any route, action or link."""

import inspect
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.routing import Route
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from app import api
from app.access import SETTING
from app.panels import run_actions
from app.services.runs import runs_folder, server_trainings
from app.services.training_pictures import SAMPLE, picture_loader
from app.training.job import TrainingRequest
from app.training.report import State
from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.runs.folder import create_run
from model.runs.metadata import RunMetadata, delete_run
from model.runs.recorder import run_training
from tests.app.api_client import Client

ME, OTHER = "a" * 32, "b" * 32
SMALL = TrainingConfig(ModelConfig(n_units=9, patch_size=3), patches=64)
ENDLESS = TrainingConfig(ModelConfig(n_units=9, patch_size=3), patches=100_000_000)
OWN_ROUTES = [route for route in api.routes() if isinstance(route, Route)]
FOR_EVERYBODY = {"/modules/{version}/{path:path}"}
"""Routes that belong to no visitor: the scripts of the pages."""
ACTIONS = ["restore", *re.findall(r'"([a-z-]+)": lambda', inspect.getsource(run_actions.perform_action))]

Open = Callable[..., AppTest]


@pytest.fixture
def mine(open_app: Open, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names of runs of ME: a finished one, a deleted one, one under way. OTHER opens the pages."""
    monkeypatch.setenv(SETTING, "many")
    monkeypatch.setattr("app.state.visitor.visitor_of", lambda _: OTHER)
    sample = bundled_sample()
    for name in ("finished", "deleted"):
        run = create_run(runs_folder() / name, SMALL, "sample", sample, metadata=RunMetadata(name, ME))
        list(run_training(run, sample))
    delete_run(runs_folder(), "deleted")
    request = TrainingRequest(ENDLESS, SAMPLE, picture_loader(SAMPLE, 3), owner=ME)
    under_way = server_trainings().start(request)
    training = server_trainings().find(under_way)
    assert training is not None
    while not training.report().points:
        time.sleep(0.01)
    yield ["finished", "deleted", under_way]
    assert training.report().state is State.RUNNING
    training.stop()


def kept_of(names: list[str]) -> dict[Path, bytes]:
    """The files of runs that do not change by themselves."""
    names = [name for name in names if not server_trainings().is_under_way(name)]
    files = (path for path in runs_folder().rglob("*") if path.is_file() and set(path.parts) & set(names))
    return {path: path.read_bytes() for path in files}


def test_every_route_is_some_visitors_or_everybodys() -> None:
    assert {route.path for route in OWN_ROUTES if "{name}" not in route.path} == FOR_EVERYBODY
    assert {method for route in OWN_ROUTES for method in route.methods or ()} == {"GET", "HEAD"}


@pytest.mark.parametrize("route", [route.path for route in OWN_ROUTES if "{name}" in route.path])
def test_no_route_answers_another_visitor(mine: list[str], route: str) -> None:
    client = Client()
    for name in mine:
        for stranger in (OTHER, ""):
            assert client.get(route.format(name=name), stranger, "seen=0")[0] == 404
    assert client.get(route.format(name="finished"), ME, "seen=0")[0] == 200


def one_action() -> None:
    import streamlit as st

    from app.panels.run_actions import RunAction, perform_action
    from app.state import url

    perform_action(RunAction(*st.session_state["asked"]))
    url.show_notices()


@pytest.mark.parametrize("action", ACTIONS)
def test_no_action_reaches_another_visitors_runs(mine: list[str], action: str) -> None:
    before = kept_of(mine)
    for name in mine:
        page = AppTest.from_function(one_action)
        page.session_state["asked"] = (action, name, "taken over", None)
        page.run()
        assert not page.exception
        expected = [] if action == "restore" else ["This run is not there any more."]
        assert [warning.value for warning in page.warning] == expected
    assert kept_of(mine) == before
    assert len(server_trainings().all()) == 1


@pytest.mark.parametrize("page", ["", "train", "image", "talk"], ids=["explore", "train", "image", "talk"])
def test_no_page_names_another_visitors_run(mine: list[str], open_app: Open, page: str) -> None:
    before = kept_of(mine)
    for name in mine:
        app = open_app(page)
        app.query_params["model"] = app.query_params["run"] = name
        app.run()
        assert not app.exception
        notices = "\n".join(warning.value for warning in app.warning)
        assert "The link's `model`" in notices
        assert page != "train" or "The link's `run`" in notices
        options = [option for box in app.selectbox for option in box.options]
        assert not [text for text in options if text in mine]
        states = app._tree.get_widget_states()
        disabled = [button.id for button in app.button if button.disabled]
        assert (
            page != "train" or len(disabled) >= 3
        )  # pause, step, stop: a message can press them all the same
        states.widgets.extend(WidgetState(id=widget, trigger_value=True) for widget in disabled)
        app._run(states)
        assert not app.exception
    assert kept_of(mine) == before
