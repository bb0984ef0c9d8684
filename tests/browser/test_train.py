import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server
from tests.browser.helpers import errors_of_patch, number, open_player


def set_patches(page: Page, count: int) -> None:
    field = page.get_by_role("spinbutton", name="Patches to learn from")
    field.fill(str(count))
    field.press("Enter")


def test_a_training_moves_the_chart_in_place_and_afterwards_every_page_uses_the_model(
    page: Page, server: Server
) -> None:
    page.goto("/train")
    chart = page.get_by_test_id("loss-chart")
    line = chart.locator("path.main")
    expect(line).to_be_attached()
    set_patches(page, 300_000)
    chart.evaluate("node => node.dataset.mark = 'the same chart'")
    line.evaluate("node => node.dataset.mark = 'the same line'")
    page.get_by_role("button", name="Train", exact=True).click()
    drawn = set()
    first_filters = page.get_by_test_id("filter-grid").locator("canvas").first
    while not page.get_by_text("Finished:").is_visible():
        drawn.add(line.get_attribute("d"))
        page.wait_for_timeout(100)
    assert len(drawn) >= 5
    expect(chart).to_have_attribute("data-mark", "the same chart")
    expect(line).to_have_attribute("data-mark", "the same line")
    expect(first_filters).to_be_visible()
    expect(page.get_by_text("patches a second")).to_be_visible()

    page.get_by_role("link", name="Explore").click()
    player = page.get_by_test_id("rank-player")
    expect(player).to_have_attribute("data-error", re.compile(r"\d"))
    expect(page).to_have_url(re.compile(r"model=\d{8}-\d{6}-rank-order"))
    (checkpoint,) = server.runs.glob("*/checkpoint.safetensors")
    expected = errors_of_patch(checkpoint, "test", 90, 12, 12)
    rank = int(number(player, "data-rank"))
    assert number(player, "data-error") == pytest.approx(expected[rank - 1], abs=1e-3)


def test_stop_ends_a_training_and_keeps_what_it_learned(page: Page) -> None:
    page.goto("/train")
    expect(page.get_by_test_id("loss-chart")).to_be_visible()
    set_patches(page, 100_000_000)
    page.get_by_role("button", name="Train", exact=True).click()
    chart = page.get_by_test_id("loss-chart")
    expect(chart).to_have_attribute("data-points", re.compile(r"^([2-9]|\d\d+)$"), timeout=120_000)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped:")).to_be_visible()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()


def test_other_pages_stay_usable_while_a_training_runs(page: Page) -> None:
    page.goto("/train")
    expect(page.get_by_test_id("loss-chart")).to_be_visible()
    set_patches(page, 100_000_000)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_role("button", name="Stop")).to_be_enabled()
    player = open_player(page, "/?model=progressive&k=10")
    picker = page.get_by_test_id("patch-picker")
    picker.focus()
    page.keyboard.press("ArrowDown")
    expect(picker).to_have_attribute("data-row", "13")
    expect(page).to_have_url(re.compile("row=13"))
    assert np.isfinite(number(player, "data-error"))
    page.goto("/train")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()


@pytest.mark.parametrize(
    ("label", "value", "sentence"),
    [
        ("Patches to learn from", "0", "number of patches must be a whole number from 1"),
        ("Step size at the start", "-1", "step size must be above 0"),
        ("Seed", "-3", "seed must be a whole number from 0"),
    ],
)
def test_a_setting_out_of_range_is_answered_with_one_sentence(
    page: Page, label: str, value: str, sentence: str
) -> None:
    page.goto("/train")
    field = page.get_by_role("spinbutton", name=label)
    field.fill(value)
    field.press("Enter")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text(sentence)).to_be_visible()
    expect(page.get_by_test_id("loss-chart")).to_be_visible()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
