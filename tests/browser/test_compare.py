"""Compare in a browser: the verdict of the numbers, linked players, figures taken away."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from model.comparison.measured import measure_contender, verdict_of
from model.comparison.names import contenders
from model.data.pictures import ASSETS, random_patches
from model.data.sources import bundled_sample
from tests.browser.helpers import errors_of_patch, expect_number


def test_verdict_players_and_figures_have_the_numbers_of_the_model(page: Page, tmp_path: Path) -> None:
    page.goto("/compare?models=progressive,pca&image=44&row=3&col=17")
    board = page.get_by_test_id("compare-board")
    sample = bundled_sample()
    patches = random_patches(sample.test, 7, 10_000, np.random.default_rng(0))
    sides = [measure_contender(each, patches, 4096) for each in contenders(["progressive", "pca"], sample)]
    verdict = page.get_by_test_id("compare-verdict")
    expect(verdict).to_have_text(verdict_of(sides).replace("progressive", "Progressive rule", 1))

    # All columns follow one slider, without the server.
    board.get_by_role("slider", name="Components k").focus()
    expected = errors_of_patch(ASSETS / "progressive.safetensors", "test", 44, 3, 17)
    page.keyboard.press("Home")
    for rank in (1, 2, 3):
        expect(board).to_have_attribute("data-rank", str(rank))
        patch = board.get_by_role("img", name="The patch by Progressive rule")
        expect_number(patch, "data-error", expected[rank - 1])
        page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"[?&]k=4(&|$)"))

    figures = {}
    chart = board.locator(".figure").first
    board.get_by_label("logarithmic up").check()
    for kind in ("CSV", "SVG", "PNG"):
        chart.get_by_label("Take this figure away").click()
        with page.expect_download() as download:
            chart.get_by_role("button", name=kind).click()
        figures[kind] = tmp_path / download.value.suggested_filename
        download.value.save_as(figures[kind])
    rows = list(csv.DictReader(figures["CSV"].read_text().splitlines()))
    assert len(rows) == 2 * 169
    ours = [float(row["mean error"]) for row in rows if row["side"] == "Progressive rule"]
    assert ours == pytest.approx(sides[0].mean, abs=1e-5)
    assert figures["SVG"].read_text().count("<path") >= 2
    with Image.open(figures["PNG"]) as picture:
        assert picture.width == 2400

    with page.expect_download() as download:
        page.get_by_role("button", name="All numbers as JSON").click()
    told = json.loads(Path(download.value.path()).read_text())
    assert told["models"]["pca"]["error_by_rank"][19] == pytest.approx(sides[1].mean[19])


def test_a_third_side_is_chosen_from_the_list_and_the_link_keeps_it(page: Page) -> None:
    page.goto("/compare?models=progressive,dct")
    verdict = page.get_by_test_id("compare-verdict")
    expect(verdict.locator("p")).to_have_count(1)
    chooser = page.get_by_role("combobox", name="Third")
    chooser.click()
    chooser.fill("Top-k")
    page.get_by_role("option", name="Top-k autoencoder", exact=True).click()
    expect(verdict.locator("p")).to_have_count(3)
    expect(page.get_by_test_id("compare-column")).to_have_count(3)
    expect(page).to_have_url(re.compile("models=progressive%2Cdct%2Ctopk-sae"))
    page.go_back()
    expect(page.get_by_test_id("compare-column")).to_have_count(2)
