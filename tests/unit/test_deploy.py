"""The files of deploy/: what they name exists, and nginx keeps a visitor at one server."""

import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def test_what_the_container_copies_exists() -> None:
    lines = re.findall(
        r"^COPY --chown=1000:1000 (.+) \S+$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE
    )
    sources = [source for line in lines for source in line.split()]
    assert {"app", "model", "assets", ".streamlit", "constraints.txt"} <= set(sources)
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_compose_builds_that_container_and_leaves_the_scheduler_inside() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for service in services.values():
        build = service["build"]
        assert (DEPLOY / build["context"] / build["dockerfile"]).samefile(DEPLOY / "Containerfile")
    assert [name for name, service in services.items() if "ports" in service] == ["app"]


class Answering(BaseHTTPRequestHandler):
    """Answers with the port of its server."""

    def do_GET(self) -> None:
        body = str(self.server.server_address[1]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def answering() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def get(url: str, cookie: str = "") -> tuple[bytes, str]:
    """The body, and the cookie that is set."""
    with urlopen(Request(url, headers={"Cookie": cookie}), timeout=10) as answer:
        return answer.read(), (answer.headers["Set-Cookie"] or "").split(";")[0]


@pytest.mark.skipif(not shutil.which("nginx"), reason="needs nginx")
def test_nginx_keeps_a_visitor_at_one_server_until_it_is_lost(tmp_path: Path) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(answering()) for _ in range(2)]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        text = (DEPLOY / "nginx.conf").read_text().replace("listen 8080", f"listen 127.0.0.1:{port}")
        for server, old in zip(servers, (8501, 8502), strict=True):
            text = text.replace(f"127.0.0.1:{old}", f"127.0.0.1:{server.server_address[1]}")
        (tmp_path / "site.conf").write_text(text)
        whole = tmp_path / "nginx.conf"
        whole.write_text(
            f"pid {tmp_path}/pid; error_log {tmp_path}/errors; events {{}}\n"
            f"http {{ access_log off; include {tmp_path}/site.conf; }}"
        )
        command = ["nginx", "-e", str(tmp_path / "errors"), "-c", str(whole)]
        subprocess.run(command, check=True, capture_output=True)
        stack.callback(subprocess.run, [*command, "-s", "stop"], check=True, capture_output=True)
        url = f"http://127.0.0.1:{port}/"
        visitors = [get(url) for _ in range(40)]
        assert len({body for body, _ in visitors}) == 2  # by chance one alone: 1 in 5e11
        assert [get(url + "page", cookie) for _, cookie in visitors] == [(body, "") for body, _ in visitors]
        servers[0].shutdown()
        servers[0].server_close()
        left = str(servers[1].server_address[1]).encode()
        assert {get(url, cookie)[0] for _, cookie in visitors} == {left}
