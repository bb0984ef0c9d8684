"""How long the Explore page makes people wait, measured in Chromium against a server of its own.

Usage: python -m benchmarks.page_speed [STARTS]   (default: 5)

Prints one JSON object, medians: `start_to_player_s`, from starting the server to the first player drawn;
`visit_to_player_s`, the same for the next visitor; `click_ms` and `click_ms_p95`, from a click on the picture
to the new decomposition; `start_to_click_ratio`, the two in the same run; `frames_per_second` while a held
arrow key moves through the ranks, and `messages_while_held`, what that sent to the server.
"""

import json
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from scripts.running_app import CHROMIUM, CHROMIUM_FLAGS, running_app

CLICKS = 50
HELD_STEPS = 100
COUNT_FRAMES = """([player, steps]) => new Promise((done) => {
  // One key event a frame, as a held key gives at most: a step that takes longer than a frame costs frames.
  const began = performance.now();
  let frames = 0;
  const step = () => {
    player.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    frames += 1;
    if (frames < steps) requestAnimationFrame(step);
    else done((1000 * frames) / (performance.now() - began));
  };
  requestAnimationFrame(step);
})"""
# Waiting for an element through Playwright's locators is only looked at every half second in the end.
KEEP_SHADOW_ROOTS = """(() => {
  window.roots = [];
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    window.roots.push(root);
    return root;
  };
})()"""
PLAYER_DRAWN = "() => window.roots.some((r) => r.querySelector('[data-testid=rank-player][data-error]'))"
# From the pointer's touch to the frame in which the new error stands on the page.
TIME_NEXT_CLICK = """(player) => {
  window.clickTook = 0;
  let began;
  addEventListener("pointerdown", () => (began = performance.now()), { once: true, capture: true });
  const watcher = new MutationObserver(() => {
    watcher.disconnect();
    requestAnimationFrame(() => setTimeout(() => (window.clickTook = performance.now() - began)));
  });
  watcher.observe(player, { attributeFilter: ["data-error"] });
}"""


def main() -> None:
    """Measure and print."""
    starts = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    first, next_visit, clicks, frames, messages = [], [], [], [], []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        for _ in range(starts):
            with tempfile.TemporaryDirectory() as home:
                page = new_page(chromium)
                began = time.perf_counter()
                with running_app(Path(home)) as url:
                    wait_for_player(page, url)
                    first.append(time.perf_counter() - began)
                    page.context.close()
                    page = new_page(chromium)
                    began = time.perf_counter()
                    wait_for_player(page, url)
                    next_visit.append(time.perf_counter() - began)
                    clicks += click_times(page, CLICKS // starts)
                    held = hold_key(page)
                    frames.append(held[0])
                    messages.append(held[1])
                    page.context.close()
        chromium.close()
    report = {
        "start_to_player_s": statistics.median(first),
        "visit_to_player_s": statistics.median(next_visit),
        "click_ms": 1000 * statistics.median(clicks),
        "click_ms_p95": 1000 * statistics.quantiles(clicks, n=20)[-1],
        "start_to_click_ratio": statistics.median(first) / statistics.median(clicks),
        "frames_per_second": statistics.median(frames),
        "messages_while_held": sum(messages),
    }
    print(json.dumps(report))


def new_page(chromium: Browser) -> Page:
    """A fresh visitor's empty page."""
    page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script(KEEP_SHADOW_ROOTS)
    return page


def wait_for_player(page: Page, url: str) -> None:
    """Go there, and return as soon as the rank player shows an error."""
    page.goto(url, wait_until="commit")
    page.wait_for_function(PLAYER_DRAWN, polling="raf")


def player(page: Page) -> Locator:
    """The rank player."""
    return page.get_by_test_id("rank-player")


def click_times(page: Page, count: int) -> list[float]:
    """Seconds from each of some clicks on the picture to the new patch's error."""
    expect(page.get_by_test_id("unit-view")).to_have_attribute("data-unit", re.compile(r"\d"))
    page.wait_for_load_state("networkidle")
    box = page.get_by_test_id("patch-picker").locator("canvas").bounding_box()
    assert box is not None
    times = []
    handle = player(page).element_handle()
    for i in range(count):
        page.evaluate(TIME_NEXT_CLICK, handle)
        page.mouse.click(box["x"] + 40 + 20 * (i % 12), box["y"] + 50 + 17 * (i % 11))
        times.append(page.wait_for_function("() => window.clickTook").json_value() / 1000)
        page.wait_for_timeout(200)  # people don't click faster; the server answers meanwhile
    return times


def hold_key(page: Page) -> tuple[float, int]:
    """Frames a second and messages to the server while the arrow key repeats, over many ranks.

    Every repetition is a step; frames are counted as the browser draws them.
    """
    sent: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", sent.append))
    player(page).focus()
    page.keyboard.press("Home")
    page.wait_for_load_state("networkidle")
    frames = page.evaluate(COUNT_FRAMES, [player(page).element_handle(), HELD_STEPS])
    return float(frames), len(sent)


if __name__ == "__main__":
    main()
