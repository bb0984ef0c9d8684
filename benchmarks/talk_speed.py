"""How quick the talk is, measured in Chromium against a server of its own.

Usage: python -m benchmarks.talk_speed

Prints one JSON object: `beat_ms`, from a key to the frame that shows the beat, median and slowest over all
beats at two sizes of the screen; `filters_change_s` and `author_error_s`, from the key that starts the
training to the first new filters and to the error that the paper's author published; `training_source`,
'live' unless the machine was too slow; `html_bytes` and `html_frames_per_second` of the exported player while
its ranks are scrubbed, and `html_frame_ratio`, that against empty frames in the same run.
"""

import json
import re
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from app.services.reference_run import reference_run
from scripts.running_app import browsed_app

SIZES = ((1024, 768), (1920, 1080))
ROUNDS = 3
FRAMES = 240
LONGEST_TRAINING = 120
"""Seconds."""
# Frames a second while `step` is called in each.
COUNT_FRAMES = """([slider, frames]) => new Promise((done) => {
  let count = 0;
  let began;
  const step = () => {
    began ??= performance.now();
    if (slider) {
      slider.value = 1 + (count % Number(slider.max));
      slider.dispatchEvent(new Event("input"));
    }
    count += 1;
    if (count <= frames) requestAnimationFrame(step);
    else done((1000 * frames) / (performance.now() - began));
  };
  requestAnimationFrame(step);
})"""


def main() -> None:
    """Measure and print."""
    expect.set_options(timeout=60_000)
    with tempfile.TemporaryDirectory() as folder, browsed_app() as (chromium, url):
        figures = {
            **beats(chromium, url),
            **training(open_stage(chromium, url, SIZES[0], "/talk?beat=7")),
            **exported_player(chromium, url, Path(folder)),
        }
    print(json.dumps(figures))


def open_stage(chromium: Browser, url: str, size: tuple[int, int], address: str) -> Locator:
    """The talk, its beats prepared."""
    page = chromium.new_page(viewport={"width": size[0], "height": size[1]}, base_url=url)
    page.goto(address)
    stage = page.get_by_test_id("talk-beat")
    expect(stage).to_have_attribute("data-drawn", re.compile(r"\d"))
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1000)
    return stage


def beats(chromium: Browser, url: str) -> dict[str, Any]:
    """Walk through all beats a few times at each size."""
    times: list[float] = []
    for size in SIZES:
        stage = open_stage(chromium, url, size, "/talk")
        for _ in range(ROUNDS):
            for beat in range(1, 11):
                stage.page.keyboard.press(str(beat % 10))
                expect(stage).to_have_attribute("data-drawn", re.compile(rf"^{beat} "))
                times.append(float((stage.get_attribute("data-drawn") or "").split()[1]))
        stage.page.close()
    return {"beat_ms": round(statistics.median(times), 1), "beat_ms_slowest": max(times)}


def training(stage: Locator) -> dict[str, Any]:
    """Start the training and wait for the author's error."""
    goal = reference_run().test_error_by_rank[-1]
    began = time.perf_counter()
    stage.page.keyboard.press("Enter")
    changed = reached = None
    while reached is None and time.perf_counter() - began < LONGEST_TRAINING:
        now = time.perf_counter() - began
        if changed is None and (stage.get_attribute("data-patches") or "0") != "0":
            changed = round(now, 2)
        if float(stage.get_attribute("data-training-error") or "inf") <= goal:
            reached = round(now, 2)
        stage.page.wait_for_timeout(20)
    source = stage.get_attribute("data-source")
    stage.page.keyboard.press("s")
    stage.page.close()
    return {"filters_change_s": changed, "author_error_s": reached, "training_source": source}


def exported_player(chromium: Browser, url: str, folder: Path) -> dict[str, Any]:
    """Take the rank player away, open it from disk and scrub."""
    page = chromium.new_page(base_url=url)
    page.goto("/")
    page.get_by_role("button", name="Take away").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Player as one HTML file").click()
    file = folder / "player.html"
    download.value.save_as(file)
    page.close()
    alone = chromium.new_page()
    alone.goto(file.as_uri())
    expect(alone.get_by_test_id("rank-player")).to_have_attribute("data-error", re.compile(r"\d"))
    slider = alone.get_by_label("Rank k").element_handle()
    empty, scrubbed = frames_per_second(alone, None), frames_per_second(alone, slider)
    return {
        "html_bytes": file.stat().st_size,
        "html_frames_per_second": round(scrubbed, 1),
        "html_frame_ratio": round(scrubbed / empty, 3),
    }


def frames_per_second(page: Page, slider: object) -> float:
    """Over FRAMES frames, with the slider moved in each, if there is one."""
    return float(page.evaluate(COUNT_FRAMES, [slider, FRAMES]))


if __name__ == "__main__":
    main()
