"""Rank, unit and patch are one state: what moves in one place of the Explore page moves everywhere."""

import re
import shutil

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from model.analysis.population import measure_population, order_by_likeness
from model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from model.coding.decomposition import Decomposition, decompose
from model.config import ModelConfig, Rule
from model.data.pictures import ASSETS, as_patches
from model.data.sources import bundled_sample
from tests.browser.conftest import Server
from tests.browser.helpers import errors_of_patch, expect_number, messages_to_server, number, open_player

CHECKPOINT = ASSETS / "rank-order.safetensors"
WEIGHTS = load_checkpoint(CHECKPOINT).weights
FIRST_LOOK = "/?model=rank-order&split=test&image=90&row=12&col=12&k=5"


def first_patch() -> np.ndarray:
    pictures = bundled_sample().test
    position = pictures.position(90)
    assert position is not None
    return as_patches(pictures.picture(position)[None, 12:19, 12:19])


def first_code() -> Decomposition:
    return decompose(WEIGHTS, first_patch())


def pixels(player: Locator, part: str) -> list[int]:
    values: list[int] = player.locator(f"canvas[data-part={part}]").evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    )
    return values


def test_a_step_moves_pictures_curve_grid_strip_and_histogram_together(page: Page) -> None:
    player = open_player(page, FIRST_LOOK)
    grid, strip = page.get_by_test_id("filter-grid"), page.get_by_test_id("film-strip")
    order = first_code().rank_order[0]
    parts = ("reconstruction", "residual", "output", "filter")
    before = {part: pixels(player, part) for part in parts}
    marker = player.locator("circle.marker").get_attribute("cx")
    player.focus()
    page.keyboard.press("ArrowRight")
    expect(player).to_have_attribute("data-rank", "6")
    expect(player).to_have_attribute("data-unit", str(order[5]))
    for part in parts:
        assert pixels(player, part) != before[part]
    assert player.locator("circle.marker").get_attribute("cx") != marker
    expect(grid.locator("button.current")).to_have_attribute("data-unit", str(order[5]))
    expect(strip.locator("button.current")).to_have_attribute("data-unit", str(order[5]))
    expect(page.get_by_test_id("unit-answers").locator(".bar.current")).to_have_count(2)


def test_a_unit_pointed_at_in_the_grid_is_marked_everywhere(page: Page) -> None:
    player = open_player(page, FIRST_LOOK)
    unit = str(first_code().rank_order[0, 2])
    page.get_by_test_id("filter-grid").locator(f"button[data-unit='{unit}']").hover()
    strip = page.get_by_test_id("film-strip")
    expect(strip.locator("button.pointed-at")).to_have_attribute("data-unit", unit)
    expect(page.get_by_test_id("unit-answers").locator(".bar.pointed-at")).to_have_count(2)
    assert "M" in (player.locator("path.pointed-at").get_attribute("d") or "")
    page.mouse.move(0, 0)
    expect(strip.locator("button.pointed-at")).to_have_count(0)


def test_a_unit_pointed_at_in_the_strip_or_a_bar_is_marked_in_the_grid(page: Page) -> None:
    open_player(page, FIRST_LOOK)
    order = first_code().rank_order[0]
    marked = page.get_by_test_id("filter-grid").locator("button.pointed-at")
    page.get_by_test_id("film-strip").locator("button[data-unit]").nth(1).hover()
    expect(marked).to_have_attribute("data-unit", str(order[1]))
    strongest = page.get_by_test_id("unit-answers").locator("svg").first.locator(".bar:visible").last
    strongest.hover()
    expect(marked).to_have_attribute("data-unit", str(order[0]))


def test_a_bar_and_a_point_of_the_curve_go_to_their_rank(page: Page) -> None:
    player = open_player(page, FIRST_LOOK)
    bars = page.get_by_test_id("unit-answers").locator("svg").first.locator(".bar:visible")
    bars.nth(1).click()
    activations = first_code().activations[0]
    counts, edges = np.histogram(activations, 40, (0, 1))
    second = int(np.flatnonzero(counts)[1])
    expected = 1 + int((activations >= edges[second + 1]).sum())
    expect(player).to_have_attribute("data-rank", str(expected))
    chart = player.locator("svg[data-part=chart]")
    box = chart.bounding_box()
    assert box
    chart.click(position={"x": box["width"] - 13, "y": 40})  # the right end of the x axis
    expect(player).to_have_attribute("data-rank", re.compile("^16[89]$"))


def test_the_rank_where_the_error_falls_under_a_value(page: Page) -> None:
    player = open_player(page, FIRST_LOOK)
    errors = errors_of_patch(CHECKPOINT, "test", 90, 12, 12)
    for goal in (1.0, 0.5):
        player.get_by_label("Go to the rank where the error falls under").fill(str(goal))
        player.get_by_role("button", name="Go", exact=True).click()
        expect(player).to_have_attribute("data-rank", str(1 + int((errors >= goal).argmin())))
    player.get_by_label("Go to the rank where the error falls under").fill("0.01")
    player.get_by_role("button", name="Go", exact=True).click()
    expect(player.get_by_text(f"never: the least is {errors.min():.3f}")).to_be_visible()


def test_a_unit_switched_off_in_the_strip_is_left_out_of_every_sum(page: Page) -> None:
    player = open_player(page, FIRST_LOOK)
    strip = page.get_by_test_id("film-strip")
    code, patch = first_code(), first_patch()[0]
    strip.locator("button[data-unit]").nth(1).click()
    kept = [unit for unit in code.rank_order[0, :5] if unit != code.rank_order[0, 1]]
    total = sum(code.activations[0, unit] * WEIGHTS[unit] for unit in kept)
    expect_number(player, "data-error", np.linalg.norm(patch - np.clip(total, 0, 1)))
    expect(strip.locator("button.off")).to_have_attribute("data-unit", str(code.rank_order[0, 1]))
    strip.get_by_role("button", name="All units on").click()
    expect_number(player, "data-error", errors_of_patch(CHECKPOINT, "test", 90, 12, 12)[4])
    expect(strip.locator("button.off")).to_have_count(0)


def test_the_strip_shows_sums_or_units_alone(page: Page) -> None:
    open_player(page, FIRST_LOOK)
    strip = page.get_by_test_id("film-strip")
    third = strip.locator("canvas").nth(2)
    shown = "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    expect(strip.locator("button[data-unit]")).to_have_count(16)
    sums = third.evaluate(shown)
    strip.get_by_role("button", name="this unit alone").click()
    alone = np.array(third.evaluate(shown)).reshape(-1, 4)[:, :3].ravel()
    assert alone.tolist() != np.array(sums).reshape(-1, 4)[:, :3].ravel().tolist()
    code = first_code()
    unit = code.rank_order[0, 2]
    expected = np.clip(128 + 256 * code.activations[0, unit] * WEIGHTS[unit], 0, 255)
    assert abs(alone - expected).max() <= 1


def test_a_loop_starts_again_at_rank_one(page: Page) -> None:
    player = open_player(page, "/?k=1")
    player.get_by_role("button", name="Loop").click()
    player.get_by_label("Playing speed").select_option("fast")
    player.evaluate(
        "node => new MutationObserver(() => {"
        "  if (Number(node.dataset.rank) < node.highest) node.dataset.again = 'yes';"
        "  node.highest = Math.max(node.highest ?? 0, Number(node.dataset.rank));"
        "}).observe(node, { attributeFilter: ['data-rank'] })"
    )
    player.get_by_text("Play", exact=False).click()
    expect(player).to_have_attribute("data-again", "yes")


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("mean activation", lambda p: np.argsort(-p.mean_activation, kind="stable")),
        ("how often it fires", lambda p: np.argsort(-p.firing_rate.astype(np.float32), kind="stable")),
        ("mean rank", lambda p: np.argsort(p.mean_rank, kind="stable")),
        ("likeness", lambda _: order_by_likeness(WEIGHTS)),
        ("unit number", lambda _: np.arange(169)),
    ],
)
def test_the_grid_is_sorted_as_the_model_measured(page: Page, choice: str, expected) -> None:  # type: ignore[no-untyped-def]
    from app.services.pictures import measured_patches

    open_player(page)
    _, patches = measured_patches(7)
    expect(page.get_by_test_id("filter-grid").locator("button")).to_have_count(169)
    page.get_by_label("Sort by").select_option(choice)
    shown = (
        page.get_by_test_id("filter-grid")
        .locator("button")
        .evaluate_all("buttons => buttons.map(b => Number(b.dataset.unit))")
    )
    assert shown == expected(measure_population(WEIGHTS, patches)).tolist()


def test_a_filter_opens_its_unit_and_an_example_opens_its_patch(page: Page) -> None:
    player = open_player(page, FIRST_LOOK)
    unit = int(first_code().rank_order[0, 6])
    page.get_by_test_id("filter-grid").locator(f"button[data-unit='{unit}']").click()
    view = page.get_by_test_id("unit-view")
    expect(view).to_have_attribute("data-unit", str(unit))
    expect(page).to_have_url(re.compile(f"[?&]unit={unit}(&|$)"))
    expect(player).to_have_attribute("data-rank", "7")
    example = view.get_by_role("group", name="drive it most").locator("button").first
    activation = float(re.search(r"activation (\d\.\d+)", example.get_attribute("title") or "").group(1))  # type: ignore[union-attr]
    example.click()
    expect(page).not_to_have_url(re.compile("image=90&row=12&col=12"))
    page.get_by_test_id("filter-grid").locator(f"button[data-unit='{unit}']").click()
    expect(player).to_have_attribute("data-unit", str(unit))
    shown = float(player.locator("[data-part=activation]").inner_text())
    assert shown == pytest.approx(activation, abs=1e-3)
    companion = view.get_by_role("group", name="fire together").locator("button").first
    other = companion.get_attribute("data-unit")
    companion.click()
    expect(view).to_have_attribute("data-unit", other or "")


def test_dragging_the_frame_decomposes_on_the_way_and_asks_the_server_once(page: Page) -> None:
    player = open_player(page, FIRST_LOOK)
    page.wait_for_load_state("networkidle")
    sent = messages_to_server(page)
    box = page.get_by_test_id("patch-picker").locator("canvas").bounding_box()
    assert box
    pixel = box["width"] / 32
    page.mouse.move(box["x"] + 5.5 * pixel, box["y"] + 5.5 * pixel)
    page.mouse.down()
    page.mouse.move(box["x"] + 12.5 * pixel, box["y"] + 6.5 * pixel, steps=3)
    expect_number(player, "data-error", errors_of_patch(CHECKPOINT, "test", 90, 3, 9)[4])
    assert sent == []
    page.mouse.up()
    expect(page).to_have_url(re.compile("row=3&col=9"))


def test_arrow_keys_walk_the_grid_as_one_stop_of_the_tab_key(page: Page) -> None:
    open_player(page, FIRST_LOOK)
    grid = page.get_by_test_id("filter-grid")
    expect(grid.locator("button[tabindex='0']")).to_have_count(1)
    grid.locator("button").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(grid.locator("button[data-unit='14']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("unit-view")).to_have_attribute("data-unit", "14")


def test_the_tour_leads_through_five_steps_and_is_offered_but_once(page: Page) -> None:
    open_player(page)
    tour = page.get_by_test_id("tour")
    tour.get_by_role("button", name="Take the tour").click()
    for step in range(1, 6):
        expect(tour).to_have_attribute("data-step", str(step))
        expect(tour.get_by_text(f"{step} of 5")).to_be_visible()
        page.keyboard.press("Enter")
    expect(tour.get_by_role("dialog")).to_be_hidden()
    page.reload()
    expect(tour.get_by_role("button", name="Tour of this page")).to_be_visible()
    expect(tour.get_by_text("New here?")).to_be_hidden()
    tour.get_by_role("button", name="Tour of this page").click()
    page.keyboard.press("Escape")
    expect(tour.get_by_role("dialog")).to_be_hidden()


def test_population_views_open_on_request(page: Page) -> None:
    open_player(page)
    expect(page.locator(".js-plotly-plot")).to_have_count(0)
    page.get_by_text("Over all test patches").click()
    expect(page.locator(".js-plotly-plot")).to_have_count(4)


def test_steps_through_the_gallery(page: Page) -> None:
    open_player(page, FIRST_LOOK)
    page.get_by_role("button", name="Next picture").click()
    pictures = bundled_sample().test
    planes = pictures.numbers[pictures.labels == 0]
    following = planes[int(np.flatnonzero(planes == 90)[0]) + 1]
    expect(page).to_have_url(re.compile(f"image={following}(&|$)"))
    page.get_by_role("button", name="Picture before").click()
    expect(page).to_have_url(re.compile("image=90(&|$)"))
    assert number(open_player(page, page.url), "data-rank") == 5


def test_another_model_raises_no_word_about_places_it_does_not_have(page: Page, server: Server) -> None:
    config = ModelConfig(n_units=9, patch_size=11)
    weights = np.random.default_rng(0).normal(0, 0.1, (9, config.n_inputs)).astype(np.float32)
    checkpoint = Checkpoint(weights, config, Rule.PROGRESSIVE, 0, 1, "sample")
    run = server.runs / "20250101-101112-progressive"
    save_checkpoint(checkpoint, run / "checkpoint.safetensors")
    player = open_player(page, "/?model=rank-order&unit=168&k=150&row=25&col=25")
    bars = page.get_by_test_id("unit-view").locator("svg[data-part=ranks] rect.bar")
    expect(bars).to_have_count(169)
    page.get_by_label("Models trained here").select_option(run.name)
    expect(player).to_have_attribute("data-ranks", "9")
    expect(bars).to_have_count(9)
    expect(page.get_by_text("does not exist here")).to_have_count(0)
    shutil.rmtree(run)
