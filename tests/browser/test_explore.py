import re

import pytest
from playwright.sync_api import Page, expect

from model.data.pictures import ASSETS
from tests.browser.helpers import errors_of_patch, expect_number, messages_to_server, number, open_player

RANK_ORDER = ASSETS / "rank-order.safetensors"
PROGRESSIVE = ASSETS / "progressive.safetensors"


def test_the_landing_page_shows_a_rebuilt_patch_without_a_click(page: Page) -> None:
    player = open_player(page)
    rank = int(number(player, "data-rank"))
    assert rank > 1
    assert number(player, "data-ranks") == 169
    expected = errors_of_patch(RANK_ORDER, "test", 90, 12, 12)
    assert number(player, "data-error") == pytest.approx(expected[rank - 1], abs=1e-3)
    expect(page.get_by_test_id("filter-grid").locator("button")).to_have_count(169)


def test_thirty_steps_of_the_slider_reach_the_server_not_once_and_show_the_models_errors(page: Page) -> None:
    sent = messages_to_server(page)
    player = open_player(page, "/?model=progressive&split=test&image=44&row=3&col=17&k=5")
    page.wait_for_load_state("networkidle")
    expected = errors_of_patch(PROGRESSIVE, "test", 44, 3, 17)
    before = len(sent)
    assert before > 0  # the page's own first messages were seen, so later ones would be too
    player.get_by_label("Rank k").focus()
    for step in range(1, 31):
        page.keyboard.press("ArrowRight")
        expect(player).to_have_attribute("data-rank", str(5 + step))
        assert number(player, "data-error") == pytest.approx(expected[4 + step], abs=1e-3)
    expect(page).to_have_url(re.compile("[?&]k=35(&|$)"))
    assert len(sent) == before


def test_every_rank_can_be_reached_by_key_and_ends_at_the_models_last_error(page: Page) -> None:
    player = open_player(page)
    expected = errors_of_patch(RANK_ORDER, "test", 90, 12, 12)
    player.focus()
    page.keyboard.press("Home")
    expect(player).to_have_attribute("data-rank", "1")
    assert number(player, "data-error") == pytest.approx(expected[0], abs=1e-3)
    page.keyboard.press("End")
    active = int((expected > expected[-1]).sum()) + 1
    expect(player).to_have_attribute("data-rank", str(active))
    assert number(player, "data-error") == pytest.approx(expected[-1], abs=1e-3)


def test_play_moves_through_the_ranks_and_pause_holds(page: Page) -> None:
    player = open_player(page, "/?k=1")
    player.get_by_label("Playing speed").select_option("fast")
    player.get_by_text("Play", exact=False).click()
    expect(player).to_have_attribute("data-rank", re.compile(r"^([6-9]|\d\d+)$"))
    player.get_by_text("Pause", exact=False).click()
    held = player.get_attribute("data-rank")
    page.wait_for_timeout(300)  # three steps at this speed would have shown
    assert player.get_attribute("data-rank") == held


def test_a_click_on_the_picture_moves_the_frame_and_decomposes_that_patch(page: Page) -> None:
    player = open_player(page, "/?k=10")
    picker = page.get_by_test_id("patch-picker")
    box = picker.bounding_box()
    assert box
    pixel = box["width"] / 32
    page.mouse.click(box["x"] + 8.5 * pixel, box["y"] + 20.5 * pixel)  # the middle of rows 17-23
    expect(picker).to_have_attribute("data-row", "17")
    expect(picker).to_have_attribute("data-col", "5")
    expected = errors_of_patch(RANK_ORDER, "test", 90, 17, 5)
    expect_number(player, "data-error", expected[9])
    expect(page).to_have_url(re.compile(r"row=17&col=5"))


def test_arrow_keys_walk_the_frame_and_stop_at_the_edge(page: Page) -> None:
    player = open_player(page, "/?row=1&col=24&k=10")
    picker = page.get_by_test_id("patch-picker")
    picker.focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(picker).to_have_attribute("data-row", "0")
    expect(picker).to_have_attribute("data-col", "25")
    expected = errors_of_patch(RANK_ORDER, "test", 90, 0, 25)
    expect_number(player, "data-error", expected[9])


def test_a_copied_link_reopens_picture_patch_rank_and_model(page: Page) -> None:
    player = open_player(page)
    page.get_by_text("Progressive rule").click()
    expect(page).to_have_url(re.compile("model=progressive"))
    page.get_by_test_id("picture-gallery").locator("button").nth(3).click()
    expect(page).not_to_have_url(re.compile("image=90"))
    page.get_by_test_id("patch-picker").focus()
    page.keyboard.press("Shift+ArrowLeft")
    expect(page).to_have_url(re.compile("col=5"))
    player.focus()
    page.keyboard.press("PageUp")
    expect(page).to_have_url(re.compile("k=30"))
    shown = number(player, "data-error")
    copied = page.url

    other = page.context.browser.new_context().new_page()  # type: ignore[union-attr]
    again = open_player(other, copied)
    expect(again).to_have_attribute("data-rank", "30")
    assert number(again, "data-error") == pytest.approx(shown, abs=1e-6)
    expect(other.get_by_test_id("patch-picker")).to_have_attribute("data-col", "5")
    other.context.close()


def test_the_model_switches_in_place(page: Page) -> None:
    player = open_player(page, "/?k=50")
    player.evaluate("node => node.dataset.mark = 'the same node'")
    page.get_by_text("Progressive rule").click()
    expected = errors_of_patch(PROGRESSIVE, "test", 90, 12, 12)
    expect_number(player, "data-error", expected[49])
    expect(player).to_have_attribute("data-mark", "the same node")
    expect(player).to_have_attribute("data-rank", "50")


def test_the_filter_of_the_rank_is_marked_and_a_click_on_a_filter_goes_to_its_rank(page: Page) -> None:
    player = open_player(page, "/?k=3")
    grid = page.get_by_test_id("filter-grid")
    marked = grid.locator("button.current")
    expect(marked).to_have_count(1)
    expect(marked.locator(".badge")).to_have_text("3")
    seventh = grid.locator("button", has=page.get_by_text("7", exact=True))
    seventh.click()
    expect(player).to_have_attribute("data-rank", "7")
    expect(marked.locator(".badge")).to_have_text("7")


def test_nonsense_in_a_link_is_left_out_with_a_notice(page: Page) -> None:
    player = open_player(page, "/?split=x&image=99999999&row=-1&col=a&k=0&model=..%2Fx&beat=<b>")
    expect(page.get_by_text("does not exist here").first).to_be_visible()
    expect(player).to_have_attribute("data-ranks", "169")
    for name in ("split", "image", "row", "col", "k", "model", "beat"):
        expect(page.get_by_text(f"The link's {name}")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 1024])
@pytest.mark.parametrize("address", ["/", "/train", "/image"], ids=["explore", "train", "image"])
def test_no_page_scrolls_sideways(page: Page, address: str, width: int, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 768})
    page.goto(address)
    expect(page.locator("[data-testid=rank-player], [data-testid=loss-chart]").first).to_be_visible()
    overflow = page.evaluate(
        "() => document.querySelector('[data-testid=stMain]').scrollWidth"
        " - document.querySelector('[data-testid=stMain]').clientWidth"
    )
    assert overflow <= 0
