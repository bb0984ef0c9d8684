"""The app as a process of its own on a free port of this machine, for tests and screenshots."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def running_app(data_home: Path) -> Iterator[str]:
    """`app_process` for those who need only its address."""
    with app_process(data_home) as (url, _):
        yield url


@contextmanager
def browsed_app() -> Iterator[tuple[Browser, str]]:
    """Chromium, and the address of an app with empty folders."""
    with (
        tempfile.TemporaryDirectory() as home,
        running_app(Path(home)) as url,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield chromium, url
        chromium.close()


@contextmanager
def app_process(
    data_home: Path, port: int | None = None, **environment: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start the app, yield its address and its process, and stop it.

    Args:
        data_home: its data and cache are in there, and what it prints, in server.log.
        port: where it listens; by default any that is free.
        environment: further variables for it; its address follows STREAMLIT_SERVER_ADDRESS and
            STREAMLIT_SERVER_BASE_URL_PATH.

    Raises:
        RuntimeError: it did not answer within two minutes.
    """
    port = port or free_port()
    host = environment.get("STREAMLIT_SERVER_ADDRESS", "localhost")
    path = environment.get("STREAMLIT_SERVER_BASE_URL_PATH", "")
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}{path and '/'}{path}"
    with (data_home / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app/main.py", f"--server.port={port}"],
            cwd=ROOT,
            env={
                **os.environ,
                "XDG_DATA_HOME": str(data_home),
                "XDG_CACHE_HOME": str(data_home / "cache"),
                **environment,
            },
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_healthy(f"{url}/_stcore/health", process)
            yield url, process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if answer.read() == b"ok":
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("The app did not start.")
