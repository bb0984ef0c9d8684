"""The HTTP API beside the pages, all of it GET requests on one run.

    runs/{name}/feed          state and metrics of the run, as far as the browser does not have them yet
    runs/{name}/snapshots     the weights at recorded snapshots
    runs/{name}/filters.png   all filters of the run's model in one picture
    runs/{name}/export        the run as a file

With the feed a training is watched without script runs: the browser requests it a few times a second. Every
request is checked for access; a run that the visitor may not see is answered with status 404, like one that
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
from app.training.job import Training
from app.training.report import State
from model.analysis.filter_mosaic import filters_mosaic
from model.checkpoint import CheckpointError, load_checkpoint
from model.runs.archive import export_run
from model.runs.folder import Run, snapshot_path
from model.runs.history import PastRun, Point, newest_snapshot, past_run, recorded_points
from model.runs.metadata import check_name, read_metadata
from model.runs.reading import RunError

MOST_SNAPSHOTS_SENT = 24
"""Snapshots in one response."""
LARGEST_WEIGHTS_SENT = 64_000_000
"""Bytes of weights in one response, unless a single snapshot has more."""
_NO_STORE = {"Cache-Control": "no-store"}


def routes() -> list[BaseRoute]:
    """All routes of the API, below the base path that the server's settings give it."""
    runs = f"{modules.base_path()}/runs/{{name}}"
    return [
        Route(f"{runs}/feed", _checked_for_access(_feed)),
        Route(f"{runs}/snapshots", _checked_for_access(_snapshots)),
        Route(f"{runs}/filters.png", _checked_for_access(_filters)),
        Route(f"{runs}/export", _checked_for_access(_export)),
        *modules.routes(),
    ]


def _checked_for_access(respond: Callable[[str, Request], Response]) -> Callable[[Request], Response]:
    """An endpoint that calls `respond` with the run's name, or answers 404 if the visitor may not see it."""

    def endpoint(request: Request) -> Response:
        name = str(request.path_params["name"])
        try:
            check_name(name)
            training = server_trainings().find(name)
            owner = training.request.owner if training else read_metadata(runs_folder() / name).owner
            if sees(visitor_of(request.headers), owner):
                return respond(name, request)
        except (RunError, CheckpointError, ValueError):
            pass  # deleted meanwhile, or damaged: the page reports it
        return Response("There is no such run.", 404, headers=_NO_STORE)

    return endpoint


def _feed(name: str, request: Request) -> Response:
    """Query parameters: `after`, `seen` and `attempt`, as `feed_of_training` takes them."""
    query = request.query_params
    training = server_trainings().find(name)
    after, seen, attempt = int(query.get("after", 0)), int(query.get("seen", -1)), query.get("attempt", "")
    if training is not None:
        content = feed_of_training(training, after, seen, attempt)
    else:
        content = feed_of_past_run(past_run(runs_folder() / name), after, attempt)
    return Response(content, media_type="application/octet-stream", headers=_NO_STORE)


def feed_of_training(training: Training, after: int, seen: int, attempt: str) -> bytes:
    """The state of a training, and the points and weights that the browser does not have.

    Args:
        training: of this server.
        after: how many points the browser has, 0 or more.
        seen: patches seen of the weights that it has; -1 for none.
        attempt: which attempt at the run both belong to; points of another attempt are sent from the first
            on.

    Returns:
        Packed as `app.components.payload.pack` does. Header: `run`, `attempt`, `state`, `place`
        in the queue from 1 or 0, `patches`, `units`, `patchSize`, `coder`, `message`, `loaded` (bytes
        downloaded and in all), `patchesPerSecond`, `speed` (updates a second, None for full speed), `batch`,
        `patchesSeen`; `points`, the rows of `_metrics_row` from index `first` on; `now`, that of the newest
        weights or None; and `damaged`, the patches seen of the newest snapshots of a past run that can't be
        read, empty here.
        Arrays, float32: `errors` (points, n_units) by rank; `nowErrors` (n_units,) and `weights`
        (n_units, n_inputs) of the newest weights, both empty if the browser has them.
    """
    report, config = training.report(), training.request.config
    first = min(after, len(report.points)) if attempt == training.attempt else 0
    latest = report.latest
    is_new = latest is not None and (seen != latest.patches_seen or first == 0)
    header = {
        "run": training.name,
        "attempt": training.attempt,
        "state": report.state.value,
        "place": training.queue_position(),
        "patches": config.patches,
        "units": config.model.n_units,
        "patchSize": config.model.patch_size,
        "coder": config.rule.coder.value,
        "message": report.message,
        "loaded": report.loaded,
        "patchesPerSecond": report.patches_per_second,
        "speed": report.speed,
        "batch": config.batch_size,
        "patchesSeen": report.patches_seen,
        "now": _metrics_row(Point(latest.patches_seen, latest.train, latest.test)) if latest else None,
    }
    now = (latest.test.error_by_rank, latest.weights) if latest and is_new else None
    return _pack_feed(header, report.points[first:], first, now)


def feed_of_past_run(past: PastRun, after: int, attempt: str) -> bytes:
    """The same for a run on disk that this server does not train; it does not change, and is requested once.

    Args:
        past: the run.
        after: how many points the browser has, 0 or more.
        attempt: which attempt at the run they belong to.

    Returns:
        As `feed_of_training`, always with the newest weights that can be read.

    Raises:
        RunError: the metrics are damaged.
    """
    config = past.run.config
    name = f"past {past.patches_seen}"
    points = recorded_points(past.run)
    newest = newest_snapshot(past.run, points)
    first = min(after, len(points)) if attempt == name else 0
    header = {
        "run": past.name,
        "attempt": name,
        "state": past.state,
        "place": 0,
        "patches": config.patches,
        "units": config.model.n_units,
        "patchSize": config.model.patch_size,
        "coder": config.rule.coder.value,
        "message": past.end_status.message if past.end_status else "",
        "loaded": None,
        "patchesPerSecond": 0,
        "speed": None,
        "batch": config.batch_size,
        "patchesSeen": past.patches_seen,
        "now": _metrics_row(newest[0]) if newest else None,
    }
    now = (newest[0].test.error_by_rank, newest[1].weights) if newest else None
    readable = newest[0].patches_seen if newest else -1
    damaged = [point.patches_seen for point in points if point.patches_seen > readable]
    return _pack_feed(header, points[first:], first, now, damaged)


def _metrics_row(point: Point) -> list[float]:
    """The figures of a point in the order of `FIGURES` in shared/training.js."""
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


def _pack_feed(
    header: dict[str, Any],
    points: Sequence[Point],
    first: int,
    now: tuple[NDArray[np.float64], NDArray[np.float32]] | None,
    damaged: Sequence[int] = (),
) -> bytes:
    errors = [point.test.error_by_rank for point in points]
    now_errors, weights = now or (np.empty(0), np.empty(0, np.float32))
    return pack(
        {
            **header,
            "first": first,
            "points": [_metrics_row(point) for point in points],
            "damaged": list(damaged),
        },
        errors=np.array(errors, np.float32),
        nowErrors=now_errors.astype(np.float32),
        weights=weights,
    )


def _snapshots(name: str, request: Request) -> Response:
    """Query parameter: `seen`, the patches seen of some snapshots, with commas between them.

    Packed like the feed. Header: `seen`, of the snapshots in this response, in the order requested;
    `damaged`, of those that can't be read. A snapshot in neither list is left out because of
    MOST_SNAPSHOTS_SENT or LARGEST_WEIGHTS_SENT, to be requested again.
    Array: `weights` (snapshots, n_units * n_inputs) float32.
    """
    run = past_run(runs_folder() / name).run
    numbers = [int(text) for text in request.query_params.get("seen", "").split(",")]
    found: dict[int, NDArray[np.float32]] = {}
    damaged = []
    for seen in list(dict.fromkeys(numbers))[:MOST_SNAPSHOTS_SENT]:
        weights = _snapshot_weights(run, seen)
        if weights is None:
            damaged.append(seen)
        elif not found or (len(found) + 1) * weights.nbytes <= LARGEST_WEIGHTS_SENT:
            found[seen] = weights
        else:
            break
    content = pack(
        {"seen": list(found), "damaged": damaged},
        weights=np.stack(list(found.values())) if found else np.empty((0, 0), np.float32),
    )
    return Response(content, media_type="application/octet-stream", headers=_NO_STORE)


def _snapshot_weights(run: Run, seen: int) -> NDArray[np.float32] | None:
    """(n_units, n_inputs) the weights of a recorded snapshot; None if it is missing or damaged."""
    try:
        checkpoint = load_checkpoint(snapshot_path(run, seen))
    except CheckpointError:
        return None
    return checkpoint.weights if checkpoint.config == run.config.model else None


def _filters(name: str, request: Request) -> Response:
    """All filters of the run's model in one PNG, a few hundred pixels wide."""
    checkpoint = load_checkpoint_of(name, visitor_of(request.headers))
    picture = io.BytesIO()
    Image.fromarray(filters_mosaic(checkpoint.weights, checkpoint.config.patch_size)).save(picture, "PNG")
    headers = {"Cache-Control": "private, max-age=3600"}  # no shared cache may keep a visitor's own filters
    return Response(picture.getvalue(), media_type="image/png", headers=headers)


def _export(name: str, _: Request) -> Response:
    """The run as a ZIP archive; status 409 while it is being trained."""
    training = server_trainings().find(name)
    if training is not None and training.report().state in {State.LOADING, State.RUNNING, State.PAUSED}:
        return Response("This run is under way; stop it first.", 409)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - `_chunks` closes it
    try:
        export_run(runs_folder() / name, file)
    except RunError:
        file.close()
        raise
    file.seek(0)
    return StreamingResponse(
        _chunks(file),
        media_type="application/zip",
        headers={**_NO_STORE, "Content-Disposition": f'attachment; filename="{name}.rankscope.zip"'},
    )


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(1 << 16):
            yield chunk
