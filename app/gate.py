"""The gate: every request passes it before Streamlit or a route of ours sees it.

It refuses what no page of this server sends, notes whom a request comes from, gives browsers their visitor's
number, and adds the headers that keep other sites out of the pages.
"""

import uuid
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from app.access import (
    COOKIE,
    ONE_USER,
    VISITOR_HEADER,
    is_forwarded,
    names_this_machine,
    note_of,
    sender_of,
    server_for_one_user,
)
from app.components.modules import base_path
from app.services.session_memory import UploadLimit

YEAR = 365 * 24 * 60 * 60
"""How long a browser keeps its number, in seconds."""
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
_CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'"
)
_PAGES = {"document", "iframe"}
"""What a browser says it wants when it opens a page."""
_LOCAL_PAGES = "'self' http://localhost:* http://127.0.0.1:*"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Gate:
    """ASGI middleware; the outermost."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._uploads = UploadLimit()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        if _is_malformed(scope):
            if scope["type"] == "websocket":
                await _close(receive, send)
            else:
                await PlainTextResponse("This request can't be read; open the page anew.", 400)(
                    scope, receive, send
                )
            return
        request = HTTPConnection(scope)
        sender = sender_of(
            request.headers, request.cookies, request.client.host if request.client else "", _version(scope)
        )
        if scope["type"] == "websocket":
            if _refusal(request, sender):
                await _close(receive, send)
                return
            await self._app(_noted(scope, sender), receive, send)
            return
        answer = _Answer(request, sender, send)
        if refusal := _refusal(request, sender):
            status, sentence = refusal
            await PlainTextResponse(sentence, status)(scope, receive, answer.send)
            return
        with self._uploads.reserved(scope) as refused:
            app = PlainTextResponse(refused.sentence, refused.status) if refused else self._app
            await app(_noted(scope, sender), receive, answer.send)


async def _close(receive: Receive, send: Send) -> None:
    """Refuse a websocket."""
    await receive()
    await send({"type": "websocket.close", "code": 1008})


def _is_malformed(scope: Scope) -> bool:
    """Whether a request has a query that is no text, or no address where a header holds one.

    Behind the gate, and in the libraries there, such requests raise errors.
    """
    headers = Headers(scope=scope)
    hosts = [f"//{headers[name]}" for name in ("host", "x-forwarded-host") if name in headers]
    try:
        scope["query_string"].decode()
        for address in (*hosts, headers.get("origin", ""), headers.get("referer", "")):
            _ = urlsplit(address).port  # raises where the address has none that is one
    except ValueError:
        return True
    return False


def _version(scope: Scope) -> str:
    return str(scope.get("http_version", "1.1"))


def _noted(scope: Scope, sender: str | None) -> Scope:
    """The request with the gate's own note on its sender, and no other."""
    name = VISITOR_HEADER.encode()
    headers = [(key, value) for key, value in scope["headers"] if key.lower().replace(b"_", b"-") != name]
    if note := note_of(sender):
        headers.append((name, note.encode()))
    return {**scope, "headers": headers}


def _refusal(request: HTTPConnection, sender: str | None) -> tuple[int, str] | None:
    """Status and sentence for a request that no page of this server sends; None for any other."""
    host = request.headers.get("host", "")
    foreign_name = (
        server_for_one_user() and not is_forwarded(request.headers) and not names_this_machine(host)
    )
    if foreign_name or not is_host_allowed(host):
        # The page of another site can give its own name the address of this machine.
        return 403, f"This server does not go by the name {host[:100]!r}. Open it as localhost."
    if request.scope.get("method", "GET") not in _SAFE_METHODS and _crosses_sites(request.headers):
        return 403, "Pages of other sites can't change anything here."
    if sender != ONE_USER and request.url.path == f"{base_path()}/_stcore/metrics":
        return 404, "Not Found"
    return None


def _crosses_sites(headers: Headers) -> bool:
    """Whether a page of another site sent a request; browsers say so, other programs say nothing."""
    if site := headers.get("sec-fetch-site"):
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    hosts = {headers.get("host"), headers.get("x-forwarded-host")}
    return origin is not None and urlsplit(origin).netloc not in hosts


class _Answer:
    """The way back to a browser."""

    def __init__(self, request: HTTPConnection, sender: str | None, send: Send) -> None:
        self._request = request
        self._sender = sender
        self._send = send

    async def send(self, message: Message) -> None:
        """Send a part of the response; its first part with our headers."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            self._add_headers(headers)
            message = {**message, "headers": headers.raw}
        await self._send(message)

    def _add_headers(self, headers: MutableHeaders) -> None:
        headers.update(_HEADERS)
        embedded = "true" in parse_qs(self._request.url.query).get("embed", [])
        frames = frame_ancestors(
            embedded, for_one=server_for_one_user() and not is_forwarded(self._request.headers)
        )
        headers["Content-Security-Policy"] = "; ".join([_CONTENT_POLICY, *frames])
        wanted = self._request.headers.get("sec-fetch-dest")  # older browsers don't say
        opens_page = wanted in _PAGES if wanted else headers.get("content-type", "").startswith("text/html")
        if opens_page and self._sender != ONE_USER:
            secure = "https" in {self._request.url.scheme, self._request.headers.get("x-forwarded-proto")}
            headers.append("Set-Cookie", visitor_cookie(self._sender or uuid.uuid4().hex, secure=secure))


def frame_ancestors(embedded: bool, for_one: bool) -> Iterable[str]:
    """Which pages may show this one in a frame, as a directive of the content policy; empty for all pages.

    Args:
        embedded: whether the page's address asks for it.
        for_one: whether it would show what belongs to the one user.
    """
    if embedded and not for_one:
        return []
    pages = _LOCAL_PAGES if embedded else "'self'"
    return [f"frame-ancestors {pages}"]


def visitor_cookie(number: str, *, secure: bool) -> str:
    """The value of a `Set-Cookie` header that gives a browser its number for a year; no script can read it.

    Args:
        number: of the visitor.
        secure: whether the browser speaks HTTPS. Only then it keeps a number in a frame on another site too,
            a different one for each such site.
    """
    kept = f"{COOKIE}={number}; Path={base_path() or '/'}; Max-Age={YEAR}; HttpOnly"
    return f"{kept}; SameSite=None; Secure; Partitioned" if secure else f"{kept}; SameSite=Lax"
