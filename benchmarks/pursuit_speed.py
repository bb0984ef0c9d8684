"""How long choosing units one after another takes in the browser, beside choosing them all at once.

Usage: python -m benchmarks.pursuit_speed [ROUNDS]   (default: 3)

Prints one JSON object, by coder, `rank-order` and `pursuit`, both measured in one run in Chromium:

- `patch_ms`: a patch of a bundled picture, the median of PATCHES; `first_patch_ms`: the first one of a model.
- `picture_s`: from choosing a file of 512 x 512 to all of it (5,476 patches), the median of the rounds.
- `step_ms`: one rank step on Explore, from the movement to the end of its drawing, the median.

And of these `patch_ratio`, `picture_ratio` and `step_ratio`: pursuit's over the rank order's.
"""

import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.components import modules
from benchmarks.image_page import STEP_TIMES, STEPS, WAIT_S, open_page, photograph, upload
from model.checkpoint import load_checkpoint
from model.config import Coder
from model.data.pictures import ASSETS, cut_patches, random_corners
from model.data.sources import bundled_sample
from scripts.running_app import CHROMIUM, CHROMIUM_FLAGS, running_app

PATCHES = 400
_ENTRY = "timed_patches.js"
# A patch at a time is too short for the clock of a page: some are timed together.
_TIMED_PATCHES = """
import { encoderOf } from "./shared/encoder.js";
globalThis.timePatches = (weights, patches, inputs, coder) => {
  const encoder = encoderOf(Float32Array.from(weights), inputs, coder);
  const all = patches.map((patch) => Float32Array.from(patch));
  const began = performance.now();
  encoder.encode(all[0]);
  const first = performance.now() - began;
  const times = [];
  for (let i = 0; i < all.length; i += 20) {
    const begins = performance.now();
    for (const patch of all.slice(i, i + 20)) encoder.encode(patch);
    times.push((performance.now() - begins) / 20);
  }
  return { first, times };
};
"""


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    expect.set_options(timeout=WAIT_S * 1000)
    with (
        tempfile.TemporaryDirectory() as home,
        running_app(Path(home)) as url,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        report: dict[str, Any] = {
            coder.value: {
                **patch_times(chromium, coder),
                "picture_s": picture_seconds(chromium, url, coder, rounds),
                "step_ms": step_time(chromium, url, coder),
            }
            for coder in (Coder.RANK_ORDER, Coder.PURSUIT)
        }
        chromium.close()
    at_once, pursuit = report[Coder.RANK_ORDER.value], report[Coder.PURSUIT.value]
    for name, measured in (("patch", "patch_ms"), ("picture", "picture_s"), ("step", "step_ms")):
        report[f"{name}_ratio"] = pursuit[measured] / at_once[measured]
    print(json.dumps(report))


def patch_times(chromium: Browser, coder: Coder) -> dict[str, float]:
    """Single patches, without a page around them."""
    weights = load_checkpoint(ASSETS / "rank-order.safetensors").weights
    pictures = bundled_sample().test
    corners = random_corners(pictures, 7, PATCHES, np.random.default_rng(0))
    patches = cut_patches(pictures, corners, 7)
    page = chromium.new_page()
    page.add_script_tag(
        content=modules.linked(_ENTRY, {**modules.sources(), _ENTRY: _TIMED_PATCHES}), type="module"
    )
    page.wait_for_function("() => window.timePatches")
    times = page.evaluate(
        "([weights, patches, inputs, coder]) => timePatches(weights, patches, inputs, coder)",
        [weights.ravel().tolist(), patches.tolist(), weights.shape[1], coder.value],
    )
    page.close()
    return {"patch_ms": statistics.median(times["times"]), "first_patch_ms": times["first"]}


def picture_seconds(chromium: Browser, url: str, coder: Coder, rounds: int) -> float:
    """A whole picture on the Image page."""
    page = _opened(chromium, url)
    player = open_page(page, coder)
    seconds = [upload(page, player, photograph(512, 512, number), (512, 512)) for number in range(rounds)]
    page.close()
    return statistics.median(seconds)


def step_time(chromium: Browser, url: str, coder: Coder) -> float:
    """A step through the ranks of a patch on Explore."""
    page = _opened(chromium, url)
    page.goto(f"/?coder={coder.value}&k=1")
    player = page.get_by_test_id("rank-player")
    expect(player).to_have_attribute("data-rank", "1")
    page.wait_for_load_state("networkidle")
    times: list[float] = player.evaluate(STEP_TIMES, STEPS)
    page.close()
    return statistics.median(times)


def _opened(chromium: Browser, url: str) -> Page:
    page = chromium.new_page(viewport={"width": 1280, "height": 800}, base_url=url)
    page.set_default_timeout(WAIT_S * 1000)
    return page


if __name__ == "__main__":
    main()
