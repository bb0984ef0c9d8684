"""What is asked of a run in the table: done, or refused in one sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.access import SETTING
from app.services.runs import runs_folder
from app.state.training_choices import MOST_COMPARED, setting_key
from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.runs.folder import create_run
from model.runs.metadata import RunMetadata, deleted_runs
from model.runs.recorder import run_training

TINY = TrainingConfig(ModelConfig(n_units=16, patch_size=3), patches=64, seed=7)
ME, SOMEBODY_ELSE = "a" * 32, "b" * 32

Ask = Callable[..., AppTest]


def finished_run(name: str, owner: str = "") -> Path:
    sample = bundled_sample()
    run = create_run(runs_folder() / name, TINY, "sample", sample, metadata=RunMetadata(name, owner))
    list(run_training(run, sample))
    return run.folder


def one_action() -> None:
    """A page that does what its session state says."""
    import streamlit as st

    from app.panels.run_actions import RunAction, perform_action
    from app.state import url

    url.write_link("page")  # as if it had been open before
    perform_action(RunAction(*st.session_state["asked"]))
    url.write_link("page")
    url.show_notices()


@pytest.fixture
def ask(open_app: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Ask for an action; `link` is which runs the address names: ask('delete', 'mine', link='mine')."""
    monkeypatch.setenv(SETTING, "one")

    def asked(action: str, name: str, words: str = "", watched: str | None = None, link: str = "") -> AppTest:
        page = AppTest.from_function(one_action)
        page.session_state["asked"] = (action, name, words, watched)
        if link:
            page.query_params["run"] = link
        page.run()
        assert not page.exception
        return page

    return asked


def said(page: AppTest) -> str:
    return "\n".join(element.value for element in page.warning)


def shown(page: AppTest) -> list[str]:
    """Which runs the address names."""
    named = page.query_params.get("run", "")
    return (named if isinstance(named, str) else named[0]).split(",")


def test_a_run_is_put_beside_the_watched_one_and_taken_away_again(ask: Ask) -> None:
    for name in ("first", "second", "third"):
        finished_run(name)
    assert shown(ask("watch", "second")) == ["second"]
    assert shown(ask("compare", "second")) == ["second"]  # nothing to compare it with
    beside = ask("compare", "third", watched="first", link="first,second")
    assert shown(beside) == ["first", "second", "third"]
    assert shown(ask("compare", "second", watched="first", link="first,second,third")) == ["first", "third"]
    assert not beside.warning


def test_no_more_runs_are_compared_than_can_be_told_apart(ask: Ask) -> None:
    names = [f"run-{i}" for i in range(MOST_COMPARED + 2)]
    for name in names:
        finished_run(name)
    shown_now = names[: MOST_COMPARED + 1]
    full = ask("compare", names[-1], watched=names[0], link=",".join(shown_now))
    assert said(full) == f"{MOST_COMPARED} runs are compared already; take one away first."
    assert shown(full) == shown_now


def test_a_run_is_renamed_deleted_and_brought_back(ask: Ask) -> None:
    folder = finished_run("mine")
    assert not ask("rename", "mine", "My run").warning
    deleted = ask("delete", "mine", link="mine")
    assert not folder.exists()
    assert deleted_runs(runs_folder()) == ["mine"]
    assert "run" not in deleted.query_params
    assert said(ask("watch", "mine")) == "This run is not there any more."
    assert not ask("restore", "mine").warning
    assert folder.exists()


def test_a_run_goes_on_and_its_settings_and_its_model_are_taken_up(ask: Ask) -> None:
    for name in ("mine", "resumed"):
        finished_run(name)
    assert ask("resume", "resumed").session_state["started_run"] == "resumed"
    taken = ask("duplicate", "mine")
    assert [taken.session_state[setting_key(name)] for name in ("units", "patches", "seed")] == [16, 64, 7]
    assert ask("open", "mine").query_params["model"] in ("mine", ["mine"])


def test_what_is_somebody_elses_is_left_alone(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "many")
    monkeypatch.setattr("app.state.visitor.visitor_of", lambda _: ME)
    mine, everybodys, others = (
        finished_run("mine", ME),
        finished_run("everybodys"),
        finished_run("others", SOMEBODY_ELSE),
    )
    assert said(ask("delete", "everybodys")) == "This run is somebody else's."
    assert said(ask("delete", "others")) == "This run is not there any more."  # they don't even see it
    assert not ask("delete", "mine").warning
    assert [folder.exists() for folder in (mine, everybodys, others)] == [False, True, True]
    monkeypatch.setattr("app.state.visitor.visitor_of", lambda _: SOMEBODY_ELSE)
    ask("restore", "mine")
    assert not mine.exists()
