"""What the Train page is told over HTTP: only what is new, only to those who see the run."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
import streamlit as st
from starlette.applications import Starlette

from app import api as live
from app.access import COOKIE, SETTING, may_change, sees, visitor_of
from app.api import feed_of_past_run, feed_of_training
from app.services.runs import runs_folder, server_trainings
from app.training.job import Training, TrainingRequest
from model.config import ModelConfig, TrainingConfig
from model.data.sources import load_dataset
from model.runs.history import past_run
from model.runs.metadata import UNKNOWN_OWNER, RunMetadata, write_metadata

SMALL = TrainingConfig(model=ModelConfig(n_units=9, patch_size=3), patches=5_000)
ME, OTHER = "a" * 32, "b" * 32


def unpacked(content: bytes) -> dict[str, Any]:
    """What `shared/payload.js` makes of it."""
    length = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + length])
    for name, (kind, offset, size) in header.pop("arrays").items():
        start = 4 + length + offset
        header[name] = np.frombuffer(content[start : start + size], kind)
    return header


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Training]:
    """A small training of ME that has ended."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("home")))
        st.cache_resource.clear()
        trainings = server_trainings()
        name = trainings.start(TrainingRequest(SMALL, "sample", partial(load_dataset, "sample"), owner=ME))
        training = trainings.find(name)
        assert training is not None
        while training.under_way:
            time.sleep(0.01)
        yield training
        trainings.stop_all()
        st.cache_resource.clear()


@pytest.fixture
def copy(finished: Training) -> Iterator[Path]:
    """The folder of a copy of that run, as another server would find it, to be damaged."""
    folder = runs_folder() / "copy"
    shutil.copytree(runs_folder() / finished.name, folder)
    yield folder
    shutil.rmtree(folder)


def test_the_first_answer_holds_everything(finished: Training) -> None:
    report = finished.report()
    told = unpacked(feed_of_training(finished, after=0, seen=-1, attempt=""))
    assert (told["state"], told["patches"], told["units"], told["patchSize"]) == ("finished", 5_000, 9, 3)
    assert told["first"] == 0
    assert [row[0] for row in told["points"]] == [point.patches_seen for point in report.points]
    newest = report.points[-1]
    assert told["points"][-1] == told["now"] == [
        5_000, newest.train.final_error, newest.test.final_error, newest.train.objective,
        newest.test.objective, newest.test.error_sum, newest.test.dead_units, newest.test.l0_mean,
    ]  # fmt: skip
    errors = told["errors"].reshape(len(report.points), 9)
    np.testing.assert_allclose(errors, [p.test.error_by_rank for p in report.points], rtol=1e-6)
    assert report.latest is not None
    np.testing.assert_array_equal(told["weights"], report.latest.weights.ravel())


def test_a_later_answer_holds_only_what_is_new(finished: Training) -> None:
    points = finished.report().points
    told = unpacked(feed_of_training(finished, len(points) - 2, seen=-1, attempt=finished.attempt))
    assert (told["first"], len(told["points"]), len(told["errors"])) == (len(points) - 2, 2, 2 * 9)
    told = unpacked(feed_of_training(finished, len(points), seen=5_000, attempt=finished.attempt))
    assert (len(told["points"]), len(told["errors"]), len(told["weights"])) == (0, 0, 0)
    told = unpacked(feed_of_training(finished, len(points), seen=5_000, attempt="an earlier one"))
    assert (told["first"], len(told["points"])) == (0, len(points))


def test_a_run_on_disk_is_told_of_like_the_training_it_was(finished: Training) -> None:
    alive = unpacked(feed_of_training(finished, 0, -1, ""))
    past = unpacked(feed_of_past_run(past_run(runs_folder() / finished.name), 0, ""))
    for name in ("run", "state", "patches", "units", "patchSize", "patchesSeen", "now", "points"):
        assert past[name] == alive[name]
    for name in ("errors", "weights", "nowErrors"):
        np.testing.assert_array_equal(past[name], alive[name])


def test_a_run_before_its_first_snapshot_is_told_of(copy: Path) -> None:
    (copy / "metrics.jsonl").write_text("")
    told = unpacked(feed_of_past_run(past_run(copy), 0, ""))
    assert (told["state"], told["now"], told["points"], len(told["weights"])) == ("interrupted", None, [], 0)


Ask = Callable[..., tuple[int, bytes]]


@pytest.fixture
def ask(finished: Training) -> Ask:
    """Ask the routes: a path, a visitor's cookie, a query; the status and what comes back."""
    application = Starlette(routes=live.routes())

    def answer(path: str, visitor: str = "", query: str = "") -> tuple[int, bytes]:
        status, body, asked = [0], [], []
        cookies = [(b"cookie", f"{COOKIE}={visitor}".encode())] if visitor else []
        scope = {
            "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "root_path": "",
            "query_string": query.encode(), "headers": cookies, "scheme": "http", "server": ("localhost", 80),
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            if not asked:
                asked.append(True)
                return {"type": "http.request", "body": b"", "more_body": False}
            return await anyio.sleep_forever()  # the browser stays

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                status[0] = message["status"]
            else:
                body.append(message.get("body", b""))

        anyio.run(application, scope, receive, send)
        return status[0], b"".join(body)

    return answer


PATHS = ("feed", "snapshots", "filters.png", "export")


@pytest.mark.parametrize("path", PATHS)
def test_a_run_is_told_only_to_its_owner(
    finished: Training, ask: Ask, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv(SETTING, "many")
    address = f"/runs/{finished.name}/{path}"
    assert ask(address, ME, "seen=5000")[0] == 200
    for stranger in (OTHER, "", "nonsense"):
        assert ask(address, stranger, "seen=5000") == (404, b"There is no such run.")
    monkeypatch.setenv(SETTING, "one")
    assert ask(address, "", "seen=5000")[0] == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", ["nowhere", "..", "%2e%2e", ".deleted", "a%00b", "x" * 300])
def test_what_is_no_run_is_not_found(ask: Ask, name: str, path: str) -> None:
    assert ask(f"/runs/{name}/{path}", "", "seen=0")[0] == 404


@pytest.mark.parametrize("query", ["after=x", "seen=1e3", "after=-5&seen=0", "seen=" + "9" * 400])
def test_nonsense_in_a_question_is_no_error_page(finished: Training, ask: Ask, query: str) -> None:
    for path in ("feed", "snapshots"):
        assert ask(f"/runs/{finished.name}/{path}", ME, query)[0] in {200, 404}


def test_snapshots_come_as_they_were_kept_and_damaged_ones_not(
    finished: Training, copy: Path, ask: Ask
) -> None:
    seen = [point.patches_seen for point in finished.report().points]
    (copy / "snapshots" / f"{seen[1]:09d}.safetensors").write_bytes(b"nothing")
    _, content = ask("/runs/copy/snapshots", ME, f"seen={seen[-1]},{seen[1]},77,{seen[0]}")
    told = unpacked(content)
    assert told["seen"] == [seen[-1], seen[0]]
    latest = finished.report().latest
    assert latest is not None
    np.testing.assert_array_equal(told["weights"].reshape(2, -1)[0], latest.weights.ravel())


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


def test_a_run_whose_owner_cannot_be_read_is_nobodys(
    copy: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copy / "card.json").write_text("[" * 50_000)
    monkeypatch.setenv(SETTING, "many")
    for visitor in (ME, OTHER, ""):
        for what in ("feed", "snapshots?seen=0", "filters.png", "export"):
            assert ask(f"/runs/copy/{what}", visitor)[0] == 404
    monkeypatch.setenv(SETTING, "one")
    assert ask("/runs/copy/feed", "")[0] == 200


def test_a_run_whose_newest_snapshot_is_lost_can_be_watched(
    copy: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, "one")
    whole = unpacked(ask("/runs/copy/feed")[1])
    newest, before, *_ = sorted((copy / "snapshots").iterdir(), reverse=True)
    newest.unlink()
    told = unpacked(ask("/runs/copy/feed")[1])
    np.testing.assert_array_equal(told["weights"], whole["weights"])  # they are kept with the state as well
    (copy / "checkpoint.safetensors").unlink()
    told = unpacked(ask("/runs/copy/feed")[1])
    assert len(told["points"]) == len(whole["points"])
    assert told["now"] == told["points"][-2]
    assert told["now"][0] == int(before.stem)
    shutil.rmtree(copy / "snapshots")
    told = unpacked(ask("/runs/copy/feed")[1])
    assert told["now"] is None
    assert len(told["weights"]) == 0


def test_an_export_is_not_cut_from_a_training_under_way(finished: Training, ask: Ask) -> None:
    endless = TrainingConfig(model=SMALL.model, patches=100_000_000)
    trainings = server_trainings()
    name = trainings.start(TrainingRequest(endless, "sample", partial(load_dataset, "sample")))
    training = trainings.find(name)
    assert training is not None
    while training.report().patches_seen == 0:
        time.sleep(0.01)
    assert ask(f"/runs/{name}/export")[0] == 409
    training.stop()


def test_a_run_without_owner_is_everybodys(copy: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "many")
    assert ask("/runs/copy/feed", OTHER)[0] == 404
    write_metadata(copy, RunMetadata(owner=""))
    assert ask("/runs/copy/feed", OTHER)[0] == 200
