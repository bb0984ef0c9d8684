"""The page Paper: nine figures of any model, with numbers to take away."""

import csv
import re
from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from app.access import SETTING
from app.figures.paper import as_csv, drawn
from app.paper import report_button
from app.services.runs import runs_folder
from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.report.shapes import Axis, Histogram, Line, Lines, Map, Tiles
from model.runs.folder import create_run
from model.runs.recorder import run_training

Open = Callable[..., AppTest]


def figures_of(app: AppTest) -> list[int]:
    return [
        int(number)
        for html in app.get("html")
        for number in re.findall(r'data-figure="(\d)"', html.proto.body)
    ]


@pytest.mark.parametrize("model", ["rank-order", "pursuit-338"])
def test_all_nine_figures_of_a_bundled_model(open_app: Open, model: str) -> None:
    app = open_app("paper", model=model)
    assert not app.exception
    assert figures_of(app) == list(range(1, 10))
    texts = " ".join(each.value for each in app.markdown)
    assert texts.count("As expected.") - texts.count("Not as expected.") >= 4
    assert "train one, and choose it above" in texts
    assert len(app.table) == (1 if model == "rank-order" else 0)
    assert ("As good as the author's record" in texts) == (model == "rank-order")


def test_a_run_of_ones_own_has_its_training_in_figures_6_to_8(open_app: Open) -> None:
    sample = bundled_sample()
    config = TrainingConfig(ModelConfig(n_units=9, patch_size=3), patches=3_000)
    list(run_training(create_run(runs_folder() / "own", config, "sample", sample), sample))
    app = open_app("paper", model="own")
    assert not app.exception
    assert figures_of(app) == list(range(1, 10))
    texts = " ".join(each.value for each in app.markdown)
    assert "from train." in texts
    assert "of the ranks." in texts
    assert texts.count("this model has 9 units and 3 x 3 patches: heights can't be compared.") == 2
    assert len(app.get("plotly_chart")) == 9


def test_the_button_trains_and_its_report_can_be_taken_away(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_button, "TrainingConfig", lambda: TrainingConfig(patches=2_000))
    app = open_app("paper")
    assert "The report" not in downloads(app)
    app.button(key="reproduce").click().run()
    assert not app.exception
    assert "The report" in downloads(app)
    html = app.session_state[report_button.REPORT].decode()
    assert html.count("<figure ") == 9
    assert "on 2,000 random patches" in html
    assert "Worse than the author&#x27;s record by more than 2 %" in html


def test_visitors_of_a_server_for_many_are_not_offered_a_training_outside_the_queue(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, "many")
    app = open_app("paper")
    assert not app.exception
    assert downloads(app)[0] == "This page as one HTML file"
    assert "reproduce" not in {button.key for button in app.button}


def downloads(app: AppTest) -> list[str]:
    return [button.proto.label for button in app.get("download_button")]


def test_the_figures_have_the_numbers_that_their_csv_has() -> None:
    values = np.array([1.0, 10.0])
    lines = Lines(
        (Line("a, train", values, 2 * values), Line("b", values, values)), Axis("x", True), Axis("y")
    )
    figure = drawn(lines)
    assert [trace.name for trace in figure.data] == ["a, train", "b"]
    assert list(figure.data[0].y) == [2, 20]
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("log", "linear")
    rows = list(csv.DictReader(as_csv(lines).splitlines()))
    assert [float(row["y"]) for row in rows] == [2, 20, 1, 10]

    bars = drawn(Histogram(np.array([0.0, 1.0, 2.0]), np.array([3, 4]), Axis("p"), Axis("units"))).data[0]
    assert (list(bars.x), list(bars.y)) == ([0.5, 1.5], [3, 4])

    heat = Map(
        values, values, np.array([[1.0, 10.0], [100.0, 1000.0]]), Axis("x"), Axis("y"), Axis("e", True)
    )
    assert drawn(heat).data[0].z.tolist() == [[0, 1], [2, 3]]
    assert drawn(heat).data[0].customdata.tolist() == [[1, 10], [100, 1000]]

    tiles = Tiles(
        np.arange(12, dtype=np.uint8).reshape(1, 2, 2, 3), ("unit 7",), np.zeros((1, 12), np.float32), 1
    )
    image = drawn(tiles).data[0]
    assert isinstance(image, go.Image)
    assert np.array(image.z).tolist() == np.arange(12).reshape(2, 2, 3).tolist()
    assert image.customdata[1][1][0] == "unit 7"
