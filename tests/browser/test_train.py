"""The Train page in a browser: started, held, slowed down, stopped, replayed, and never lost."""

# Long because each way to steer a training is driven in the browser, with what these tests share.

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from model.checkpoint import load_checkpoint
from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.runs.folder import open_run, snapshot_path
from model.runs.history import recorded_points
from model.runs.metadata import rename_run
from model.runs.state import load_state
from model.training.loop import train
from scripts.running_app import app_process, running_app
from tests.browser.conftest import Server
from tests.browser.helpers import errors_of_patch, expect_number, messages_to_server, number

PICTURE = "canvas => canvas.toDataURL()"
BATCH = TrainingConfig().batch_size
"""Patches of one update."""


def open_train(page: Page, address: str = "/train") -> Locator:
    """Open the page and wait for its feed, and for its loss chart."""
    page.goto(address)
    expect(page.get_by_test_id("loss-chart").locator("path.main")).to_be_attached()
    feed = page.get_by_test_id("training-feed")
    expect(feed).to_have_attribute("data-state", re.compile(r"\w"))
    return feed


def set_patches(page: Page, count: int) -> None:
    field = page.get_by_role("spinbutton", name="Patches to learn from")
    field.fill(str(count))
    field.press("Enter")


def press_train(page: Page) -> None:
    page.get_by_role("button", name="Train", exact=True).click()


def take_tiny_preset(page: Page) -> None:
    page.get_by_label("Preset").click()
    page.get_by_role("option", name="Tiny, 5 x 5").click()
    expect(page.get_by_role("spinbutton", name="Patches to learn from")).to_have_value("100000")


def stop(page: Page) -> None:
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_test_id("training-feed")).to_have_attribute("data-state", "stopped")


def choose_speed(page: Page, words: str) -> None:
    page.get_by_label("Speed", exact=True).click()
    page.get_by_role("option", name=words, exact=True).click()


@contextmanager
def endless_training(page: Page) -> Iterator[str]:
    """Start a training that does not end, wait until it runs, yield its name; stop it whatever happens."""
    feed = page.get_by_test_id("training-feed")
    before = feed.get_attribute("data-run") or ""
    set_patches(page, 100_000_000)
    press_train(page)
    expect(feed).not_to_have_attribute("data-run", before)
    name = feed.get_attribute("data-run") or ""
    try:
        expect(feed).to_have_attribute("data-state", "running")
        yield name
    finally:
        open_train(page, f"/train?run={name}")
        stop(page)


def row_of(page: Page, run: str) -> Locator:
    return page.locator(f"tr[data-run='{run}']")


@pytest.fixture
def tiny_run(page: Page, server: Server) -> str:
    """The name of a tiny run that has just finished, watched by the page."""
    feed = open_train(page)
    take_tiny_preset(page)
    before = feed.get_attribute("data-run")
    press_train(page)
    expect(feed).not_to_have_attribute("data-run", before or "")
    expect(feed).to_have_attribute("data-state", "finished")
    name = feed.get_attribute("data-run")
    assert name is not None
    assert (server.runs / name).is_dir()
    return name


def test_a_training_moves_everything_in_place_and_afterwards_every_page_uses_the_model(
    page: Page, server: Server
) -> None:
    feed = open_train(page)
    chart = page.get_by_test_id("loss-chart").locator("svg")
    line = chart.locator("path.main")
    first_filter = page.get_by_test_id("filter-grid").locator("canvas").first
    expect(first_filter).to_be_visible()
    # The author's error, as a line that ends where the axis does, not where the author did.
    expect(chart.locator("path.level")).to_have_attribute("d", re.compile(r"^M[\d.]+ ([\d.]+)L[\d.]+ \1$"))
    set_patches(page, 400_000)
    press_train(page)
    expect(feed).to_have_attribute("data-state", "running")
    for node in (chart, line, first_filter):
        node.evaluate("node => node.dataset.mark = 'the same'")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 70, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 150, steps=3)
    page.mouse.up()
    expect(chart).to_have_attribute("data-zoomed", "true")
    ticks = chart.locator("g").first.text_content()
    lines, filters = set(), set()
    while feed.get_attribute("data-state") != "finished":
        lines.add(line.get_attribute("d"))
        filters.add(first_filter.evaluate(PICTURE))
        page.wait_for_timeout(60)
    assert len(lines) >= 3
    assert len(filters) >= 3
    for node in (chart, line, first_filter):
        expect(node).to_have_attribute("data-mark", "the same")
    assert chart.locator("g").first.text_content() == ticks  # still zoomed in to the same part
    chart.dblclick()
    expect(chart).to_have_attribute("data-zoomed", "")

    page.get_by_role("link", name="Explore").click()
    player = page.get_by_test_id("rank-player")
    expect(player).to_have_attribute("data-error", re.compile(r"\d"))
    expect(page).to_have_url(re.compile(r"model=\d{8}-\d{6}-rank-order"))
    (checkpoint,) = server.runs.glob("*/checkpoint.safetensors")
    expected = errors_of_patch(checkpoint, "test", 90, 12, 12)
    rank = int(number(player, "data-rank"))
    assert number(player, "data-error") == pytest.approx(expected[rank - 1], abs=1e-3)


def test_a_training_is_held_stepped_slowed_down_let_go_and_stopped(page: Page) -> None:
    feed = open_train(page)
    with endless_training(page):
        hold_step_and_slow_down(page, feed)
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()
    expect(page.get_by_role("button", name="Pause")).to_be_disabled()


def hold_step_and_slow_down(page: Page, feed: Locator) -> None:
    page.get_by_role("button", name="Pause").click()
    expect(feed).to_have_attribute("data-state", "paused")
    page.get_by_role("button", name="Step", exact=True).click()
    held = number(feed, "data-seen")
    page.wait_for_function("([feed, held]) => feed.dataset.seen > held", arg=[feed.element_handle(), held])
    assert number(feed, "data-seen") == held + BATCH

    choose_speed(page, "2 updates a second")
    page.get_by_role("button", name="Go on").click()
    expect(feed).to_have_attribute("data-state", "running")
    expect(feed).to_contain_text("Slow motion: 2 updates a second")
    seen = {number(feed, "data-seen")}
    while len(seen) < 4:
        seen.add(number(feed, "data-seen"))
    moves = {b - a for a, b in pairwise(sorted(seen))}
    assert min(moves) == BATCH  # single updates, unless the machine is too busy to show each
    assert all(move % BATCH == 0 for move in moves)

    choose_speed(page, "full speed")
    expect(feed).not_to_contain_text("Slow motion")
    page.wait_for_function(
        "([feed, held]) => feed.dataset.seen > held + 5000", arg=[feed.element_handle(), held]
    )
    page.get_by_role("button", name="Step size").click()
    size = page.get_by_role("spinbutton", name="Step size at the start").last
    size.fill("7")
    size.press("Enter")
    expect(page.get_by_text("must be above 0 and at most 1")).to_be_visible()
    page.keyboard.press("Escape")


def test_other_pages_stay_usable_while_a_training_runs_and_coming_back_finds_it(page: Page) -> None:
    feed = open_train(page)
    with endless_training(page) as name:
        page.goto("/?model=progressive&k=10")
        picker = page.get_by_test_id("patch-picker")
        picker.focus()
        page.keyboard.press("ArrowDown")
        expect(picker).to_have_attribute("data-row", "13")
        expect(page).to_have_url(re.compile("row=13"))
        page.goto("about:blank")
        open_train(page)
        expect(feed).to_have_attribute("data-run", name)
        expect(feed).to_have_attribute("data-state", "running")


@pytest.mark.parametrize(
    ("label", "value", "sentence"),
    [
        ("Patches to learn from", "0", "number of patches must be a whole number from 1"),
        ("Step size at the start", "-1", "step size must be above 0"),
        ("Units", "3", "number of units must be a whole number from 4 to 1,024"),
        ("Patch size", "17", "patch size must be a whole number from 3 to 16"),
    ],
)
def test_a_setting_out_of_range_is_answered_with_one_sentence(
    page: Page, label: str, value: str, sentence: str
) -> None:
    open_train(page)
    page.get_by_text("More settings").click()
    field = page.get_by_role("spinbutton", name=label)
    field.fill(value)
    field.press("Enter")
    press_train(page)
    expect(page.get_by_role("alert").get_by_text(sentence)).to_be_visible()
    expect(page.get_by_test_id("loss-chart")).to_be_visible()


def test_a_folder_that_is_not_there_is_answered_with_one_sentence(page: Page) -> None:
    open_train(page)
    page.get_by_text("More settings").click()
    page.get_by_label("Pictures", exact=True).click()
    page.get_by_role("option", name="A folder on the server").click()
    field = page.get_by_label("Folder with pictures")
    field.fill("/nowhere/at/all")
    field.press("Enter")
    press_train(page)
    expect(page.get_by_test_id("training-feed")).to_contain_text("There is no folder '/nowhere/at/all'")


def test_a_run_is_renamed_deleted_brought_back_and_its_settings_taken(
    page: Page, server: Server, tiny_run: str
) -> None:
    row = row_of(page, tiny_run)
    row.get_by_role("button", name="Rename").click()
    field = row.get_by_role("textbox")
    field.fill("Small cats")
    field.press("Enter")
    expect(row.locator(".title")).to_have_text("Small cats")
    set_patches(page, 7)
    row.get_by_role("button", name="Same settings").click()
    expect(page.get_by_role("spinbutton", name="Patches to learn from")).to_have_value("100000")
    row.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    assert not (server.runs / tiny_run).exists()
    page.get_by_role("button", name="Undo Small cats").click()
    expect(row).to_have_attribute("data-state", "finished")
    assert (server.runs / tiny_run / "checkpoint.safetensors").exists()


def test_a_run_is_taken_along_as_a_file_and_brought_in_again(
    page: Page, server: Server, tiny_run: str, tmp_path: Path
) -> None:
    with page.expect_download() as download:
        row_of(page, tiny_run).get_by_role("link", name="Export").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == f"{tiny_run}.rankscope.zip"
    page.get_by_text("Bring in a run from a file").click()
    page.locator("input[type=file]").set_input_files(file)
    expect(row_of(page, f"{tiny_run}-2")).to_have_attribute("data-state", "finished")
    expect(page.get_by_test_id("training-feed")).to_have_attribute("data-run", f"{tiny_run}-2")
    weights = [
        load_checkpoint(server.runs / n / "checkpoint.safetensors").weights
        for n in (tiny_run, f"{tiny_run}-2")
    ]
    np.testing.assert_array_equal(*weights)

    row_of(page, tiny_run).get_by_role("checkbox").click()
    chart = page.get_by_test_id("loss-chart").locator("svg")
    chart.scroll_into_view_if_needed()
    expect(chart.locator("path.other1")).to_have_attribute("d", re.compile(r"^M"))
    expect(page).to_have_url(re.compile(f"run={tiny_run}-2%2C{tiny_run}"))


def test_a_training_is_scrubbed_in_the_browser_and_a_patch_followed_through_it(
    page: Page, server: Server, tiny_run: str
) -> None:
    run = open_run(server.runs / tiny_run)
    points = recorded_points(run)
    scrubber = page.get_by_test_id("time-scrubber")
    expect(scrubber).to_have_attribute("data-seen", "100000")
    assert number(scrubber, "data-error") == pytest.approx(points[-1].test.final_error, abs=1e-5)
    page.wait_for_load_state("networkidle")
    sent = messages_to_server(page)
    filters = page.get_by_test_id("filter-grid").locator("canvas").nth(5)
    at_the_end = filters.evaluate(PICTURE)
    scrubber.focus()
    page.keyboard.press("Home")
    expect(scrubber).to_have_attribute("data-seen", "0")
    expect(scrubber).to_have_attribute("data-ready", "true")
    assert number(scrubber, "data-error") == pytest.approx(points[0].test.final_error, abs=1e-5)
    page.wait_for_function(
        f"([canvas, old]) => ({PICTURE})(canvas) !== old", arg=[filters.element_handle(), at_the_end]
    )

    player = page.get_by_test_id("rank-player")
    player.scroll_into_view_if_needed()
    expect(player).to_have_attribute("data-rank", re.compile(r"\d"))
    rank = int(number(player, "data-rank"))
    for place in ("Home", "End"):
        scrubber.focus()
        page.keyboard.press(place)
        seen = points[0 if place == "Home" else -1].patches_seen
        errors = errors_of_patch(snapshot_path(run, seen), "test", 90, 13, 13)
        player.scroll_into_view_if_needed()
        expect_number(player, "data-error", errors[rank - 1])
    assert sent == []  # none of it asked for a script run

    scrubber.focus()
    page.keyboard.press("Home")
    scrubber.get_by_label("Playing speed").select_option("fast")
    scrubber.get_by_role("button", name="Play").click()
    expect(scrubber).to_have_attribute("data-seen", "100000")
    assert filters.evaluate(PICTURE) == at_the_end

    open_train(page, f"/train?run={tiny_run}")
    expect(scrubber).to_have_attribute("data-seen", "100000")
    page.goto("/train?run=nonsense")
    expect(page.get_by_text("The link's run")).to_be_visible()


@pytest.fixture
def twins(server: Server, tiny_run: str) -> Iterator[list[str]]:
    """Two copies of `tiny_run` with one title, which has a quotation mark in it."""
    names = [f"{tiny_run}-twin{number}" for number in (1, 2)]
    for name in names:
        shutil.copytree(server.runs / tiny_run, server.runs / name)
        rename_run(server.runs, name, 'Small "cats"')
    yield names
    for name in names:
        shutil.rmtree(server.runs / name)


def test_curves_of_runs_that_are_no_longer_compared_leave_the_chart(
    page: Page, tiny_run: str, twins: list[str]
) -> None:
    open_train(page, f"/train?run={tiny_run},{','.join(twins)}")
    chart = page.get_by_test_id("loss-chart")
    chart.scroll_into_view_if_needed()
    others = chart.locator("path[class*=other]")
    expect(others).to_have_count(2)
    for curve in others.all():
        expect(curve).to_have_attribute("d", re.compile("^M.*L"))
    expect(chart.locator(".legend span[class*=other]")).to_have_text(['Small "cats"'] * 2)
    main = chart.locator("path.main")
    main.evaluate("node => node.dataset.mark = 'the same'")
    row_of(page, twins[0]).get_by_role("button", name="Watch").click()
    expect(page.get_by_test_id("training-feed")).to_have_attribute("data-run", twins[0])
    chart.scroll_into_view_if_needed()  # it is drawn while it is seen
    expect(others).to_have_count(0)
    expect(main).to_have_attribute("data-mark", "the same")


def test_a_damaged_snapshot_is_called_damaged(
    page: Page, server: Server, tiny_run: str, twins: list[str]
) -> None:
    first, second, *_ = recorded_points(open_run(server.runs / twins[0]))
    snapshot_path(open_run(server.runs / twins[0]), first.patches_seen).write_bytes(b"nothing")
    open_train(page, f"/train?run={twins[0]}")
    scrubber = page.get_by_test_id("time-scrubber")
    expect(scrubber).to_have_attribute("data-ready", "true")
    scrubber.focus()
    page.keyboard.press("Home")
    expect(scrubber).to_have_attribute("data-seen", "0")
    expect(scrubber).to_contain_text("filters damaged")
    expect(scrubber).to_have_attribute("data-ready", "damaged")
    page.keyboard.press("ArrowRight")
    expect(scrubber).to_have_attribute("data-seen", str(second.patches_seen))
    expect(scrubber).to_have_attribute("data-ready", "true")
    expect(scrubber).not_to_contain_text("filters")


def test_the_map_of_errors_is_taken_away(page: Page, server: Server, tiny_run: str, tmp_path: Path) -> None:
    chart = page.get_by_test_id("error-map").locator("figure").first
    chart.scroll_into_view_if_needed()
    drawn = chart.locator("svg[data-part=map]")  # while it is out of sight, an earlier run's map stays
    expect(drawn).to_have_attribute("data-run", tiny_run)
    expect(drawn).to_have_attribute("data-seen", "100000")
    expect(chart.locator("image")).to_have_attribute("href", re.compile("^data:image/png"))
    files = {}
    for kind in ("CSV", "PNG", "SVG"):
        chart.get_by_label("Take this figure away").click()
        with page.expect_download() as download:
            chart.get_by_role("button", name=kind).click()
        files[kind] = tmp_path / f"map.{kind.lower()}"
        download.value.save_as(files[kind])
    names, *rows = (line.split(",") for line in files["CSV"].read_text().splitlines())
    assert names == ['"patches seen"', '"rank k"', '"error (L2 norm)"']
    points = recorded_points(open_run(server.runs / tiny_run))
    assert len(rows) == len(points) * 64
    assert [float(figure) for figure in rows[-1]] == pytest.approx([100_000, 64, points[-1].test.final_error])
    with Image.open(files["PNG"]) as picture:
        colours = picture.convert("RGB").getcolors(1 << 24)
    assert picture.width == 2400
    assert colours is not None
    dark = sum(count for count, (red, green, blue) in colours if blue > red > green and red < 90)
    assert dark > 0.1 * picture.width * picture.height  # most of the map is the dark end of its scale
    assert "and more (light)" in files["SVG"].read_text()


def test_a_training_under_way_is_scrubbed_too(page: Page) -> None:
    feed = open_train(page)
    with endless_training(page):
        expect(page.get_by_test_id("loss-chart")).to_have_attribute(
            "data-points", re.compile(r"^([5-9]|\d\d+)$")
        )
        scrubber = page.get_by_test_id("time-scrubber")
        scrubber.focus()
        page.keyboard.press("Home")
        expect(scrubber).to_have_attribute("data-seen", "0")
        expect(scrubber).to_have_attribute("data-ready", "true")
        seen = number(feed, "data-seen")
        page.wait_for_function(
            "([feed, seen]) => feed.dataset.seen > seen", arg=[feed.element_handle(), seen]
        )
        expect(scrubber).to_have_attribute("data-seen", "0")
        scrubber.focus()
        page.keyboard.press("End")
        expect(scrubber).not_to_have_attribute("data-seen", "0")


def test_a_training_whose_server_was_killed_is_resumed_from_the_page_to_the_same_weights(
    browser: Browser, tmp_path: Path
) -> None:
    config = TrainingConfig(ModelConfig(64, 5), patches=2_000_000)
    runs = tmp_path / "rankscope" / "runs"
    with app_process(tmp_path) as (url, process):
        page = browser.new_page(base_url=url)
        open_train(page)
        take_tiny_preset(page)
        set_patches(page, config.patches)
        press_train(page)
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
        feed = open_train(page, f"/train?run={run.parent.name}")
        expect(feed).to_have_attribute("data-state", "interrupted")  # it is there again, as far as it came
        expect(page.get_by_test_id("time-scrubber")).to_have_attribute("data-seen", re.compile(r"^\d+$"))
        page.locator("tr[data-state='interrupted']").get_by_role("button", name="Resume").click()
        expect(feed).to_have_attribute("data-state", "finished")
        expect(feed).to_contain_text("2 M of 2 M")
        page.close()
    *_, alone = train(config, bundled_sample())
    resumed = load_checkpoint(run.parent / "checkpoint.safetensors")
    assert np.array_equal(resumed.weights, alone.weights)


def test_of_two_visitors_each_sees_and_stops_only_their_own_and_one_waits_in_line(
    browser: Browser, tmp_path: Path
) -> None:
    with app_process(tmp_path, RANKSCOPE_VISITORS="many") as (url, _):
        ours, theirs = (browser.new_context(base_url=url).new_page() for _ in range(2))
        feeds = []
        for page in (ours, theirs):
            feed = open_train(page)
            set_patches(page, 100_000_000)
            press_train(page)
            expect(feed).to_have_attribute("data-run", re.compile(r"\d{8}"))
            feeds.append(feed)
        expect(feeds[0]).to_have_attribute("data-state", "running")
        expect(feeds[1]).to_contain_text("number 1 in line")
        names = [feed.get_attribute("data-run") or "" for feed in feeds]
        for page, theirs_not in ((ours, names[1]), (theirs, names[0])):
            expect(page.locator("tr[data-run]")).to_have_count(1)
            answer = page.request.get(f"{url}/runs/{theirs_not}/feed")
            assert answer.status == 404
            page.goto(f"/train?run={theirs_not}")
            expect(page.get_by_text("The link's run")).to_be_visible()
        ours.close()  # the training goes on without anybody watching
        again = ours.context.new_page()
        feed = open_train(again)
        expect(feed).to_have_attribute("data-run", names[0])
        stop(again)
        expect(feeds[1]).to_have_attribute("data-state", "running")
        stop(theirs)
        for page in (again, theirs):
            page.context.close()
