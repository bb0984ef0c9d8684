"""The door through which requests come: every route beside the pages, behind the gate."""

import asyncio
import os
from pathlib import Path
from random import Random
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from app import api
from app.components import modules
from app.gate import Gate
from benchmarks.fuzzing.file_doors import make_run
from benchmarks.fuzzing.mutations import damaged_bytes
from benchmarks.fuzzing.watch import Door, Handle

RUN = "a"
_HEADERS = (
    b"host: localhost:8501\ncookie: visitor=0123456789abcdef0123456789abcdef\norigin: http://localhost:8501"
)
_SPECIAL = (
    b"..", b"%2e%2e%2f", b"%00", b"\xff\xfe", b"%", b"9" * 5000, b"-1", b"0,0,0", b"," * 3000, b"NaN", b"1e9",
    b"a" * 300, b"\xd9\xa3", b"?", b"&after=", b"#", b"//", b"[", b"localhost:99999", b"[::1",
    b"forwarded: for=x",
)  # fmt: skip


def _requests(_: Path) -> list[bytes]:
    """One for each of our routes: its path, its query and its headers, a line each."""
    queries = {"feed": "after=0&seen=-1&attempt=", "snapshots": "seen=0,1024"}
    script = f"/{modules.address_of(min(modules.sources()))}"
    paths = [route.path for route in api.routes() if isinstance(route, Route)]
    filled = [script if "{path:path}" in path else path.replace("{name}", RUN) for path in paths]
    return [
        b"\n".join([path.encode(), queries.get(path.rsplit("/", 1)[-1], "").encode(), _HEADERS])
        for path in filled
    ]


def _damaged_request(content: bytes, random: Random) -> bytes:
    if random.random() < 0.5:
        return damaged_bytes(content, random)
    at = random.randrange(len(content) + 1)
    return content[:at] + random.choice(_SPECIAL) + content[at + random.choice((0, 1, 8)) :]


def _request_door(folder: Path) -> Handle:
    os.environ.update(XDG_DATA_HOME=str(folder), XDG_CACHE_HOME=str(folder / "cache"))
    (folder / "rankscope" / "runs").mkdir(parents=True)
    make_run(folder / "rankscope" / "runs" / RUN)
    application = Starlette(routes=api.routes(), middleware=[Middleware(Gate)])

    def handle(content: bytes) -> bool:
        path, query, headers = [*content.split(b"\n", 2), b"", b""][:3]
        status, answer = asyncio.run(_answer(application, path, query, headers))
        assert status < 500, f"status {status}: {answer[:500]!r}"
        assert b"Traceback" not in answer
        return status == 200

    return handle


async def _answer(application: Starlette, path: bytes, query: bytes, headers: bytes) -> tuple[int, bytes]:
    """Status and body of the answer to a GET request, in the form in which a server passes it on."""
    sent: list[Any] = []
    lines = [line.partition(b":") for line in headers.split(b"\n")]
    scope = {
        "type": "http", "method": "GET", "path": path.decode("utf-8", "replace"), "raw_path": path,
        "root_path": "", "query_string": query, "http_version": "1.1", "scheme": "http",
        "headers": [(name.strip().lower(), value.strip()) for name, _, value in lines],
        "server": ("localhost", 80), "client": ("127.0.0.1", 50_000),
    }  # fmt: skip
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()  # the browser stays connected
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await application(scope, receive, send)
    bodies = [message.get("body", b"") for message in sent if message["type"] == "http.response.body"]
    return int(sent[0]["status"]), b"".join(bodies)


REQUEST_DOORS = (Door("request", 8_000, _requests, _damaged_request, _request_door),)
