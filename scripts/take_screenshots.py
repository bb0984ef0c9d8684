"""Make the pictures of the README anew, docs/*.png, from the app in Chromium.

Usage: python -m scripts.take_screenshots
"""

import io
import re

from PIL import Image
from playwright.sync_api import Page, expect

from model.data.pictures import ASSETS
from scripts.running_app import ROOT, browsed_app

DOCS = ROOT / "docs"


def main() -> None:
    """Take every picture."""
    DOCS.mkdir(exist_ok=True)
    expect.set_options(timeout=30_000)
    with browsed_app() as (chromium, url):
        page = chromium.new_page(viewport={"width": 1280, "height": 800}, base_url=url)
        explore(page)
        image(page)
        compare(page)
        train(page)


def explore(page: Page) -> None:
    """A patch rebuilt from ten units, in both themes, and the filters below it."""
    page.goto("/?model=progressive&split=test&image=90&row=11&col=14&k=10")
    expect(page.get_by_test_id("rank-player")).to_have_attribute("data-rank", "10")
    expect(page.get_by_test_id("filter-grid").locator("button")).to_have_count(169)
    expect(page.get_by_test_id("unit-view")).to_be_visible()
    settle(page)
    page.screenshot(path=DOCS / "explore.png")
    page.get_by_text("All filters").evaluate("node => node.scrollIntoView()")
    page.get_by_test_id("stMain").evaluate("node => node.scrollBy(0, -70)")  # out from under the menu
    settle(page)
    page.screenshot(path=DOCS / "filters.png")


def image(page: Page) -> None:
    """A picture of many pictures, its units spent where they help most."""
    page.goto("/image?model=progressive&k=8")
    player = page.get_by_test_id("image-player")
    expect(player).to_have_attribute("data-psnr", re.compile(r"\d"))
    with Image.open(ASSETS / "cifar10_sample_test.png") as sheet:
        sheet.crop((0, 0, 448, 320)).save(content := io.BytesIO(), "PNG")
    chooser = page.locator("[data-testid=stFileUploader] input[type=file]")
    chooser.set_input_files({"name": "sheet.png", "mimeType": "image/png", "buffer": content.getvalue()})
    expect(player).to_have_attribute("data-size", "448x320")
    expect(player).to_have_attribute("data-psnr", re.compile(r"\d"))
    player.get_by_role("button", name="A budget of units").click()
    settle(page)
    page.screenshot(path=DOCS / "image.png")


def compare(page: Page) -> None:
    """A model, PCA and dictionary learning: the verdict and the curves."""
    page.goto("/compare?models=progressive,pca,dictionary-learning&k=20")
    expect(page.get_by_test_id("compare-column")).to_have_count(3)
    expect(page.get_by_test_id("stProgress")).to_have_count(0)
    settle(page)
    page.screenshot(path=DOCS / "compare.png")


def train(page: Page) -> None:
    """A training half-way."""
    page.goto("/train")
    feed = page.get_by_test_id("training-feed")
    expect(feed).to_have_attribute("data-state", re.compile(r"\w"))
    page.get_by_role("button", name="Train", exact=True).click()
    half_way = "feed => feed.dataset.state === 'running' && Number(feed.dataset.seen) > 400000"
    page.wait_for_function(half_way, arg=feed.element_handle(), timeout=120_000)
    page.screenshot(path=DOCS / "train.png")
    page.get_by_role("button", name="Stop").click()
    expect(feed).to_have_attribute("data-state", "stopped")


def settle(page: Page) -> None:
    """Wait until nothing moves: scrolling and the first drawing of plots."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(700)


if __name__ == "__main__":
    main()
