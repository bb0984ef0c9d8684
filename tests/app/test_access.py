"""Who may see and change what, and open which model."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from app.access import COOKIE, SETTING, may_change, sees, visitor_of
from app.services import models
from app.services.models import load_checkpoint_of, load_model
from app.services.runs import runs_folder
from model.checkpoint import CheckpointError
from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.runs.folder import create_run
from model.runs.metadata import UNKNOWN_OWNER, RunMetadata
from model.runs.recorder import run_training

SMALL = TrainingConfig(model=ModelConfig(n_units=9, patch_size=3), patches=64)
ME, OTHER = "a" * 32, "b" * 32


@pytest.fixture
def run(open_app: Callable[..., AppTest]) -> str:
    """The name of a finished run of ME."""
    sample = bundled_sample()
    created = create_run(runs_folder() / "mine", SMALL, "sample", sample, metadata=RunMetadata(owner=ME))
    list(run_training(created, sample))
    return created.folder.name


def test_one_user_may_do_everything_and_many_only_with_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "one")
    assert visitor_of({}) == ""
    assert sees("", OTHER)
    assert may_change("", OTHER)
    monkeypatch.setenv(SETTING, "many")
    assert visitor_of({COOKIE: ME}) == ME
    assert visitor_of({COOKIE: "../" + ME}) is None
    assert visitor_of({}) is None
    assert [sees(ME, owner) for owner in (ME, "", OTHER)] == [True, True, False]
    assert [may_change(ME, owner) for owner in (ME, "", OTHER)] == [True, False, False]
    assert not may_change(None, "")


def test_what_has_no_known_owner_is_for_the_one_user_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "one")
    assert sees("", UNKNOWN_OWNER)
    assert may_change("", UNKNOWN_OWNER)
    monkeypatch.setenv(SETTING, "many")
    for visitor in (ME, "", None):
        assert not sees(visitor, UNKNOWN_OWNER)
        assert not may_change(visitor, UNKNOWN_OWNER)


def test_a_model_is_opened_only_for_those_who_see_its_run(run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "many")
    assert load_checkpoint_of(run, ME).config == SMALL.model
    for visitor in (OTHER, None, ""):
        with pytest.raises(CheckpointError, match="There is no model"):
            load_checkpoint_of(run, visitor)
        with pytest.raises(CheckpointError, match="There is no model"):
            load_model(run, visitor)
        assert load_checkpoint_of("rank-order", visitor).config == ModelConfig()


@pytest.mark.parametrize("name", ["../../outside", "..", "", ".deleted", "a\0b", "x" * 300, "a/b"])
def test_a_name_that_is_no_runs_opens_no_file(run: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "load_checkpoint", lambda path: pytest.fail(f"{path} was opened"))
    for open_model in (load_checkpoint_of, load_model):
        with pytest.raises(CheckpointError, match="is not the name of a run"):
            open_model(name, ME)
