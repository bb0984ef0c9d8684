"""What watching a training costs, measured in Chromium against a server of its own.

Usage: python -m benchmarks.live_training [MINUTES]   (default: 1)

Prints one JSON object: `first_change_s`, from pressing Train on a warm server to the first changed filters;
`seconds_to_author`, until a model from noise has an error sum of at most 57.0 on the page; `click_idle_ms`
and `click_training_ms`, medians from a click on Explore's picture to the answer of its script run, and their
`click_ratio`; `page_speed_ratio`, patches a second with the page open and live over the command line's, taken
in turns; `server_growth_mb` and `browser_growth_mb`, over the minutes of a live page after the first half
minute; `frames_per_second` while it is live.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Locator, Page, expect, sync_playwright

from scripts.running_app import CHROMIUM, CHROMIUM_FLAGS, ROOT, app_process

CLICKS = 30
AUTHORS_SUM = 57.0
COMPARED_PATCHES = 600_000
SETTLING_SECONDS = 30
ENDLESS = 100_000_000
# From the click to the run of the script that answers it: the page's address then says the new place.
TIME_NEXT_CLICK = """() => {
  window.clickTook = 0;
  let began;
  addEventListener("pointerdown", () => (began = performance.now()), { once: true, capture: true });
  const address = location.search;
  const watch = setInterval(() => {
    if (began && location.search !== address) {
      clearInterval(watch);
      window.clickTook = performance.now() - began;
    }
  }, 1);
}"""
COUNT_FRAMES = """(seconds) => new Promise((done) => {
  let frames = 0;
  const began = performance.now();
  const step = () => {
    frames += 1;
    if (performance.now() - began < 1000 * seconds) requestAnimationFrame(step);
    else done((1000 * frames) / (performance.now() - began));
  };
  requestAnimationFrame(step);
})"""


def main() -> None:
    """Measure and print."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    report: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        with app_process(Path(home)) as (url, server):
            page = chromium.new_context(viewport={"width": 1280, "height": 800}, base_url=url).new_page()
            page.set_default_timeout(120_000)
            open_train(page)
            report |= start_to_author(page)
            report["page_speed_ratio"] = speed_ratio(page, Path(home))
            idle = click_times(page)
            feed = begin(page, ENDLESS)
            training = click_times(page)
            report["click_idle_ms"] = 1000 * statistics.median(idle)
            report["click_training_ms"] = 1000 * statistics.median(training)
            report["click_ratio"] = statistics.median(training) / statistics.median(idle)
            page.goto(f"/train?run={feed}")
            report |= growth(page, server.pid, minutes)
            page.get_by_role("button", name="Stop").click()
            wait_for_state(page, "stopped")
        chromium.close()
    print(json.dumps({name: round(figure, 3) for name, figure in report.items()}))


def open_train(page: Page) -> Locator:
    """The Train page, and its feed."""
    page.goto("/train")
    feed = page.get_by_test_id("training-feed")
    expect(feed).to_have_attribute("data-state", re.compile(r"\w"), timeout=120_000)
    page.wait_for_load_state("networkidle")
    return feed


def wait_for_state(page: Page, state: str) -> None:
    """Wait until the run that the page watches has come to a state."""
    expect(page.get_by_test_id("training-feed")).to_have_attribute("data-state", state, timeout=600_000)


def begin(page: Page, patches: int) -> str:
    """Start a training of so many patches from the Train page; its name once it runs."""
    feed = open_train(page)
    before = feed.get_attribute("data-run") or ""
    field = page.get_by_role("spinbutton", name="Patches to learn from")
    field.fill(str(patches))
    field.press("Enter")
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(feed).not_to_have_attribute("data-run", before, timeout=120_000)
    return feed.get_attribute("data-run") or ""


def start_to_author(page: Page) -> dict[str, float]:
    """A training with the default settings, from the press to the author's error."""
    feed = open_train(page)
    canvas = page.get_by_test_id("filter-grid").locator("canvas").first.element_handle()
    node = feed.element_handle()
    began = time.perf_counter()
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_function("(feed) => Number(feed.dataset.seen) > 0", arg=node, polling="raf")
    page.wait_for_function("(canvas) => canvas.width > 0", arg=canvas, polling="raf")
    first_change = time.perf_counter() - began
    enough = f"(feed) => feed.dataset.sum && Number(feed.dataset.sum) <= {AUTHORS_SUM}"
    page.wait_for_function(enough, arg=node, polling="raf")
    to_author = time.perf_counter() - began
    wait_for_state(page, "finished")
    return {"first_change_s": first_change, "seconds_to_author": to_author}


def speed_ratio(page: Page, home: Path, rounds: int = 3) -> float:
    """Patches a second of the page over those of the command line, the median of some rounds."""
    ratios = []
    for number in range(rounds):
        begin(page, COMPARED_PATCHES)
        wait_for_state(page, "finished")
        words = page.get_by_test_id("training-feed").locator("[data-part=speed]").inner_text()
        ratios.append(float(words.replace(",", "")) / command_line_speed(home / f"run{number}"))
    return statistics.median(ratios)


def command_line_speed(folder: Path) -> float:
    """Patches a second of the same training from the command line."""
    command = ["train", "--patches", str(COMPARED_PATCHES), "--out", str(folder), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "model", *command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(json.loads(done.stdout.splitlines()[-1])["patches_per_second"])


def click_times(page: Page) -> list[float]:
    """Seconds from each of some clicks on Explore's picture to the end of the script run that answers it."""
    page.goto("/?model=progressive")
    expect(page.get_by_test_id("unit-view")).to_have_attribute("data-unit", re.compile(r"\d"))
    page.wait_for_timeout(2000)  # the rest of the page, and what it warms up
    box = page.get_by_test_id("patch-picker").locator("canvas").bounding_box()
    assert box is not None
    times = []
    for i in range(CLICKS):
        page.evaluate(TIME_NEXT_CLICK)
        page.mouse.click(box["x"] + 40 + 20 * (i % 11), box["y"] + 50 + 17 * (i % 7))
        times.append(page.wait_for_function("() => window.clickTook", polling=5).json_value() / 1000)
        page.wait_for_timeout(200)  # people don't click faster
    return times


def growth(page: Page, server: int, minutes: float) -> dict[str, float]:
    """How much larger server and browser have become while the page was live, in MB; and its frame rate."""
    wait_for_state(page, "running")
    page.wait_for_timeout(1000 * SETTLING_SECONDS)
    before = resident_mb(server), browser_mb(page)
    page.wait_for_timeout(60_000 * minutes)
    frames = page.evaluate(COUNT_FRAMES, 3)
    return {
        "server_growth_mb": resident_mb(server) - before[0],
        "browser_growth_mb": browser_mb(page) - before[1],
        "frames_per_second": frames,
    }


def resident_mb(process: int) -> float:
    """Memory that a process holds."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def browser_mb(page: Page) -> float:
    """Memory that the page's script holds once its waste is collected."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")
    session.detach()
    return float(used["usedSize"] + used.get("backingStorageSize", 0)) / 1e6


if __name__ == "__main__":
    main()
