"""How long the Explore page makes people wait, measured in Chromium against a server of its own.

Usage: python -m benchmarks.page_speed [STARTS]   (default: 5)

Prints one JSON object, medians: `start_to_player_s`, from starting the server to the first player drawn;
`visit_to_player_s`, the same for the next visitor; `click_ms` and `click_ms_p95`, from a click on the picture
to the new decomposition; `start_to_click_ratio`, the two in the same run.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from scripts.running_app import CHROMIUM, CHROMIUM_FLAGS, running_app

CLICKS = 50
ERROR_CHANGED = "([node, before]) => node.dataset.error !== before"


def main() -> None:
    """Measure and print."""
    starts = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    first, next_visit, clicks = [], [], []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        for _ in range(starts):
            with tempfile.TemporaryDirectory() as home:
                began = time.perf_counter()
                with running_app(Path(home)) as url:
                    open_page(chromium, url).context.close()
                    first.append(time.perf_counter() - began)
                    began = time.perf_counter()
                    page = open_page(chromium, url)
                    next_visit.append(time.perf_counter() - began)
                    clicks += click_times(page, CLICKS // starts)
                    page.context.close()
        chromium.close()
    report = {
        "start_to_player_s": statistics.median(first),
        "visit_to_player_s": statistics.median(next_visit),
        "click_ms": 1000 * statistics.median(clicks),
        "click_ms_p95": 1000 * statistics.quantiles(clicks, n=20)[-1],
        "start_to_click_ratio": statistics.median(first) / statistics.median(clicks),
    }
    print(json.dumps(report))


def open_page(chromium: Browser, url: str) -> Page:
    """A fresh visitor's page, as soon as its rank player shows an error."""
    page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(url)
    player(page).and_(page.locator("[data-error]")).wait_for()
    return page


def player(page: Page) -> Locator:
    """The rank player."""
    return page.get_by_test_id("rank-player")


def click_times(page: Page, count: int) -> list[float]:
    """Seconds from each of some clicks on the picture to the new patch's error."""
    expect(page.locator(".js-plotly-plot")).to_have_count(2)  # the page is at rest
    box = page.get_by_test_id("patch-picker").locator("canvas").bounding_box()
    assert box is not None
    times = []
    handle = player(page).element_handle()
    for i in range(count):
        before = player(page).get_attribute("data-error")
        began = time.perf_counter()
        page.mouse.click(box["x"] + 40 + 20 * (i % 12), box["y"] + 50 + 17 * (i % 11))
        page.wait_for_function(ERROR_CHANGED, arg=[handle, before], polling="raf")
        times.append(time.perf_counter() - began)
        page.wait_for_load_state("networkidle")
    return times


if __name__ == "__main__":
    main()
