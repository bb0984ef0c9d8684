"""What the Image page makes people wait for and what it keeps, measured in Chromium on a server of its own.

Usage: python -m benchmarks.image_page [ROUNDS]   (default: 3)

Prints one JSON object; times are medians over the rounds:

- `upload_to_rank_s`: from choosing a file of 512 x 512 to its first drawn rank, side by side (5,476 patches).
- `step_ms`, `step_ms_p95`: one slider step of that picture, from the movement to the end of its drawing.
- `budget_step_ms`: the same in a budget of units.
- `large_s`: from choosing the size 2048 x 1536 (64,460 patches) to the whole picture; `huge_s`: from
  choosing a file of 8000 x 6000 to its first rank, and `huge_large_s`: from there at 2048 x 1536.
- `upload_vs_large_ratio`: the two in the same run.
- `memory_mb`: the server's resident memory before, `at_most` and after UPLOADS pictures of 12 megapixels; and
  `grown_mb` by how much it is larger in the end. `browser_mb`: the largest of the browser's processes with
  the picture of 2048 x 1536.
"""

import io
import json
import os
import re
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect, sync_playwright

from model.config import Coder
from scripts.running_app import CHROMIUM, CHROMIUM_FLAGS, app_process

UPLOADS = 20
STEPS = 60
WAIT_S = 120
# Whether the player shows the whole of a picture of that size; looked at once a frame.
SHOWN = """(player, size) => new Promise((done) => {
  const shown = () => player.dataset.size === size && player.dataset.psnr;
  const look = () => (shown() ? done() : requestAnimationFrame(look));
  look();
})"""
STEP_TIMES = """async (player, steps) => {
  const times = [];
  player.focus();
  for (let i = 0; i < steps; i++) {
    const key = i < steps / 2 ? "ArrowRight" : "ArrowLeft";
    const began = performance.now();
    player.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    times.push(performance.now() - began);
    await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
  }
  return times;
}"""


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    expect.set_options(timeout=WAIT_S * 1000)
    with (
        tempfile.TemporaryDirectory() as home,
        app_process(Path(home)) as (url, server),
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        page = chromium.new_page(viewport={"width": 1280, "height": 800}, base_url=url)
        page.set_default_timeout(WAIT_S * 1000)
        player = open_page(page)
        report = {**memory(page, player, server.pid), **speed(page, player, rounds)}
        chromium.close()
    print(json.dumps(report))


def speed(page: Page, player: Locator, rounds: int) -> dict[str, float]:
    """Uploads, steps, and large pictures."""
    small, steps, budget_steps, large, huge, huge_large = [], [], [], [], [], []
    for number in range(rounds):
        small.append(upload(page, player, photograph(512, 512, number), (512, 512)))
        steps += player.evaluate(STEP_TIMES, STEPS)
        player.get_by_role("button", name="A budget of units").click()
        budget_steps += player.evaluate(STEP_TIMES, STEPS)
        player.get_by_role("button", name="Same rank everywhere").click()
        upload(page, player, photograph(2048, 1536, number), (512, 384))
        large.append(choose_size(page, player, (2048, 1536)))
        if number == 0:
            browser = largest_process(os.getpid())
        huge.append(upload(page, player, photograph(8000, 6000, number), (512, 384)))
        huge_large.append(choose_size(page, player, (2048, 1536)))
    return {
        "upload_to_rank_s": statistics.median(small),
        "step_ms": statistics.median(steps),
        "step_ms_p95": statistics.quantiles(steps, n=20)[-1],
        "budget_step_ms": statistics.median(budget_steps),
        "large_s": statistics.median(large),
        "huge_s": statistics.median(huge),
        "huge_large_s": statistics.median(huge_large),
        "upload_vs_large_ratio": statistics.median(small) / statistics.median(large),
        "browser_mb": browser,
    }


def memory(page: Page, player: Locator, server: int) -> dict[str, object]:
    """The server's memory over many uploads of 12 megapixels."""
    page.wait_for_timeout(10_000)  # what the server loads in the background is loaded
    before = resident_mb(server)
    most, over = [before], threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            most.append(resident_mb(server))

    watcher = threading.Thread(target=watch)
    watcher.start()
    for number in range(UPLOADS):
        # Of a size of its own each, so that one can see that the new one is shown.
        upload(page, player, photograph(4000, 3000 - 8 * number, number), (512, 384 - number))
    over.set()
    watcher.join()
    page.wait_for_timeout(2000)
    after = resident_mb(server)
    return {
        "memory_mb": {"before": before, "at_most": max(most), "after": after},
        "grown_mb": after - before,
    }


def open_page(page: Page, coder: Coder = Coder.RANK_ORDER) -> Locator:
    """The Image page's player with a model and a coder, once it shows something."""
    page.goto(f"/image?model=progressive&coder={coder.value}&k=10")
    player = page.get_by_test_id("image-player")
    expect(player).to_have_attribute("data-psnr", re.compile(r"\d"))
    page.wait_for_load_state("networkidle")
    return player


def upload(page: Page, player: Locator, file: FilePayload, size: tuple[int, int]) -> float:
    """Choose a file; return the seconds until the player shows all of it at `size`."""
    chooser = page.locator("[data-testid=stFileUploader] input[type=file]")
    # A picture of the same size as the last is told apart by the player's beginning anew.
    player.evaluate("player => delete player.dataset.size")
    began = time.perf_counter()
    chooser.set_input_files(file)
    player.evaluate(SHOWN, "x".join(map(str, size)))
    return time.perf_counter() - began


def choose_size(page: Page, player: Locator, size: tuple[int, int]) -> float:
    """Choose a size from the list; return the seconds until the player shows all of it."""
    page.get_by_label("Size (the file").click()
    option = page.get_by_role("option", name=f"{size[0]} x {size[1]}:")
    expect(option).to_be_visible()
    began = time.perf_counter()
    option.click()
    player.evaluate(SHOWN, "x".join(map(str, size)))
    return time.perf_counter() - began


def photograph(width: int, height: int, number: int) -> FilePayload:
    """A JPEG with shapes, shades and grain, so that it is about as large as one from a camera."""
    rng = np.random.default_rng(number)
    coarse = rng.integers(0, 256, (12, 16, 3), np.uint8)
    picture = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    grain = rng.integers(-6, 7, (min(height, 512), width, 1), np.int16)
    grain = np.tile(grain, (-(-height // len(grain)), 1, 1))[:height]
    buffer = io.BytesIO()
    Image.fromarray(np.clip(picture + grain, 0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=85)
    return {"name": f"photograph {number}.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}


def resident_mb(process: int) -> float:
    """A process's resident memory in MB."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def largest_process(ancestor: int) -> float:
    """The resident memory of the largest renderer below a process, in MB."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue  # it has ended meanwhile

    def below(process: int) -> bool:
        while process in parents:
            if process == ancestor:
                return True
            process = parents[process]
        return False

    found = []
    for process in parents:
        try:
            if below(process) and b"--type=renderer" in Path(f"/proc/{process}/cmdline").read_bytes():
                found.append(resident_mb(process))
        except OSError:
            continue
    return max(found, default=0.0)


if __name__ == "__main__":
    main()
