"""Units chosen one after another, in the browser."""

import re

import numpy as np
from playwright.sync_api import Page, expect

from model.checkpoint import load_checkpoint
from model.coding.coder import coded_errors, dictionary_for
from model.coding.picture_code import encode_picture, reconstruct_picture
from model.config import Coder
from model.data.pictures import ASSETS, as_patches
from model.data.sources import bundled_sample
from tests.browser.helpers import expect_number, number, open_player

CHECKPOINTS = {
    name: load_checkpoint(ASSETS / f"{name}.safetensors") for name in ("rank-order", "pursuit-338")
}


def errors_of_patch(model: str, coder: Coder, row: int, col: int) -> list[float]:
    pictures = bundled_sample().test
    position = pictures.position(90)
    assert position is not None
    square = pictures.picture(position)[row : row + 7, col : col + 7]
    return coded_errors(coder, CHECKPOINTS[model].weights, as_patches(square[None]))[0][0].tolist()


def test_the_switch_chooses_the_units_of_the_patch_one_after_another(page: Page) -> None:
    player = open_player(page, "/?row=3&col=5&k=5")
    expect_number(player, "data-error", errors_of_patch("rank-order", Coder.RANK_ORDER, 3, 5)[4], 1e-4)
    why = page.get_by_test_id("why-chosen")
    expect(why).to_be_hidden()
    page.get_by_test_id("stRadio").get_by_text("one after another").click()
    expect(page).to_have_url(re.compile("coder=pursuit"))
    expected = errors_of_patch("rank-order", Coder.PURSUIT, 3, 5)
    expect_number(player, "data-error", expected[4], 1e-4)
    expect(why).to_contain_text("Chosen because it takes away most of what is missing")
    expect(why.locator("figure")).to_have_count(3)
    expect(player.locator(".legend .other")).to_have_text("this patch, units chosen all at once")
    for rank in (6, 7, 8):
        player.press("ArrowRight")
        expect_number(player, "data-error", expected[rank - 1], 1e-4)
    page.go_back()
    expect(page).to_have_url(re.compile("coder=rank-order"))
    expect(why).to_be_hidden()


def test_the_runner_up_is_next_when_it_takes_away_something_else(page: Page) -> None:
    player = open_player(page, "/?coder=pursuit&row=3&col=5&k=1")
    shares = []
    for _ in range(4):
        words = page.get_by_test_id("why-chosen").locator("p").inner_text()
        shares.append(float(re.findall(r"([\d.]+) %", words)[0]))
        others = page.get_by_test_id("why-chosen").locator("figcaption").all_inner_texts()
        assert all(float(text.split(": ")[1].split(" ")[0]) <= shares[-1] for text in others)
        player.press("ArrowRight")
    assert shares[0] > 50


def test_a_model_that_learned_for_pursuit_has_no_other_curve(page: Page) -> None:
    player = open_player(page, "/?model=pursuit-338&row=3&col=5&k=4")
    expect_number(player, "data-error", errors_of_patch("pursuit-338", Coder.PURSUIT, 3, 5)[3], 1e-4)
    expect(player.locator(".legend .other")).to_be_hidden()
    expect(page.get_by_test_id("why-chosen")).to_contain_text("Chosen because")
    expect(page.get_by_text("This model learned to have its units chosen one after another.")).to_be_visible()


def test_a_whole_picture_is_rebuilt_by_pursuit_as_python_rebuilds_it(page: Page) -> None:
    page.goto("/image?coder=pursuit&image=90&k=8")
    image = page.get_by_test_id("image-player")
    expect(image).to_have_attribute("data-psnr", re.compile(r"\d"))
    pictures = bundled_sample().test
    position = pictures.position(90)
    assert position is not None
    pixels = pictures.picture(position)
    dictionary = dictionary_for(Coder.PURSUIT, CHECKPOINTS["rank-order"].weights)
    code = encode_picture(pixels, dictionary, 7, coder=Coder.PURSUIT)
    residual = (reconstruct_picture(code, dictionary, 8).astype(float) - pixels) / 256
    assert abs(number(image, "data-psnr") - -10 * np.log10((residual**2).mean())) < 0.05
    expect_number(page.get_by_test_id("rank-player"), "data-rank", 8, 0)


def test_the_talk_says_how_the_units_of_its_model_are_chosen(page: Page) -> None:
    for model, words in (
        ("rank-order", "The units line up, the strongest first"),
        ("pursuit", "one after another"),
    ):
        page.goto(f"/talk?model={model}&beat=3")
        expect(page.get_by_test_id("talk-beat")).to_contain_text(words)


def test_the_tiles_of_the_talk_are_those_of_the_chosen_coder(page: Page) -> None:
    place = (slice(3, 10), slice(5, 12))
    pictures = bundled_sample().test
    position = pictures.position(90)
    assert position is not None
    square = pictures.picture(position)[place]
    sums = []
    for coder in (Coder.RANK_ORDER, Coder.PURSUIT):
        page.goto(f"/talk?model=rank-order&coder={coder.value}&image=90&row=3&col=5&beat=3&k=4")
        stage = page.get_by_test_id("talk-beat")
        expect(stage).to_have_attribute("data-rank", "4")
        tile = stage.locator("figure", has_text="Sum of 4").locator("canvas")
        pixels = tile.evaluate("(c) => [...c.getContext('2d').getImageData(0, 0, 7, 7).data]")
        sums.append(np.reshape(pixels, (7, 7, 4))[..., :3].astype(int))
        dictionary = dictionary_for(coder, CHECKPOINTS["rank-order"].weights)
        code = encode_picture(square, dictionary, 7, coder=coder)
        np.testing.assert_allclose(sums[-1], reconstruct_picture(code, dictionary, 4), atol=1)
    assert np.abs(sums[0] - sums[1]).max() > 5


def test_the_player_is_as_wide_as_a_small_screen(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/?coder=pursuit&k=5", "/image?coder=pursuit&k=5"):
        player = open_player(page, path)
        figures = page.get_by_test_id("why-chosen").locator("figure")
        expect(figures).to_have_count(3)
        for element in (player, *figures.all()):
            box = element.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= 390
        words = player.locator("dt, .tiles figcaption")
        cut_off = "all => all.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.textContent)"
        assert words.evaluate_all(cut_off) == []
