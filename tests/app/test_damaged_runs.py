"""Run folders that anybody damaged: the Train page lists them beside the others, and they can be deleted."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.access import ONE_USER, SETTING
from app.components.run_list import Row
from app.panels import run_actions, run_table
from app.services.runs import owner_of, runs_folder, server_trainings
from app.services.visible_runs import VisibleRuns
from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.runs import quota
from model.runs.folder import create_run
from model.runs.metadata import RunMetadata, write_metadata
from model.runs.recorder import run_training

Open = Callable[..., AppTest]
TINY = TrainingConfig(ModelConfig(n_units=16, patch_size=3), patches=2_000)
DAMAGE: dict[str, Callable[[Path], object]] = {
    "nested settings": lambda run: (run / "config.json").write_text("[" * 60_000),
    "settings with NaN": lambda run: (run / "config.json").write_text('{"model": NaN}'),
    "nested metrics": lambda run: (run / "metrics.jsonl").write_text("[" * 60_000 + "\n"),
    "metrics with NaN": lambda run: with_last_figure(run, "NaN"),
    "metrics with a huge number": lambda run: with_last_figure(run, "9" * 400),
    "metrics without an error": lambda run: (run / "metrics.jsonl").write_text('{"patches_seen": 0}\n'),
}


def with_last_figure(run: Path, text: str) -> None:
    *before, last = (run / "metrics.jsonl").read_text().splitlines()
    row = json.loads(last)
    row["test"]["final_error"] = "here"
    lines = [*before, json.dumps(row).replace('"here"', text), ""]
    (run / "metrics.jsonl").write_text("\n".join(lines))


def finished_run(name: str, owner: str = "") -> Path:
    sample = bundled_sample()
    run = create_run(runs_folder() / name, TINY, "sample", sample, metadata=RunMetadata(name, owner))
    list(run_training(run, sample))
    return run.folder


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """What the table of runs showed last."""
    shown: list[Row] = []

    def keep(new: list[Row], *_: object, **__: object) -> None:
        shown[:] = new

    monkeypatch.setattr(run_table, "run_list", keep)
    return shown


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_run_hides_no_other_and_can_be_deleted(
    damage: str, open_app: Open, rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, "one")
    finished_run("whole")
    DAMAGE[damage](finished_run("torn"))
    app = open_app("train", run="torn")
    assert not app.exception
    assert [(row.name, row.state) for row in rows] == [("whole", "finished"), ("torn", "damaged")]
    torn = rows[1]
    assert torn.title == "torn"
    assert torn.actions == ["delete"]
    assert (
        torn.message.endswith(".json is damaged; start a new run.")
        or "metrics.jsonl is damaged" in torn.message
    )
    assert str(runs_folder()) not in torn.message
    json.dumps(asdict(torn), allow_nan=False)

    refusals: list[str] = []
    monkeypatch.setattr(run_actions.url, "notice", refusals.append)
    for action in ("watch", "open", "resume", "train-on", "duplicate", "compare", "rename"):
        run_actions.perform_action(run_actions.RunAction(action, "torn", "x", None))
    assert refusals == [torn.message] * 7
    assert server_trainings().all() == []
    run_actions.perform_action(run_actions.RunAction("delete", "torn", "", None))
    assert not (runs_folder() / "torn").exists()
    assert VisibleRuns("").listed() == ["whole"]


def test_a_damaged_run_is_its_owners_and_without_a_known_owner_nobodys(
    open_app: Open, rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, "many")
    me, other = "a" * 32, "b" * 32
    monkeypatch.setattr("app.state.visitor.visitor_of", lambda _: me)
    for name, owner in (("mine", me), ("others", other), ("everybodys", ""), ("nobodys", me)):
        (finished_run(name, owner) / "config.json").write_text("{")
    (runs_folder() / "nobodys" / "card.json").write_text("{")
    app = open_app("train")
    assert not app.exception
    assert {row.name: row.actions for row in rows} == {"mine": ["delete"], "everybodys": []}


def test_a_run_without_a_known_owner_is_seen_by_the_one_user_alone(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, "one")
    open_app("train")
    folder = runs_folder() / "a"
    create_run(folder, TINY, "sample", bundled_sample())
    write_metadata(folder, RunMetadata("", None))
    assert owner_of("a") is None
    assert VisibleRuns(ONE_USER).names() == ["a"]
    for visitor in ("a" * 32, None):
        assert VisibleRuns(visitor).names() == []


def test_a_visitor_who_has_as_many_runs_as_they_may_starts_no_further_one(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, "many")
    monkeypatch.setattr("app.state.visitor.visitor_of", lambda _: None)  # a browser without our cookie
    app = open_app("train")
    monkeypatch.setattr(quota, "MOST_RUNS", 0)
    app.button("start").click().run()
    assert not app.exception
    assert [warning.value for warning in app.warning] == [
        "You have 0 runs, which is as many as a visitor may; delete one first."
    ]
    assert server_trainings().all() == []
    monkeypatch.setattr(quota, "MOST_RUNS", 1)
    app.button("start").click().run()
    assert len(server_trainings().all()) == 1
