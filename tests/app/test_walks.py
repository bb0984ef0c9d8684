"""A trace reaches every Python stop of the walks in docs/architecture.md, in the walks' order."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from model.config import TrainingConfig
from model.training.optimizer import BATCHES_PER_DRAW
from tests.app.api_client import Client
from tests.app.test_train_page import set_up, trained
from tests.app.test_triggers import press
from tests.walks import BEAT, LOOPS, PATCH, ROOT, STEP, Stop, not_reached, python_calls, walk

Open = Callable[..., AppTest]

JUST_OVER_ONE_DRAW = BATCHES_PER_DRAW * TrainingConfig().batch_size + 1
"""Patches: the second draw is made within the loop of updates."""


def python_stops(title: str) -> list[Stop]:
    """Those that are not compiled."""
    return [stop for stop in walk(title) if stop.path.endswith(".py") and stop.path != LOOPS]


def test_the_path_of_one_patch(open_app: Open) -> None:
    app = open_app()
    with python_calls(stops := python_stops(PATCH)) as calls:
        press(app, "picker", "place", {"row": 3, "col": 4, "move": 1})
    assert not_reached(stops, calls) == []


def test_the_path_of_one_training_step(open_app: Open) -> None:
    app = open_app("train")
    set_up(app, units=16, patch_size=3, patches=JUST_OVER_ONE_DRAW)
    with python_calls(stops := python_stops(STEP)) as calls:
        name = trained(app).name
        status, _ = Client().get(f"/runs/{name}/feed", query="after=0&seen=-1")
    assert status == 200
    assert not_reached(stops, calls) == []


def test_the_path_of_one_beat(open_app: Open) -> None:
    app = open_app()
    with python_calls(stops := python_stops(BEAT)) as calls:
        app.switch_page("views/talk.py").run()
    assert not app.exception
    assert not_reached(stops, calls) == []


def test_the_compiled_stops_of_a_training_step() -> None:
    """Seen where the loops are plain Python."""
    stops = walk(STEP)
    assert LOOPS in {stop.path for stop in stops}
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.app.uncompiled_step"],
        cwd=ROOT, env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    calls = [Stop(*call) for call in json.loads(done.stdout)]
    in_model = [stop for stop in stops if stop.path.startswith("model/")]
    assert not_reached(in_model, calls) == []
