"""What the Train page asks for over HTTP: a run as it stands, its snapshots, its filters, the run as a file.

A training is watched without script runs: the browser asks a few times a second for what is new since it
last asked. Whose run it is is looked at every time; a run of somebody else's is answered like one that
does not exist.
"""

import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from app.access import sees, visitor_of
from app.components import modules
from app.components.payload import pack
from app.services.models import load_checkpoint_of
from app.services.runs import runs_folder, server_trainings
from app.training.job import State, Training
from model.analysis.filter_mosaic import filters_mosaic
from model.checkpoint import CheckpointError, load_checkpoint
from model.runs.archive import export_run
from model.runs.folder import snapshot_path
from model.runs.history import PastRun, Point, newest_snapshot, past_run, recorded_points
from model.runs.metadata import check_name, read_metadata
from model.runs.reading import RunError

MOST_AT_ONCE = 24
"""Snapshots that one answer holds."""
_NOT_FOUND = Response("There is no such run.", 404)


def routes() -> list[BaseRoute]:
    """What the server answers beside the pages."""
    return [
        Route("/runs/{name}/feed", _for_those_who_see(_feed)),
        Route("/runs/{name}/snapshots", _for_those_who_see(_snapshots)),
        Route("/runs/{name}/filters.png", _for_those_who_see(_filters)),
        Route("/runs/{name}/export", _for_those_who_see(_export)),
        *modules.routes(),
    ]


def _for_those_who_see(answer: Callable[[str, Request], Response]) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        name = str(request.path_params["name"])
        try:
            check_name(name)
            training = server_trainings().find(name)
            owner = training.request.owner if training else read_metadata(runs_folder() / name).owner
            if sees(visitor_of(request.cookies), owner):
                return answer(name, request)
        except (RunError, CheckpointError, ValueError):
            pass  # gone meanwhile, or damaged: the page itself says so in words
        return _NOT_FOUND

    return endpoint


def _feed(name: str, request: Request) -> Response:
    asked = request.query_params
    training = server_trainings().find(name)
    after, seen = int(asked.get("after", 0)), int(asked.get("seen", -1))
    if training is not None:
        content = feed_of_training(training, after, seen, asked.get("stretch", ""))
    else:
        content = feed_of_past_run(past_run(runs_folder() / name), after, asked.get("stretch", ""))
    return Response(content, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


def feed_of_training(training: Training, after: int, seen: int, attempt: str) -> bytes:
    """How a training stands, and what is new.

    Args:
        training: it.
        after: how many points the browser has.
        seen: patches seen of the weights it has.
        attempt: which attempt at the run those belong to; points of another are sent from the first on.

    Returns:
        Packed: a header with `state`, figures, `first` (the index of the first point sent) and `points`;
        arrays `errors` (points, n_units), `nowErrors` (n_units,) and `weights` (n_units, n_inputs), the
        last two of the newest weights and empty where the browser has them.
    """
    report, config = training.report(), training.request.config
    first = min(after, len(report.points)) if attempt == training.attempt else 0
    latest = report.latest
    fresh = latest is not None and (seen != latest.patches_seen or first == 0)
    header = {
        "run": training.name,
        "stretch": training.attempt,
        "state": report.state.value,
        "place": training.queue_position(),
        "patches": config.patches,
        "units": config.model.n_units,
        "patchSize": config.model.patch_size,
        "message": report.message,
        "loaded": report.loaded,
        "patchesPerSecond": report.patches_per_second,
        "speed": report.speed,
        "batch": config.batch_size,
        "patchesSeen": report.patches_seen,
        "now": _figures(Point(latest.patches_seen, latest.train, latest.test)) if latest else None,
    }
    now = (latest.test.error_by_rank, latest.weights) if latest and fresh else None
    return _packed(header, report.points[first:], first, now)


def feed_of_past_run(past: PastRun, after: int, attempt: str) -> bytes:
    """The same of a run that no training of this server has; the browser asks once."""
    config = past.run.config
    name = f"past {past.patches_seen}"
    points = recorded_points(past.run)
    newest = newest_snapshot(past.run, points)
    first = min(after, len(points)) if attempt == name else 0
    header = {
        "run": past.name,
        "stretch": name,
        "state": past.state,
        "place": 0,
        "patches": config.patches,
        "units": config.model.n_units,
        "patchSize": config.model.patch_size,
        "message": past.end_status.message if past.end_status else "",
        "loaded": None,
        "patchesPerSecond": 0,
        "speed": None,
        "batch": config.batch_size,
        "patchesSeen": past.patches_seen,
        "now": _figures(newest[0]) if newest else None,
    }
    now = (newest[0].test.error_by_rank, newest[1].weights) if newest else None
    return _packed(header, points[first:], first, now)


def _figures(point: Point) -> list[float]:
    """As `training_feed.js` names them."""
    train, test = point.train, point.test
    return [
        point.patches_seen,
        train.final_error,
        test.final_error,
        train.objective,
        test.objective,
        test.error_sum,
        test.dead_units,
        test.l0_mean,
    ]


def _packed(
    header: dict[str, Any],
    points: Sequence[Point],
    first: int,
    now: tuple[NDArray[np.float64], NDArray[np.float32]] | None,
) -> bytes:
    errors = [point.test.error_by_rank for point in points]
    now_errors, weights = now or (np.empty(0), np.empty(0, np.float32))
    return pack(
        {**header, "first": first, "points": [_figures(point) for point in points]},
        errors=np.array(errors, np.float32),
        nowErrors=now_errors.astype(np.float32),
        weights=weights,
    )


def _snapshots(name: str, request: Request) -> Response:
    """The weights at some recorded snapshots, in the order asked for; those that are damaged are left out."""
    run = past_run(runs_folder() / name).run
    asked = [int(text) for text in request.query_params.get("seen", "").split(",")[:MOST_AT_ONCE]]
    found, weights = [], []
    for seen in asked:
        try:
            checkpoint = load_checkpoint(snapshot_path(run, seen))
        except CheckpointError:
            continue
        if checkpoint.config == run.config.model:
            found.append(seen)
            weights.append(checkpoint.weights)
    content = pack({"seen": found}, weights=np.stack(weights) if weights else np.empty((0, 0), np.float32))
    return Response(content, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


def _filters(name: str, _: Request) -> Response:
    """All filters of a run's model in one small picture."""
    checkpoint = load_checkpoint_of(name)
    picture = io.BytesIO()
    Image.fromarray(filters_mosaic(checkpoint.weights, checkpoint.config.patch_size)).save(picture, "PNG")
    return Response(picture.getvalue(), media_type="image/png", headers={"Cache-Control": "max-age=3600"})


def _export(name: str, _: Request) -> Response:
    """The run as a file; not while it is written."""
    training = server_trainings().find(name)
    if training is not None and training.report().state in {State.LOADING, State.RUNNING, State.PAUSED}:
        return Response("This run is under way; stop it first.", 409)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - gone once it has been sent
    try:
        export_run(runs_folder() / name, file)
    except RunError:
        file.close()
        raise
    file.seek(0)
    return StreamingResponse(
        _pieces(file),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}.rankscope.zip"'},
    )


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(1 << 16):
            yield piece
