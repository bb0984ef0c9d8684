"""A client of the HTTP API inside the test's own process."""

from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.middleware import Middleware

from app import api
from app.access import COOKIE
from app.gate import Gate


class Client:
    """Sends requests to the routes without a server."""

    def __init__(self) -> None:
        self.application = Starlette(routes=api.routes(), middleware=[Middleware(Gate)])

    def get(self, path: str, visitor: str = "", query: str = "") -> tuple[int, bytes]:
        """Status and body of the response to a visitor with that cookie, '' for none."""
        status, _, body = self._response(path, visitor, query)
        return status, body

    def headers(self, path: str, visitor: str = "", query: str = "") -> dict[str, str]:
        """Headers of the same response, by name in lower case."""
        return self._response(path, visitor, query)[1]

    def _response(self, path: str, visitor: str, query: str) -> tuple[int, dict[str, str], bytes]:
        start: dict[str, Any] = {}
        body: list[bytes] = []
        requested: list[bool] = []
        cookies = [(b"cookie", f"{COOKIE}={visitor}".encode())] if visitor else []
        scope = {
            "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "root_path": "",
            "query_string": query.encode(), "http_version": "1.1",
            "headers": [(b"host", b"localhost:8501"), *cookies], "scheme": "http",
            "server": ("localhost", 80), "client": ("127.0.0.1", 50_000),
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            if not requested:
                requested.append(True)
                return {"type": "http.request", "body": b"", "more_body": False}
            return await anyio.sleep_forever()  # the browser stays connected

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.append(message.get("body", b""))

        anyio.run(self.application, scope, receive, send)
        headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return start["status"], headers, b"".join(body)
