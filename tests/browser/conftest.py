"""A real server and a real Chromium for the tests of what moves."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from scripts.running_app import CHROMIUM, CHROMIUM_FLAGS, running_app

# Streamlit asks for its own health below the page's path first, and is told 404.
EXPECTED_COMPLAINTS = ("404 (Not Found)",)


@dataclass(frozen=True)
class Server:
    """A running app: where it answers and where it keeps its runs."""

    url: str
    runs: Path


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app with an empty data folder; a traceback in what it printed fails the run."""
    home = tmp_path_factory.mktemp("home")
    with running_app(home) as url:
        yield Server(url, home / "rankscope" / "runs")
    assert "Traceback" not in (home / "server.log").read_text()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium as Debian ships it."""
    expect.set_options(timeout=60_000)  # a busy machine is slow, not broken
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A fresh visitor. Fails a test whose page complained or asked anyone but the server."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=server.url)
    page = context.new_page()
    page.set_default_timeout(60_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("request", lambda r: None if is_local(r.url, server) else complaints.append(r.url))
    yield page
    context.close()
    assert [c for c in complaints if not any(known in c for known in EXPECTED_COMPLAINTS)] == []


def is_local(url: str, server: Server) -> bool:
    return url.startswith((server.url, server.url.replace("http", "ws"), "data:", "blob:"))
