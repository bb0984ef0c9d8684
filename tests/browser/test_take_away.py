import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from model.config import Coder
from model.data.pictures import ASSETS
from tests.browser.helpers import errors_of_patch, number

# As browsers do with a frame from elsewhere.
NOTHING_KEPT = """for (const kind of ["sessionStorage", "localStorage"])
  Object.defineProperty(window, kind, { get() { throw new DOMException("denied", "SecurityError"); } });
"""
RANK_ORDER = ASSETS / "rank-order.safetensors"


@pytest.mark.parametrize("coder", Coder)
def test_the_html_player_opens_from_disk_without_a_request(page: Page, tmp_path: Path, coder: Coder) -> None:
    page.goto(f"/?row=3&col=17&image=44&coder={coder.value}")
    page.get_by_role("button", name="Take away").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Player as one HTML file").click()
    file = tmp_path / "player.html"
    download.value.save_as(file)
    assert file.stat().st_size <= 500_000

    context = page.context.browser.new_context(offline=True)  # type: ignore[union-attr]
    alone = context.new_page()
    asked, faults = [], []
    alone.on("request", lambda request: asked.append(request.url))
    alone.on("console", lambda message: faults.append(message.text))
    alone.on("pageerror", lambda error: faults.append(str(error)))
    alone.goto(file.as_uri())
    player = alone.get_by_test_id("rank-player")
    expected = errors_of_patch(RANK_ORDER, "test", 44, 3, 17, coder)
    alone.get_by_label("Rank k").focus()
    alone.keyboard.press("Home")
    for rank in range(1, 31):
        expect(player).to_have_attribute("data-rank", str(rank))
        assert number(player, "data-error") == pytest.approx(expected[rank - 1], abs=1e-3)
        alone.keyboard.press("ArrowRight")
    assert asked == [file.as_uri()]
    assert faults == []
    context.close()


def test_a_chart_is_taken_away_as_csv_svg_and_png(page: Page, tmp_path: Path) -> None:
    page.goto("/?row=3&col=17&image=44&k=10")
    player = page.get_by_test_id("rank-player")
    expect(player).to_have_attribute("data-rank", "10")
    files = {}
    for kind in ("CSV", "SVG", "PNG"):
        player.get_by_label("Take this figure away").click()
        with page.expect_download() as download:
            player.get_by_role("button", name=kind).click()
        files[kind] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[kind])

    lines = [line.rsplit(",", 2) for line in files["CSV"].read_text().splitlines()]
    assert lines[0] == ['"series"', '"rank k: number of units summed"', '"error"']
    patch = [float(error) for name, _, error in lines if name == '"patch"']
    assert patch == pytest.approx(errors_of_patch(RANK_ORDER, "test", 44, 3, 17).tolist(), abs=1e-3)

    alone = page.context.new_page()
    alone.goto(files["SVG"].as_uri())
    line = alone.locator("[data-key='series patch']")
    assert (line.get_attribute("d") or "").count("L") == len(patch) - 1
    assert line.evaluate("node => getComputedStyle(node).stroke") == "rgb(0, 95, 158)"
    assert alone.get_by_text("this patch", exact=True).count() == 1

    picture = Image.open(files["PNG"]).convert("RGB")
    assert picture.width == 2400
    assert (0, 95, 158) in {colour for _, colour in picture.getcolors(1 << 24) or []}


@pytest.mark.parametrize(
    ("address", "attribute"),
    [
        ("/?embed=true", "data-error"),
        ("/talk?embed=true&beat=3", "data-drawn"),
        ("/image?embed=true", "data-psnr"),
    ],
)
def test_a_player_fits_a_frame_in_somebodys_page(page: Page, address: str, attribute: str) -> None:
    page.set_viewport_size({"width": 800, "height": 600})
    page.add_init_script(NOTHING_KEPT)
    page.goto(address)
    shown = page.locator(
        "[data-testid=rank-player], [data-testid=image-player], [data-testid=talk-beat]"
    ).first
    expect(shown).to_have_attribute(attribute, re.compile(r"\d"))
    expect(page.get_by_role("link", name="Train")).to_have_count(0)
    box = shown.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 800
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("node => node.scrollWidth - node.clientWidth") <= 0
