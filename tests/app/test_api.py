"""The HTTP API: only what the browser does not have, and only to visitors who may see the run."""

# Long because each route is asked by its owner, by others, and with nonsense.

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st

from app import api
from app.access import SETTING
from app.api import feed_of_past_run, feed_of_training
from app.components import modules
from app.services.runs import runs_folder, server_trainings
from app.training.job import Training, TrainingRequest
from model.checkpoint import load_checkpoint, save_checkpoint
from model.config import ModelConfig, TrainingConfig
from model.data.sources import load_dataset
from model.runs.history import Point, past_run
from model.runs.metadata import RunMetadata, write_metadata
from tests.app.api_client import Client

SMALL = TrainingConfig(model=ModelConfig(n_units=9, patch_size=3), patches=5_000)
ME, OTHER = "a" * 32, "b" * 32


def unpacked(content: bytes) -> dict[str, Any]:
    """Header and arrays as `shared/payload.js` unpacks them."""
    length = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + length])
    for name, (kind, offset, size) in header.pop("arrays").items():
        start = 4 + length + offset
        header[name] = np.frombuffer(content[start : start + size], kind)
    return header


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Training]:
    """An ended training whose run belongs to ME."""
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
    """The folder of a copy of that run, unknown to this server, that a test may damage."""
    folder = runs_folder() / "copy"
    shutil.copytree(runs_folder() / finished.name, folder)
    yield folder
    shutil.rmtree(folder)


def test_the_first_feed_has_everything(finished: Training) -> None:
    report = finished.report()
    answer = unpacked(feed_of_training(finished, after=0, seen=-1, attempt=""))
    assert (answer["state"], answer["patches"], answer["units"], answer["patchSize"]) == (
        "finished",
        5_000,
        9,
        3,
    )
    assert answer["first"] == 0
    assert [row[0] for row in answer["points"]] == [point.patches_seen for point in report.points]
    newest = report.points[-1]
    assert answer["points"][-1] == answer["now"] == [
        5_000, newest.train.final_error, newest.test.final_error, newest.train.objective,
        newest.test.objective, newest.test.error_sum, newest.test.dead_units, newest.test.l0_mean,
    ]  # fmt: skip
    errors = answer["errors"].reshape(len(report.points), 9)
    np.testing.assert_allclose(errors, [p.test.error_by_rank for p in report.points], rtol=1e-6)
    assert report.latest is not None
    np.testing.assert_array_equal(answer["weights"], report.latest.weights.ravel())


def test_a_later_feed_has_only_what_is_new(finished: Training) -> None:
    points = finished.report().points
    answer = unpacked(feed_of_training(finished, len(points) - 2, seen=-1, attempt=finished.attempt))
    assert (answer["first"], len(answer["points"]), len(answer["errors"])) == (len(points) - 2, 2, 2 * 9)
    answer = unpacked(feed_of_training(finished, len(points), seen=5_000, attempt=finished.attempt))
    assert (len(answer["points"]), len(answer["errors"]), len(answer["weights"])) == (0, 0, 0)
    answer = unpacked(feed_of_training(finished, len(points), seen=5_000, attempt="an earlier one"))
    assert (answer["first"], len(answer["points"])) == (0, len(points))


def test_the_feed_of_a_run_on_disk_is_that_of_its_training(finished: Training) -> None:
    alive = unpacked(feed_of_training(finished, 0, -1, ""))
    past = unpacked(feed_of_past_run(past_run(runs_folder() / finished.name), 0, ""))
    for name in ("run", "state", "patches", "units", "patchSize", "patchesSeen", "now", "points"):
        assert past[name] == alive[name]
    for name in ("errors", "weights", "nowErrors"):
        np.testing.assert_array_equal(past[name], alive[name])


def test_a_run_before_its_first_snapshot_has_a_feed(copy: Path) -> None:
    (copy / "metrics.jsonl").write_text("")
    answer = unpacked(feed_of_past_run(past_run(copy), 0, ""))
    assert (answer["state"], answer["now"], answer["points"], len(answer["weights"])) == (
        "interrupted",
        None,
        [],
        0,
    )


@pytest.fixture
def client(finished: Training) -> Client:
    return Client()


PATHS = ("feed", "snapshots", "filters.png", "export")


def points_of(training: Training) -> tuple[Point, ...]:
    return training.report().points


@pytest.mark.parametrize("path", PATHS)
def test_only_its_owner_gets_a_run(
    finished: Training, client: Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv(SETTING, "many")
    address = f"/runs/{finished.name}/{path}"
    assert client.get(address, ME, "seen=5000")[0] == 200
    for stranger in (OTHER, "", "nonsense"):
        assert client.get(address, stranger, "seen=5000") == (404, b"There is no such run.")
    monkeypatch.setenv(SETTING, "one")
    assert client.get(address, "", "seen=5000")[0] == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", ["nowhere", "..", "%2e%2e", ".deleted", "a%00b", "x" * 300])
def test_an_invalid_or_unknown_name_is_not_found(client: Client, name: str, path: str) -> None:
    assert client.get(f"/runs/{name}/{path}", "", "seen=0")[0] == 404


@pytest.mark.parametrize("query", ["after=x", "seen=1e3", "after=-5&seen=0", "seen=" + "9" * 400])
def test_an_invalid_query_is_no_error_page(finished: Training, client: Client, query: str) -> None:
    for path in ("feed", "snapshots"):
        assert client.get(f"/runs/{finished.name}/{path}", ME, query)[0] in {200, 404}


def test_snapshots_come_as_they_were_kept_and_damaged_ones_are_named(
    finished: Training, copy: Path, client: Client
) -> None:
    seen = [point.patches_seen for point in finished.report().points]
    (copy / "snapshots" / f"{seen[1]:09d}.safetensors").write_bytes(b"nothing")
    _, content = client.get("/runs/copy/snapshots", ME, f"seen={seen[-1]},{seen[1]},77,{seen[0]}")
    answer = unpacked(content)
    assert answer["seen"] == [seen[-1], seen[0]]
    assert answer["damaged"] == [seen[1], 77]
    latest = finished.report().latest
    assert latest is not None
    np.testing.assert_array_equal(answer["weights"].reshape(2, -1)[0], latest.weights.ravel())


def test_a_snapshot_of_another_shape_is_damaged(finished: Training, copy: Path, client: Client) -> None:
    first, second = (
        copy / "snapshots" / f"{point.patches_seen:09d}.safetensors" for point in points_of(finished)[:2]
    )
    checkpoint = load_checkpoint(first)
    larger = ModelConfig(n_units=10, patch_size=3)
    weights = np.zeros((10, larger.n_inputs), np.float32)
    save_checkpoint(replace(checkpoint, config=larger, weights=weights), second)
    seen = [int(path.stem) for path in (first, second)]
    answer = unpacked(client.get("/runs/copy/snapshots", ME, f"seen={seen[0]},{seen[1]}")[1])
    assert (answer["seen"], answer["damaged"]) == ([seen[0]], [seen[1]])


def test_a_snapshot_named_often_is_sent_once(finished: Training, client: Client) -> None:
    seen = points_of(finished)[0].patches_seen
    answer = unpacked(
        client.get(f"/runs/{finished.name}/snapshots", ME, "seen=" + ",".join([str(seen)] * 24))[1]
    )
    assert answer["seen"] == [seen]
    assert len(answer["weights"]) == 9 * SMALL.model.n_inputs


def test_one_answer_holds_a_limited_number_of_bytes_and_at_least_one_snapshot(
    finished: Training, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = 9 * SMALL.model.n_inputs * 4
    seen = [point.patches_seen for point in points_of(finished)[:4]]
    query = "seen=" + ",".join(map(str, seen))
    for limit, count in ((1, 1), (2 * size, 2), (3 * size - 1, 2)):
        monkeypatch.setattr(api, "LARGEST_WEIGHTS_SENT", limit)
        answer = unpacked(client.get(f"/runs/{finished.name}/snapshots", ME, query)[1])
        assert (answer["seen"], answer["damaged"]) == (seen[:count], [])


def test_a_run_whose_newest_snapshot_is_lost_can_be_watched(
    finished: Training, copy: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, "one")
    whole = unpacked(client.get("/runs/copy/feed")[1])
    newest, before, *_ = sorted((copy / "snapshots").iterdir(), reverse=True)
    newest.unlink()
    answer = unpacked(client.get("/runs/copy/feed")[1])
    np.testing.assert_array_equal(answer["weights"], whole["weights"])  # they are kept with the state as well
    assert answer["damaged"] == []
    (copy / "checkpoint.safetensors").unlink()
    answer = unpacked(client.get("/runs/copy/feed")[1])
    assert len(answer["points"]) == len(whole["points"])
    assert answer["now"] == answer["points"][-2]
    assert answer["now"][0] == int(before.stem)
    assert answer["damaged"] == [int(newest.stem)]
    shutil.rmtree(copy / "snapshots")
    answer = unpacked(client.get("/runs/copy/feed")[1])
    assert answer["now"] is None
    assert len(answer["weights"]) == 0
    assert answer["damaged"] == [point.patches_seen for point in points_of(finished)]
    assert unpacked(feed_of_training(finished, 0, -1, ""))["damaged"] == []


@pytest.mark.parametrize("path", PATHS)
def test_no_shared_cache_keeps_what_belongs_to_a_visitor(
    finished: Training, client: Client, path: str
) -> None:
    headers = client.headers(f"/runs/{finished.name}/{path}", ME, "seen=5000")
    expected = "private, max-age=3600" if path == "filters.png" else "no-store"
    assert headers["cache-control"] == expected


def test_a_run_whose_owner_cannot_be_read_is_nobodys(
    copy: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copy / "card.json").write_text("[" * 50_000)
    monkeypatch.setenv(SETTING, "many")
    for visitor in (ME, OTHER, ""):
        for what in ("feed", "snapshots?seen=0", "filters.png", "export"):
            assert client.get(f"/runs/copy/{what}", visitor)[0] == 404
    monkeypatch.setenv(SETTING, "one")
    assert client.get("/runs/copy/feed", "")[0] == 200


def test_an_export_is_not_cut_from_a_training_under_way(finished: Training, client: Client) -> None:
    endless = TrainingConfig(model=SMALL.model, patches=100_000_000)
    trainings = server_trainings()
    name = trainings.start(TrainingRequest(endless, "sample", partial(load_dataset, "sample")))
    training = trainings.find(name)
    assert training is not None
    while training.report().patches_seen == 0:
        time.sleep(0.01)
    assert client.get(f"/runs/{name}/export")[0] == 409
    training.stop()


def test_a_run_without_owner_is_everybodys(
    copy: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, "many")
    assert client.get("/runs/copy/feed", OTHER)[0] == 404
    write_metadata(copy, RunMetadata(owner=""))
    assert client.get("/runs/copy/feed", OTHER)[0] == 200


def test_the_feed_continues_where_the_browsers_attempt_stands(finished: Training, client: Client) -> None:
    points = len(points_of(finished))
    for attempt, first in ((finished.attempt, points), ("an earlier one", 0)):
        _, body = client.get(f"/runs/{finished.name}/feed", ME, f"after={points}&seen=5000&attempt={attempt}")
        feed = unpacked(body)
        assert (feed["attempt"], feed["first"]) == (finished.attempt, first)


def test_runs_are_served_below_the_servers_base_path(
    finished: Training, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/runs/{finished.name}/feed"
    assert client.get(f"/a/b{address}", ME)[0] == 404
    monkeypatch.setattr(modules.st, "get_option", {"server.baseUrlPath": "/a/b/"}.get)
    below = Client()
    assert below.get(f"/a/b{address}", ME)[0] == 200
    assert below.get(address, ME)[0] == 404
