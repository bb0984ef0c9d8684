"""Messages that no component's script sends: they change nothing, and raise nothing."""

import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import msgspec
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from app.components import triggers
from app.components.triggers import read_trigger
from app.panels.picture_picker import FIRST_PICTURE
from app.services.pictures import measured_patches
from app.services.runs import runs_folder
from app.talk.beats import Beat
from app.talk.talk_files import beats_as_link
from app.training.manager import Trainings
from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.runs.folder import create_run
from model.runs.metadata import read_metadata

Open = Callable[..., AppTest]
Send = Callable[[AppTest, str, str, Any], AppTest]


class Place(msgspec.Struct):
    row: Annotated[int, msgspec.Meta(ge=0)]
    name: str


NONSENSE: list[Any] = [
    None,
    True,
    -1,
    10**30,
    1.5,
    float("nan"),
    "",
    "../../outside",
    "\ud800",
    [],
    [[[[]]]],
    [["rank", None]],
    {},
    {"row": "0", "col": 0, "move": 0},
    {"row": 10**30, "col": 0, "move": 0},
    {"row": -1, "col": 0, "move": 0},
    {"row": 0, "col": True, "move": 0},
    {"col": 0, "move": []},
    {"number": -1},
    {"number": 10**30},
    {"number": "1"},
    {"name": "class", "value": "unicorn"},
    {"name": "split", "value": "own"},
    {"name": "split", "value": "\ud800"},
    {"name": "colour", "value": "frog"},
    {"name": ["class"], "value": {}},
    {"name": "../../outside"},
    {"name": "\ud800"},
    {"unit": 169},
    {"unit": -1},
    {"place": 10**30},
    {"action": "delete", "run": "../../outside"},
    {"action": ["delete"], "run": 1},
    {"action": "rename", "run": "x", "title": {}},
    {"action": "restore", "run": "x"},
    [["rank", "x" * 10_000]],
    [["rank", "a"], ["rank", "b"]],
    [["../../outside", ""]],
    [["rank", "\ud800"]],
]


def test_a_value_of_the_right_form_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triggers.st, "session_state", {"picker": {"place": {"row": 3, "name": "é"}}})
    assert read_trigger("picker", "place", Place) == Place(3, "é")


@pytest.mark.parametrize(
    "sent",
    [*NONSENSE, {"row": -1, "name": ""}, {"row": 1.0, "name": ""}, {"row": 1, "name": "\udfff"}],
    ids=ascii,
)
def test_a_value_of_another_form_is_dropped(monkeypatch: pytest.MonkeyPatch, sent: Any) -> None:
    monkeypatch.setattr(triggers.st, "session_state", {"picker": {"place": sent}})
    assert read_trigger("picker", "place", Place) is None


@pytest.mark.parametrize("state", [{}, {"picker": None}, {"picker": "place"}, {"picker": {}}], ids=str)
def test_a_component_that_has_sent_nothing_gives_none(
    monkeypatch: pytest.MonkeyPatch, state: dict[str, Any]
) -> None:
    monkeypatch.setattr(triggers.st, "session_state", state)
    assert read_trigger("picker", "place", Place) is None


def events_of(app: AppTest) -> Iterator[tuple[str, str, str]]:
    """The page's components that have callbacks: id, name of a callback, and where values for it are kept."""
    metadata = app._session_state._state._new_widget_state.widget_metadata
    for widget, about in metadata.items():
        if about.value_type in {"json_value", "json_trigger_value"}:
            for name in about.callbacks or {}:
                yield widget, name, about.value_type


def send(app: AppTest, messages: dict[str, tuple[str, str]]) -> AppTest:
    """Run the page with new values of components: for each id a field of WidgetState and its JSON."""
    states = app._tree.get_widget_states()
    for widget, (field, text) in messages.items():
        states.widgets.append(WidgetState(id=widget, **{field: text}))
    app._run(states)
    return app


def press(app: AppTest, key: str, name: str, value: Any) -> None:
    """Send what a component's script sends by `setTriggerValue(name, value)`; nothing is raised."""
    widget = next(
        widget
        for widget, event, kind in events_of(app)
        if key in widget and event == name and kind == "json_trigger_value"
    )
    send(app, {widget: ("json_trigger_value", json.dumps([{"event": name, "value": value}]))})
    assert not app.exception


def send_everywhere(app: AppTest, value: Any, *, as_trigger: bool) -> AppTest:
    """Send a value to every callback of the page's components, as a trigger or as a state."""
    messages: dict[str, tuple[str, str]] = {}
    names: dict[str, list[str]] = {}
    kind = "json_trigger_value" if as_trigger else "json_value"
    for widget, name, field in events_of(app):
        if field == kind:
            names.setdefault(widget, []).append(name)
    for widget, events in names.items():
        triggered = [{"event": name, "value": value} for name in events]
        text = json.dumps(triggered if as_trigger else dict.fromkeys(events, value))
        messages[widget] = (kind, text)
    return send(app, messages)


PICTURES = bundled_sample().test
SAME_CLASS = PICTURES.labels == PICTURES.labels[PICTURES.position(FIRST_PICTURE)]
ANOTHER = int(PICTURES.numbers[SAME_CLASS][3])
COMPONENTS = {
    "": {"model-chooser", "gallery", "picker", "grid", "unit-view"},
    "train": {"model-chooser", "feed", "run-list", "pinned"},
    "image": {"model-chooser", "gallery", "picture-catcher", "image-player"},
    "talk": {"gallery", "picker", "feed", "beats"},
}
"""By page: keys of the components that have callbacks."""


@pytest.fixture
def run(open_app: Open) -> str:
    """The name of a run that has been created and learned nothing."""
    config = TrainingConfig(ModelConfig(n_units=9, patch_size=3), patches=100)
    create_run(runs_folder() / "20250101-101112-rank-order", config, "sample", bundled_sample())
    return "20250101-101112-rank-order"


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize("page", list(COMPONENTS), ids=["explore", "train", "image", "talk"])
@pytest.mark.parametrize("as_trigger", [True, False], ids=["trigger", "state"])
def test_nonsense_sent_to_any_component_raises_nothing(open_app: Open, page: str, as_trigger: bool) -> None:
    app = open_app(page)
    assert {
        key for key in COMPONENTS[page] for widget, *_ in events_of(app) if widget.endswith(f"-{key}")
    } == COMPONENTS[page]
    shown = dict(app.query_params)
    for value in NONSENSE:
        send_everywhere(app, value, as_trigger=as_trigger)
        assert [(value, error.value) for error in app.exception] == []
    assert dict(app.query_params) == shown


@pytest.mark.parametrize(
    ("page", "key", "name", "value", "parameters"),
    [
        ("", "picker", "place", {"row": 3, "col": 4, "move": 1}, {"row": "3", "col": "4"}),
        ("", "gallery", "picked", {"number": ANOTHER}, {"image": str(ANOTHER)}),
        ("", "gallery", "searched", {"name": "split", "value": "train"}, {"split": "train"}),
        ("", "model-chooser", "model", {"name": "progressive"}, {"model": "progressive"}),
        ("image", "image-player", "place", {"row": 3, "col": 4}, {"row": "3", "col": "4"}),
        ("", "grid", "unit", 5, {"unit": "5"}),
        ("", "unit-view", "unit", 168, {"unit": "168"}),
        (
            "talk",
            "beats",
            "beats",
            [["ranks", "Look!", "Slow."]],
            {"talk": beats_as_link([Beat("ranks", "Look!", "Slow.")])},
        ),
    ],
)
def test_what_a_components_script_sends_is_obeyed(
    open_app: Open, page: str, key: str, name: str, value: Any, parameters: dict[str, str]
) -> None:
    app = open_app(page)
    press(app, key, name, value)
    assert {name: app.query_params[name] for name in parameters} == parameters


def test_an_example_of_a_unit_opens_its_picture(open_app: Open) -> None:
    app = open_app()
    places, _ = measured_patches(7)
    press(app, "unit-view", "example", 9_999)
    shown = [int(app.query_params[name]) for name in ("image", "row", "col")]
    assert shown == [places.numbers[9_999], places.rows[9_999], places.cols[9_999]]


def send_act(app: AppTest, action: str, run: str, title: str = "") -> None:
    """Send what the table of runs sends for a press on a button."""
    press(app, "run-list", "act", {"action": action, "run": run, "title": title})


def test_what_the_table_of_runs_offers_is_done_and_nothing_else(open_app: Open, run: str) -> None:
    app = open_app("train")
    send_act(app, "rename", run, "Small cats")
    assert read_metadata(runs_folder() / run).title == "Small cats"
    send_act(app, "open", run)  # it has no model yet
    assert not app.warning
    assert app.query_params["model"] != run
    send_act(app, "restore", run)  # it is not deleted
    send_act(app, "watch", run)
    assert app.query_params["run"] == run
    send_act(app, "delete", run)
    assert not (runs_folder() / run).exists()
    send_act(app, "restore", run)
    assert (runs_folder() / run).is_dir()


@pytest.mark.parametrize(("number", "known"), [(17, 17), (0, 0), (2**53, 2**53), (2**53 + 1, 0), (17.0, 0)])
def test_a_training_on_stage_has_the_number_of_its_request(
    open_app: Open, monkeypatch: pytest.MonkeyPatch, number: float, known: int
) -> None:
    monkeypatch.setattr(Trainings, "start", lambda *_: "a run")
    app = open_app("talk")
    press(app, "feed", "start", number)
    assert ("talk_training" in app.session_state) == bool(known)
    if known:
        assert app.session_state["talk_training"] == (known, "a run", "")
