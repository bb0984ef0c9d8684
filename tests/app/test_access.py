"""Who may see and change what, and open which model."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from app.access import (
    COOKIE,
    ONE_USER,
    SETTING,
    VISITOR_HEADER,
    is_direct,
    may_change,
    note_of,
    sees,
    sender_of,
    visitor_of,
)
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
    assert sees(ONE_USER, OTHER)
    assert may_change(ONE_USER, OTHER)
    assert [sees(ME, owner) for owner in (ME, "", OTHER)] == [True, False, False]
    monkeypatch.setenv(SETTING, "many")
    assert [sees(ME, owner) for owner in (ME, "", OTHER)] == [True, True, False]
    assert [may_change(ME, owner) for owner in (ME, "", OTHER)] == [True, False, False]
    assert not may_change(None, "")


def test_what_has_no_known_owner_is_for_the_one_user_alone() -> None:
    assert sees(ONE_USER, UNKNOWN_OWNER)
    assert may_change(ONE_USER, UNKNOWN_OWNER)
    for visitor in (ME, None):
        assert not sees(visitor, UNKNOWN_OWNER)
        assert not may_change(visitor, UNKNOWN_OWNER)


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1", "[::1]:8501", "LOCALHOST.:1"])
@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "127.1.2.3"])
def test_a_direct_connection_is_the_one_users(host: str, address: str) -> None:
    assert is_direct({"host": host}, address, "1.1")
    assert is_direct(
        {"host": host, "origin": f"http://{host}", "referer": f"http://{host}/train"}, address, "1.1"
    )


@pytest.mark.parametrize(
    ("headers", "address", "version"),
    [
        *(({name: "x"}, "127.0.0.1", "1.1") for name in ("forwarded", "x-forwarded-for", "x-forwarded-host")),
        *(({name: "x"}, "127.0.0.1", "1.1") for name in ("via", "x-real-ip", "cf-connecting-ip")),
        *(
            ({"host": host}, "127.0.0.1", "1.1")
            for host in ("", "example.org", "localhost.example.org", "[::1")
        ),
        *(({"host": host}, "127.0.0.1", "1.1") for host in ("x@localhost.org", "127.0.0.1.example.org:80")),
        *(({name: "https://example.org/"}, "127.0.0.1", "1.1") for name in ("origin", "referer")),
        ({"origin": "null"}, "127.0.0.1", "1.1"),
        ({}, "192.168.1.7", "1.1"),
        ({}, "", "1.1"),
        ({}, "127.0.0.1", "1.0"),
    ],
)
def test_any_sign_of_a_proxy_or_another_machine_makes_a_visitor(
    headers: dict[str, str], address: str, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"host": "localhost:8501", **headers}
    assert not is_direct(headers, address, version)
    monkeypatch.setenv(SETTING, "one")
    assert sender_of(headers, {}, address, version) is None
    assert sender_of(headers, {COOKIE: ME}, address, version) == ME


def test_a_visitor_of_a_server_for_many_is_known_by_a_cookie(monkeypatch: pytest.MonkeyPatch) -> None:
    direct = {"host": "localhost:8501"}, "127.0.0.1", "1.1"

    def sender(cookie: str) -> str | None:
        return sender_of(direct[0], {COOKIE: cookie}, *direct[1:])

    monkeypatch.setenv(SETTING, "one")
    assert sender(ME) == ONE_USER
    monkeypatch.setenv(SETTING, "many")
    assert sender(ME) == ME
    assert [sender(nonsense) for nonsense in ("", "one", "../" + ME, ME + "0")] == [None] * 4


@pytest.mark.parametrize("sender", [ONE_USER, ME, None])
def test_the_gates_note_is_read_as_it_was_written(sender: str | None) -> None:
    note = note_of(sender)
    assert visitor_of({} if note is None else {VISITOR_HEADER: note}) == sender


def test_a_model_is_opened_only_for_those_who_see_its_run(run: str) -> None:
    assert load_checkpoint_of(run, ME).config == SMALL.model
    for visitor in (OTHER, None):
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
