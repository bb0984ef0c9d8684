"""The page Paper in a browser: figures and the whole page are taken away, and hold the page's numbers."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from model.checkpoint import load_checkpoint
from model.data.pictures import ASSETS
from model.report.author_record import author_record


def taken(page: Page, number: int, button: str, folder: Path) -> Path:
    """What the camera of a figure saves."""
    chart = page.locator(f".st-key-paper-figure-{number}")
    chart.scroll_into_view_if_needed()
    chart.hover()
    with page.expect_download() as download:
        chart.locator(f".modebar-btn[data-title^='{button}']").click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def test_figures_are_taken_away_as_png_svg_and_csv(page: Page, tmp_path: Path) -> None:
    page.goto("/paper?model=progressive&image=44&row=3&col=17")
    expect(page.get_by_test_id("paper-figure")).to_have_count(9)
    expect(page.locator(".js-plotly-plot")).to_have_count(8)  # the training of a bundled model is not known

    with Image.open(taken(page, 9, "Download plot", tmp_path)) as picture:
        assert picture.width > 1500
    page.get_by_role("radio", name="SVG").click()
    # The script runs again, and every figure is made anew: Plotly names the format only where it is PNG.
    expect(page.locator(".st-key-paper-figure-9 .modebar-btn[data-title='Download plot']")).to_be_attached()
    expect(page.locator("[data-stale='true']")).to_have_count(0)
    svg = taken(page, 6, "Download plot", tmp_path).read_text()
    assert "the author's run, test" in svg.replace("&#39;", "'")
    assert svg.count('class="js-line"') == 4  # two lines, and their two keys in the legend

    with page.expect_download() as download:
        page.locator(".st-key-paper-figure-6-csv button").click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    theirs = [float(row["error (L2 norm) with all units"]) for row in rows if row["line"].endswith("test")]
    assert theirs == pytest.approx(list(author_record().test_error))
    with page.expect_download() as download:
        page.locator(".st-key-paper-figure-1-csv button").click()
    filters = np.array(list(csv.reader(Path(download.value.path()).read_text().splitlines()))[1:])
    weights = load_checkpoint(ASSETS / "progressive.safetensors").weights
    np.testing.assert_allclose(filters[:, 1:].astype(float), weights, rtol=1e-5)


def test_the_page_as_one_file_opens_from_disk_without_a_request(page: Page, tmp_path: Path) -> None:
    page.goto("/paper?image=44&row=3&col=17")
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name="This page as one HTML file").click()
    file = tmp_path / "paper.html"
    download.value.save_as(file)
    assert file.stat().st_size < 5_000_000

    context = page.context.browser.new_context(offline=True)  # type: ignore[union-attr]
    alone = context.new_page()
    asked, faults = [], []
    alone.on("request", lambda request: asked.append(request.url) if "data:" not in request.url[:5] else None)
    alone.on("console", lambda message: faults.append(message.text))
    alone.goto(file.as_uri())
    expect(alone.locator("figure svg")).to_have_count(8)
    expect(alone.get_by_role("heading", level=2)).to_have_count(9)
    expect(alone.get_by_role("cell", name=re.compile("error at k = 1$"))).to_be_visible()
    assert asked == [file.as_uri()]
    assert faults == []
    context.close()
