"""What passes the gate, and what it adds."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from app.access import COOKIE, SETTING, VISITOR_HEADER, visitor_of
from app.gate import Gate
from app.services import session_memory

ME = "a" * 32
LOCAL = "http://localhost:8501"


def who(request: Request) -> Response:
    return JSONResponse([visitor_of(request.headers), request.headers.getlist(VISITOR_HEADER)])


def page(_: Request) -> Response:
    return HTMLResponse("<p>", headers={"Set-Cookie": "other=1"})


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json(visitor_of(websocket.headers))
    await websocket.close()


Open = Callable[..., TestClient]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Open:
    """A browser on this machine, or at another address; behind the gate are routes that answer anybody."""
    upload = "/_stcore/upload_file/{session}/{file}"
    routes = [
        Route("/who", who, methods=["GET", "POST"]),
        Route("/page", page),
        Route("/_stcore/metrics", who),
        Route(upload, who, methods=["PUT"]),
        WebSocketRoute("/socket", socket),
    ]
    application = Starlette(routes=routes, middleware=[Middleware(Gate)])
    monkeypatch.setenv(SETTING, "one")

    def opened(base_url: str = LOCAL, address: str = "127.0.0.1", cookie: str = "") -> TestClient:
        cookies = {COOKIE: cookie} if cookie else {}
        return TestClient(application, base_url=base_url, client=(address, 50_000), cookies=cookies)

    return opened


def test_the_note_on_the_sender_is_the_gates_alone(client: Open) -> None:
    forged = [(VISITOR_HEADER, "one"), (VISITOR_HEADER.replace("-", "_"), "one"), ("Rankscope-Visitor", ME)]
    assert client().get("/who", headers=forged).json() == ["", ["one"]]
    stranger = client(address="10.1.2.3")
    assert stranger.get("/who", headers=forged).json() == [None, []]
    assert client(address="10.1.2.3", cookie=ME).get("/who", headers=forged).json() == [ME, [ME]]


def test_behind_a_proxy_everybody_is_a_visitor(client: Open) -> None:
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        assert client().get("/who", headers={name: "10.1.2.3"}).json()[0] is None


def test_a_name_of_another_site_that_leads_here_is_refused(
    client: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebound = client("http://example.org:8501")
    response = rebound.get("/who", headers={"Origin": "http://example.org:8501"})
    assert response.status_code == 403
    assert response.text == "This server does not go by the name 'example.org:8501'. Open it as localhost."
    with pytest.raises(WebSocketDisconnect), rebound.websocket_connect("/socket"):
        pass
    monkeypatch.setenv(SETTING, "many")
    assert rebound.get("/who").json()[0] is None
    with rebound.websocket_connect("/socket") as connection:
        assert connection.receive_json() is None


def test_hosts_that_the_servers_settings_leave_out_are_refused(
    client: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, "many")
    monkeypatch.setattr("app.gate.is_host_allowed", lambda host: host == "rank.example")
    assert client("http://rank.example").get("/who").status_code == 200
    assert client("http://other.example").get("/who").status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": LOCAL}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": LOCAL}, 200),
        ({"Origin": "https://rank.example", "X-Forwarded-Host": "rank.example"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://example.org"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:3000"}, 403),
        ({"Origin": "http://localhost:3000"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_pages_of_other_sites_change_nothing(client: Open, headers: dict[str, str], status: int) -> None:
    assert client().post("/who", headers=headers).status_code == status
    assert client().get("/who", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "[::1"},
        {"origin": "http://[::1"},
        {"referer": "http://localhost:99999/"},
        {"host": "localhost:x"},
    ],
    ids=str,
)
def test_headers_that_hold_no_address_are_refused_in_one_sentence(
    client: Open, headers: dict[str, str]
) -> None:
    response = client().get("/who", headers=headers)
    assert (response.status_code, response.text) == (400, "This request can't be read; open the page anew.")
    with pytest.raises(WebSocketDisconnect), client().websocket_connect("/socket", headers=headers):
        pass


def test_only_the_one_user_sees_the_servers_metrics(client: Open) -> None:
    assert client().get("/_stcore/metrics").status_code == 200
    assert client(address="10.1.2.3", cookie=ME).get("/_stcore/metrics").status_code == 404


def test_a_visitor_gets_a_number_that_no_script_reads(client: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client().get("/page").headers.get_list("set-cookie") == ["other=1"]
    monkeypatch.setenv(SETTING, "many")
    other, mine = client(cookie=ME).get("/page").headers.get_list("set-cookie")
    assert other == "other=1"
    assert mine == f"{COOKIE}={ME}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"
    browser = client("https://rank.example")
    given = browser.get("/page").headers.get_list("set-cookie")[1]
    assert given.endswith("; HttpOnly; SameSite=None; Secure; Partitioned")
    number = browser.cookies[COOKIE]
    assert len(number) == 32
    assert browser.get("/who").json()[0] == number
    with browser.websocket_connect("wss://rank.example/socket") as connection:
        assert connection.receive_json() == number
    behind_proxy = client("http://rank.example").get("/page", headers={"X-Forwarded-Proto": "https"})
    assert "Partitioned" in behind_proxy.headers.get_list("set-cookie")[1]


def test_below_a_path_the_number_is_sent_for_the_page_with_and_without_a_slash_at_its_end(
    client: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, "many")
    monkeypatch.setattr("app.gate.base_path", lambda: "/a/b")
    given = client().get("/page").headers.get_list("set-cookie")[1]
    # RFC 6265, 5.1.4: a path "/a/b/" would match no request for "/a/b".
    assert "; Path=/a/b; " in given


def test_other_sites_frame_a_page_only_where_its_address_asks_for_it(
    client: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def frames(path: str) -> str:
        policy = client().get(path).headers["content-security-policy"]
        return " ".join(part.strip() for part in policy.split(";") if "frame-ancestors" in part)

    assert frames("/page") == "frame-ancestors 'self'"
    assert frames("/page?embed=true") == "frame-ancestors 'self' http://localhost:* http://127.0.0.1:*"
    monkeypatch.setenv(SETTING, "many")
    assert frames("/page") == "frame-ancestors 'self'"
    assert frames("/page?embed=true") == ""


@pytest.mark.parametrize("path", ["/page", "/who", "/nowhere"])
def test_every_response_says_what_a_browser_may_do_with_it(client: Open, path: str) -> None:
    headers = client().get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=(self)" in headers["permissions-policy"]
    assert "default-src 'self'" in headers["content-security-policy"]


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> MemoryUploadedFileManager:
    """What the server holds of its sessions' uploads, which may be ten bytes of one and thirty of all."""
    manager = MemoryUploadedFileManager("/_stcore/upload_file")
    runtime = SimpleNamespace(uploaded_file_mgr=manager)
    monkeypatch.setattr(session_memory.Runtime, "instance", lambda: runtime)
    monkeypatch.setattr(session_memory, "MOST_OF_SESSION", 10)
    monkeypatch.setattr(session_memory, "MOST_OF_SERVER", 30)
    return manager


def test_a_session_and_the_server_hold_only_so_many_uploads(
    client: Open, files: MemoryUploadedFileManager
) -> None:
    def put(session: str, size: int) -> int:
        status = client().put(f"/_stcore/upload_file/{session}/f", content=bytes(size)).status_code
        if status == 200:
            number = len(files.file_storage.get(session, {}))
            files.add_file(session, UploadedFileRec(f"{number}", "name", "type", bytes(size)))
        return status

    assert [put("a", size) for size in (6, 5, 4, 1)] == [200, 413, 200, 413]
    assert [put("b", 10), put("c", 10), put("d", 1)] == [200, 200, 503]
    files.remove_session_files("a")
    assert put("d", 1) == 200


def test_an_upload_of_unknown_length_is_refused(client: Open, files: MemoryUploadedFileManager) -> None:
    response = client().put("/_stcore/upload_file/a/f", content=iter([b"x"]))
    assert (response.status_code, response.text) == (411, "An upload must say how long it is.")


def test_uploads_that_come_in_at_the_same_time_count(files: MemoryUploadedFileManager) -> None:
    limit = session_memory.UploadLimit()
    scope = {
        "type": "http",
        "method": "PUT",
        "path": "/_stcore/upload_file/a/f",
        "headers": [(b"content-length", b"6")],
    }
    with limit.reserved(scope) as first, limit.reserved(scope) as second:
        assert first is None
        assert second is not None
        assert second.status == 413
    with limit.reserved(scope) as again:
        assert again is None
