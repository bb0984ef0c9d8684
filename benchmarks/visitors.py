"""Many visitors at once on a server of its own: how long a click takes, and what is left when they have gone.

Usage: python -m benchmarks.visitors [VISITORS] [--minutes MINUTES] [--training]
(default: 20 visitors for 2 minutes; --training keeps one training running all the time, for a soak)

Most visitors speak the protocol of the pages without a browser, a few are real pages in Chromium. All click
patches, units and models, change pages, upload a picture, start trainings and follow them. Prints one JSON
object:
`click_s` and `page_click_s` (median, p95 and longest, of the protocol's clicks and of those in Chromium),
`errors`, `p95_by_fifth_s` (the same p95 in each fifth of the time), and resident memory in MB: `before`,
`peak`, `after` (when all have left and their sessions have ended), `by_fifth`.
"""

import argparse
import asyncio
import io
import json
import random
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from benchmarks.protocol_visitor import ProtocolVisitor
from scripts.running_app import CHROMIUM, CHROMIUM_FLAGS, app_process

THINKING = (1.0, 5.0)
"""Seconds between two actions of a visitor."""
VISITORS_A_PAGE = 10
"""One in so many is a page in Chromium."""
SECONDS_TO_LEAVE = 150
"""Streamlit keeps a session for two minutes after its page was closed."""
PATCHES_TO_LEARN = 60_000
ENDLESS = 100_000_000
MODELS = ("rank-order", "progressive", "pursuit")


class Log:
    """What was measured: when, how long, and what went wrong."""

    def __init__(self) -> None:
        self.clicks: list[tuple[float, float]] = []
        self.page_clicks: list[float] = []
        self.memory: list[tuple[float, float]] = []
        self.errors: list[str] = []


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("visitors", type=int, nargs="?", default=20)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--training", action="store_true")
    options = parser.parse_args()
    log = Log()
    with (
        tempfile.TemporaryDirectory() as home,
        app_process(Path(home), RANKSCOPE_VISITORS="many") as (url, process),
    ):
        asyncio.run(warm_up(url, Log()))
        time.sleep(SECONDS_TO_LEAVE)
        before = resident_mb(process)
        asyncio.run(
            visit(url, options.visitors, options.minutes * 60, log, process, training=options.training)
        )
        time.sleep(SECONDS_TO_LEAVE)
        after = resident_mb(process)
        assert "Traceback" not in (Path(home) / "server.log").read_text()
    print(json.dumps({"visitors": options.visitors, **figures(log), "before": before, "after": after}))


def figures(log: Log) -> dict[str, object]:
    """What `log` says, as `main` prints it."""
    fifths: list[list[float]] = [[] for _ in range(5)]
    began, ended = log.clicks[0][0], log.clicks[-1][0]
    for at, seconds in log.clicks:
        fifths[min(4, int(5 * (at - began) / (ended - began)))].append(seconds)
    return {
        "clicks": len(log.clicks),
        "click_s": summary([seconds for _, seconds in log.clicks]),
        "page_click_s": summary(log.page_clicks),
        "errors": log.errors,
        "p95_by_fifth_s": [summary(fifth)["p95"] for fifth in fifths],
        "peak": max(mb for _, mb in log.memory),
        "by_fifth": [log.memory[i * (len(log.memory) - 1) // 5][1] for i in range(6)],
    }


def summary(seconds: list[float]) -> dict[str, float]:
    """Median, p95 and the longest."""
    if not seconds:
        return {"median": float("nan"), "p95": float("nan"), "longest": float("nan")}
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return {
        "median": round(statistics.median(ordered), 3), "p95": round(p95, 3), "longest": round(ordered[-1], 3)
    }  # fmt: skip


def resident_mb(process: subprocess.Popen[bytes]) -> float:
    """Resident memory of a process in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


async def warm_up(url: str, log: Log) -> None:
    """One visitor does everything once, so that what every server loads once is loaded."""
    async with ProtocolVisitor(url) as visitor:
        for action in (explore, switch_model, look_at_picture, train):
            await action(visitor, log)
        for model in MODELS:
            await visitor.open("", model=model)


async def visit(
    url: str, count: int, seconds: float, log: Log, process: subprocess.Popen[bytes], *, training: bool
) -> None:
    """Let `count` visitors act for some seconds."""
    until = time.perf_counter() + seconds
    pages = max(1, count // VISITORS_A_PAGE)
    browser = threading.Thread(target=click_in_chromium, args=(url, pages, until, log))
    browser.start()
    visitors = [act(url, until, log, endless=training and i == 0) for i in range(count - pages)]
    await asyncio.gather(watch_memory(process, until, log), *visitors)
    await asyncio.to_thread(browser.join)


async def watch_memory(process: subprocess.Popen[bytes], until: float, log: Log) -> None:
    """Note the resident memory once a second."""
    while time.perf_counter() < until:
        log.memory.append((time.perf_counter(), resident_mb(process)))
        await asyncio.sleep(1)


async def act(url: str, until: float, log: Log, *, endless: bool) -> None:
    """One visitor: opens a page, then does one thing after another."""
    actions: dict[Callable[[ProtocolVisitor, Log], Awaitable[None]], int] = {
        explore: 12, switch_model: 3, look_at_picture: 3, train: 1,
    }  # fmt: skip
    doing = "coming"
    await asyncio.sleep(random.uniform(0, THINKING[1]))
    try:
        async with ProtocolVisitor(url) as visitor:
            if endless:
                await start_training(visitor, ENDLESS)
            while time.perf_counter() < until:
                (action,) = random.choices(list(actions), list(actions.values()))
                doing = action.__name__
                await action(visitor, log)
            doing = "leaving"
            if endless:
                await visitor.open("train")
                await visitor.press("stop")
    except Exception as error:
        log.errors.append(f"{doing}: {error!r}"[:200])


async def think() -> None:
    """Wait as people do before the next click."""
    await asyncio.sleep(random.uniform(*THINKING))


async def click(log: Log, answer: Awaitable[float]) -> None:
    """Note how long an answer takes."""
    seconds = await answer
    log.clicks.append((time.perf_counter(), seconds))
    await think()


async def explore(visitor: ProtocolVisitor, log: Log) -> None:
    """A few patches and a unit; moving through ranks sends nothing."""
    await visitor.open("")
    await think()
    for _ in range(4):
        place = {"row": random.randrange(26), "col": random.randrange(26), "move": 1}
        await click(log, visitor.trigger("picker", "place", place))
    await click(log, visitor.trigger("grid", "unit", random.randrange(169)))


async def switch_model(visitor: ProtocolVisitor, log: Log) -> None:
    """Another model, in place."""
    await visitor.open("")
    for name in random.sample(MODELS, 2):
        await click(log, visitor.trigger("model-chooser", "model", {"name": name}))


async def look_at_picture(visitor: ProtocolVisitor, log: Log) -> None:
    """A picture of one's own, and patches in it."""
    await visitor.open("image")
    noise = np.random.default_rng().integers(0, 256, (400, 600, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "JPEG")
    await visitor.upload("uploader", "own.jpg", file.getvalue())
    for _ in range(3):
        place = {"row": random.randrange(300), "col": random.randrange(500)}
        await click(log, visitor.trigger("image-player", "place", place))


async def train(visitor: ProtocolVisitor, log: Log) -> None:
    """A short training, followed as the page does it, and its snapshots as the scrubber fetches them."""
    await start_training(visitor, PATCHES_TO_LEARN)
    run = visitor.linked("run")
    if not run:  # as many of the visitor's wait as one may have: the page says so
        return
    points: list[list[float]] = []
    for _ in range(10):
        points = feed_points(await visitor.get(f"/runs/{run}/feed?after=0&seen=-1&attempt="))
        await asyncio.sleep(0.3)
    if points:  # else it waits for its turn
        await visitor.get(f"/runs/{run}/snapshots?seen={points[-1][0]:.0f}")


def feed_points(feed: bytes) -> list[list[float]]:
    """The rows of figures in an answer of a run's feed, as app/components/payload.py packs them."""
    length = int.from_bytes(feed[:4], "little")
    points: list[list[float]] = json.loads(feed[4 : 4 + length])["points"]
    return points


async def start_training(visitor: ProtocolVisitor, patches: int) -> None:
    """Start a training, in the place of an earlier one if a visitor may have no more."""
    await visitor.open("train")
    await visitor.set_number("setting patches", patches)
    await visitor.press("start")


def click_in_chromium(url: str, pages: int, until: float, log: Log) -> None:
    """Click units on real pages, one page after the other, and time each until the page shows the unit."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        opened = [chromium.new_context().new_page() for _ in range(pages)]
        try:
            for page in opened:
                page.goto(url)
                page.get_by_test_id("filter-grid").locator("button").nth(168).wait_for()
            while time.perf_counter() < until:
                for page in opened:
                    unit = random.randrange(169)
                    began = time.perf_counter()
                    page.get_by_test_id("filter-grid").locator(f"button[data-unit='{unit}']").click()
                    page.get_by_role("heading", name=f"Unit {unit}", exact=True).wait_for()
                    log.page_clicks.append(time.perf_counter() - began)
                time.sleep(random.uniform(*THINKING))
        except Exception as error:
            log.errors.append(f"in Chromium: {error!r}"[:200])
        finally:
            chromium.close()


if __name__ == "__main__":
    main()
