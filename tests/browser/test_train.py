import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from model.checkpoint import load_checkpoint
from model.config import ModelConfig, TrainingConfig
from model.runs import load_state, open_run, read_metrics
from model.sources import bundled_sample
from model.training import train
from scripts.running_app import app_process, running_app
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
    page.get_by_text("More settings").click()
    field = page.get_by_role("spinbutton", name=label)
    field.fill(value)
    field.press("Enter")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text(sentence)).to_be_visible()
    expect(page.get_by_test_id("loss-chart")).to_be_visible()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()


def take_tiny_preset(page: Page) -> None:
    page.get_by_label("Start from").click()
    page.get_by_role("option", name="Tiny, 5 x 5").click()
    expect(page.get_by_role("spinbutton", name="Patches to learn from")).to_have_value("100000")


def test_a_pause_holds_the_training_until_it_goes_on(page: Page) -> None:
    page.goto("/train")
    expect(page.get_by_test_id("loss-chart")).to_be_visible()
    set_patches(page, 100_000_000)
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("button", name="Pause").click()
    held = page.get_by_text("· paused")
    expect(held).to_be_visible()
    words = held.inner_text()
    page.wait_for_timeout(1500)  # three ticks of the page
    assert held.inner_text() == words
    page.get_by_role("button", name="Go on").click()
    expect(held).to_be_hidden()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped:")).to_be_visible()


def test_a_preset_fills_in_its_settings(page: Page) -> None:
    page.goto("/train")
    take_tiny_preset(page)
    page.get_by_text("More settings").click()
    expect(page.get_by_role("spinbutton", name="Patch size")).to_have_value("5")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("Finished:")).to_be_visible()
    expect(page.get_by_test_id("filter-grid").locator("button")).to_have_count(64)


def test_a_folder_that_is_not_there_is_answered_with_one_sentence(page: Page) -> None:
    page.goto("/train")
    page.get_by_text("More settings").click()
    page.get_by_label("Pictures", exact=True).click()
    page.get_by_role("option", name="A folder on the server").click()
    field = page.get_by_label("Folder with pictures")
    field.fill("/nowhere/at/all")
    field.press("Enter")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("There is no folder '/nowhere/at/all'")).to_be_visible()


def test_a_run_is_deleted_and_brought_back(page: Page, server: Server) -> None:
    page.goto("/train")
    take_tiny_preset(page)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("Finished:")).to_be_visible()
    newest = max(path.parent.name for path in server.runs.glob("*/checkpoint.safetensors"))
    row = page.locator(f"tr[data-run='{newest}']")
    expect(row).to_have_attribute("data-state", "finished")
    row.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    assert not (server.runs / newest).exists()
    page.get_by_role("button", name=f"Undo {newest}").click()
    expect(row).to_have_attribute("data-state", "finished")
    assert (server.runs / newest / "checkpoint.safetensors").exists()


def test_a_training_is_replayed_in_the_browser_and_its_link_reopens_it(page: Page, server: Server) -> None:
    page.goto("/train")
    take_tiny_preset(page)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("Finished:")).to_be_visible()
    scrubber = page.get_by_test_id("time-scrubber")
    expect(scrubber).to_have_attribute("data-seen", "100000")
    newest = max(path.parent for path in server.runs.glob("*/checkpoint.safetensors"))
    rows = read_metrics(open_run(newest))
    assert number(scrubber, "data-error") == pytest.approx(rows[-1]["test"]["final_error"], abs=1e-5)
    page.wait_for_load_state("networkidle")
    picture = "c => c.toDataURL()"
    filters = scrubber.locator("canvas[data-part=filters]")
    at_the_end = filters.evaluate(picture)
    scrubber.focus()
    page.keyboard.press("Home")
    expect(scrubber).to_have_attribute("data-seen", "0")
    assert number(scrubber, "data-error") == pytest.approx(rows[0]["test"]["final_error"], abs=1e-5)
    assert filters.evaluate(picture) != at_the_end
    scrubber.get_by_label("Playing speed").select_option("fast")
    scrubber.get_by_role("button", name="Play").click()
    expect(scrubber).to_have_attribute("data-seen", "100000")
    assert filters.evaluate(picture) == at_the_end

    page.locator(f"tr[data-run='{newest.name}']").get_by_role("button", name="Replay").click()
    expect(page).to_have_url(re.compile(f"run={newest.name}"))
    page.goto(f"/train?run={newest.name}")
    expect(scrubber).to_have_attribute("data-seen", "100000")
    page.goto("/train?run=nonsense")
    expect(page.get_by_text("The link's run")).to_be_visible()


def test_a_training_whose_server_was_killed_is_resumed_from_the_page_to_the_same_weights(
    browser: Browser, tmp_path: Path
) -> None:
    config = TrainingConfig(ModelConfig(64, 5), patches=2_000_000)
    runs = tmp_path / "rankscope" / "runs"
    with app_process(tmp_path) as (url, process):
        page = browser.new_page(base_url=url)
        page.goto("/train")
        take_tiny_preset(page)
        expect(page.get_by_role("spinbutton", name="Patches to learn from")).to_have_value("100000")
        set_patches(page, config.patches)
        page.get_by_role("button", name="Train", exact=True).click()
        while not list(runs.glob("*/state.safetensors")):
            page.wait_for_timeout(50)
        process.kill()
        page.close()
    (run,) = runs.glob("*/config.json")
    kept = load_state(open_run(run.parent))
    assert kept is not None
    assert kept.patches_seen < config.patches
    with running_app(tmp_path) as url:
        page = browser.new_page(base_url=url)
        page.goto("/train")
        page.locator("tr[data-state='unfinished']").get_by_role("button", name="Resume").click()
        expect(page.get_by_text("Finished:")).to_be_visible()
        expect(page.get_by_text("2,000,000 of 2,000,000 patches")).to_be_visible()
        page.close()
    *_, alone = train(config, bundled_sample())
    resumed = load_checkpoint(run.parent / "checkpoint.safetensors")
    assert np.array_equal(resumed.weights, alone.weights)
