"""The app behind nginx, over TLS, in frames of another site, below a path and on IPv6.

Usage: python -m benchmarks.proxies   (needs nginx and openssl; takes about a minute)

Prints a line for each arrangement and exits with status 1 if one is wrong: whether the page opened in
Chromium and showed its player, whom the server took the sender for, and what became of the visitor's cookie.
"""

import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page, sync_playwright

from app.access import COOKIE
from scripts.running_app import CHROMIUM, CHROMIUM_FLAGS, app_process, free_port

USUAL = """
proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";
proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme;
"""
SOCKETS_ONLY = """
proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";
proxy_set_header Origin "";
"""
BLOCKED = "--test-third-party-cookie-phaseout"
"""Chromium then sends no cookie to a frame on another site unless it is partitioned."""


class Seen(NamedTuple):
    """What came of an arrangement.

    Attributes:
        opened: whether the page showed its player.
        one_user: whether the sender was taken for the one user.
        cookies: the visitor's, after the page was opened and after it was opened again.
    """

    opened: bool
    one_user: bool
    cookies: tuple[dict[str, object], ...]


def main() -> None:
    """Try every arrangement, print, and say by the exit status whether all is well."""
    if not shutil.which("nginx") or not shutil.which("openssl"):
        sys.exit("This needs nginx and openssl; install Debian's packages.")
    wrong = 0
    for name, (seen, expected) in arrangements():
        wrong += not expected
        print(f"{'right' if expected else 'WRONG'}  {name}: {seen}", flush=True)
    sys.exit(1 if wrong else 0)


def arrangements() -> Iterator[tuple[str, tuple[Seen, bool]]]:
    """Each by its name: what was seen, and whether it is right."""
    with started() as url:
        seen = look(url)
        yield "direct", (seen, seen.opened and seen.one_user and not seen.cookies)
        with nginx(url, USUAL) as outside:
            seen = look(outside)
            yield "usual headers", (seen, seen.opened and not seen.one_user and kept(seen, "Lax"))
        with nginx(url, USUAL, tls=True) as outside:
            seen = look(outside)
            yield "TLS", (seen, seen.opened and not seen.one_user and kept(seen, "None"))
            for name, flags in (("frame", []), ("frame, foreign cookies blocked", [BLOCKED])):
                with another_site(f"{outside}/?embed=true") as page:
                    seen = look(page, [*flags, "--ignore-certificate-errors"], server=outside)
                    yield name, (seen, seen.opened and not seen.one_user and kept(seen, "None"))
    with started(RANKSCOPE_VISITORS="many") as url, nginx(url, SOCKETS_ONLY) as outside:
        seen = look(outside)
        yield "no forwarding headers, for many", (seen, not seen.one_user and kept(seen, "Lax"))
    with started(STREAMLIT_SERVER_BASE_URL_PATH="a/b") as url, nginx(url, USUAL) as outside:
        seen = look(outside)
        yield "below a path", (seen, seen.opened and not seen.one_user and kept(seen, "Lax", path="/a/b"))
    with started(STREAMLIT_SERVER_ADDRESS="::1") as url:
        seen = look(url)
        yield "IPv6", (seen, seen.opened and seen.one_user and not seen.cookies)


def kept(seen: Seen, same_site: str, path: str = "/") -> bool:
    """Whether one and the same cookie was there both times, with these attributes."""
    first, second = [*seen.cookies, {}, {}][:2]
    wanted = {"sameSite": same_site, "secure": same_site == "None", "httpOnly": True, "path": path}
    return wanted.items() <= first.items() and first.get("value") == second.get("value")


@contextmanager
def started(**environment: str) -> Iterator[str]:
    """The app with an empty home; yields its address."""
    with tempfile.TemporaryDirectory() as home, app_process(Path(home), None, **environment) as (url, _):
        yield url


@contextmanager
def nginx(url: str, settings: str, *, tls: bool = False) -> Iterator[str]:
    """An nginx that passes everything on to the app at `url`; yields its own address."""
    port, server = free_port(), "/".join(url.split("/")[:3])
    path = url[len(server) :]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certificate = _certificate(folder) if tls else ""
        location = f"location / {{ proxy_pass {server}; {settings} }}"
        with _serving(folder, f"listen 127.0.0.1:{port}{' ssl' if tls else ''}; {certificate} {location}"):
            yield f"{'https' if tls else 'http'}://localhost:{port}{path}"


@contextmanager
def another_site(framed: str) -> Iterator[str]:
    """A page on another site, over TLS as well, that shows `framed`; yields its address."""
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "index.html").write_text(f'<iframe src="{framed}" width="1200" height="900"></iframe>')
        with _serving(
            folder, f"listen 127.0.0.1:{port} ssl; {_certificate(folder)} location / {{ root {folder}; }}"
        ):
            yield f"https://127.0.0.1:{port}/index.html"


def _certificate(folder: Path) -> str:
    """Make one, and return the settings that name it."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return f"ssl_certificate {certificate}; ssl_certificate_key {key};"


@contextmanager
def _serving(folder: Path, server: str) -> Iterator[None]:
    """An nginx with one server, in the foreground, all of whose files are in a folder."""
    places = " ".join(
        f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {places} types {{ text/html html; }} server {{ {server} }} }}"
    )
    folder.chmod(0o755)  # its workers are another user
    with subprocess.Popen(["nginx", "-e", folder / "error.log", "-p", folder, "-c", file]) as process:
        try:
            yield
        finally:
            process.terminate()


def look(url: str, flags: list[str] | None = None, server: str = "") -> Seen:
    """Open a page twice in Chromium.

    Args:
        url: of the page, or of one that frames it.
        flags: more of Chromium's.
        server: the app's address, if that is another one.
    """
    flags = ["--ignore-certificate-errors"] if flags is None else flags
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*CHROMIUM_FLAGS, *flags])
        context = chromium.new_context(ignore_https_errors=True)
        page = context.new_page()
        opened = _opens(page, url)
        cookies = [each for each in context.cookies() if each.get("name") == COOKIE]
        opened = _opens(page, url) and opened
        cookies += [each for each in context.cookies() if each.get("name") == COOKIE]
        chromium.close()
    return Seen(opened, _is_one_user(server or url), tuple(dict(each) for each in cookies))


def _opens(page: Page, url: str) -> bool:
    """Whether the player comes, on the page or in its frame."""
    page.goto(url)
    part = page.frame_locator("iframe") if url.endswith("index.html") else page
    try:
        part.get_by_test_id("rank-player").first.wait_for(timeout=30_000)
    except Exception as error:
        print(f"  {error}"[:300], file=sys.stderr)
        return False
    return True


def _is_one_user(url: str) -> bool:
    """Whether the server shows its metrics, which only the one user sees."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(f"{url}/_stcore/metrics", context=trusting) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return False


if __name__ == "__main__":
    main()
