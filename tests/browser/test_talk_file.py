"""The talk as one file: from disk, without a network, without a server."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from app.exports.html_talk import LARGEST_TALK_HTML
from app.talk.beats import TITLES, Beat
from app.talk.talk_files import talk_as_file
from scripts.export_talk import STANDARD, main
from tests.browser.helpers import number

AUTHORS_ERROR = 0.2728


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The standard talk, as the command writes it."""
    out = tmp_path_factory.mktemp("talk") / "talk.html"
    assert main([str(out)]) == 0
    assert out.stat().st_size <= LARGEST_TALK_HTML
    return out


@pytest.fixture(params=[(1024, 768, False), (390, 844, True)], ids=["keyboard", "touch"])
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A projector, or a telephone held upright; without a network."""
    width, height, touch = request.param
    context = browser.new_context(
        viewport={"width": width, "height": height}, has_touch=touch, is_mobile=touch, offline=True
    )
    yield context
    context.close()


@pytest.fixture
def stage(context: BrowserContext, file: Path) -> Iterator[Locator]:
    """The file's stage. Fails a test whose page asked for anything or complained."""
    page = context.new_page()
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: None if request.url.startswith("blob:") else asked.append(request.url))
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(file.as_uri())
    stage = page.get_by_test_id("talk-beat")
    expect(stage).to_have_attribute("data-drawn", re.compile(r"\d"))
    yield stage
    assert asked == [file.as_uri()]
    assert faults == []


def sweep(page: Page, across: int) -> None:
    """Move a finger over the headline."""
    session = page.context.new_cdp_session(page)
    for kind, x in (("touchStart", 200), ("touchMove", 200 + across // 2), ("touchMove", 200 + across)):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": 40}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()


def act(stage: Locator, key: str, part: str) -> None:
    """Press a key, or, on a telephone, what stands for it on the stage."""
    touch = stage.page.evaluate("() => navigator.maxTouchPoints > 0")
    if not touch:
        stage.page.keyboard.press(key)
    elif part == "sweep":
        sweep(stage.page, -140)
    else:
        stage.locator(part).locator("visible=true").first.tap()


def expect_a_whole_beat(stage: Locator) -> None:
    """Nothing is cut off, nothing can be scrolled, and something is painted."""
    cut_off, scrolls, blank = stage.evaluate(
        """(root) => {
          const beat = [...root.querySelectorAll(".beat")].find((b) => !b.hidden);
          const { right, bottom, left, top } = root.querySelector(".beats").getBoundingClientRect();
          const shown = [...beat.querySelectorAll("canvas, svg, figcaption, table, .legend, dd, p, button")]
            .map((e) => [e, e.getBoundingClientRect()]).filter(([, b]) => b.width);
          const cut = shown.filter(([, b]) =>
              b.right > right + 1 || b.bottom > bottom + 1 || b.left < left - 1 || b.top < top - 1)
            .map(([e]) => e.tagName + e.className);
          const over = (e) => Math.max(e.scrollHeight - e.clientHeight, e.scrollWidth - e.clientWidth);
          const small = shown.filter(([e, b]) => /canvas|svg/i.test(e.tagName) && b.height < 8);
          return [cut, over(document.documentElement), small.map(([e]) => e.tagName + e.className)];
        }"""
    )
    assert (cut_off, scrolls, blank) == ([], 0, []), stage.get_attribute("data-name")
    expect(stage.locator("h1")).not_to_be_empty()


def test_every_beat_is_whole_and_the_file_trains_by_itself(stage: Locator) -> None:
    page = stage.page
    for beat, name in enumerate(TITLES, start=1):
        expect(stage).to_have_attribute("data-name", name)
        expect_a_whole_beat(stage)
        if name == "ranks":
            before = number(stage, "data-rank")
            page.keyboard.press("ArrowUp")
            expect(stage).to_have_attribute("data-rank", str(int(before) + 1))
        if name == "live":
            expect_to_learn(stage)
            expect_a_whole_beat(stage)
        if beat < len(TITLES):
            act(stage, "ArrowRight", "sweep")
    expect(stage).to_have_attribute("data-beat", str(len(TITLES)))


def expect_to_learn(stage: Locator) -> None:
    """Start the training, and see filters change and the error fall, live."""
    grid = stage.locator(".beat.live canvas").first
    noise = grid.evaluate("(canvas) => canvas.toDataURL()")
    act(stage, "Enter", ".beat.live .start")
    expect(stage).to_have_attribute("data-training", "live")
    first = number(stage, "data-training-error")
    stage.page.wait_for_function(
        "([stage, first]) => Number(stage.dataset.trainingError) < first / 2",
        arg=[stage.element_handle(), first],
    )
    assert grid.evaluate("(canvas) => canvas.toDataURL()") != noise
    expect(stage).to_have_attribute("data-source", "live")
    expect(stage.get_by_text("Live on this machine")).to_be_visible()


def test_help_and_blank_close_by_key_and_by_touch(stage: Locator) -> None:
    sheet = stage.get_by_role("dialog", name="All keys")
    act(stage, "?", "[data-part=help]")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_text("backstage")).to_be_hidden()
    act(stage, "Escape", "[data-part=close-keys]")
    expect(sheet).to_be_hidden()
    stage.page.keyboard.press("b")
    act(stage, ".", "[data-part=blank]")
    expect(stage.locator("[data-part=blank]")).to_be_hidden()
    stage.page.keyboard.press("m")
    expect(stage).to_have_class(re.compile("on-stage"))


def test_the_speakers_window_and_the_stage_move_each_other(browser: Browser, tmp_path: Path) -> None:
    beats = (Beat("ranks", "Look here.", "Breathe. <b>Slowly</b>."), Beat("few"), Beat("pca", "", "Be fair."))
    saved, out = tmp_path / "talk.json", tmp_path / "talk.html"
    saved.write_bytes(talk_as_file(replace(STANDARD, beats=beats)))
    assert main([str(out), "--talk", str(saved)]) == 0
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(out.as_uri())
    stage = page.get_by_test_id("talk-beat")
    expect(stage).to_have_attribute("data-drawn", re.compile(r"^1 "))
    with page.expect_popup() as opened:
        page.keyboard.press("p")
    speaker = opened.value
    faults: list[str] = []
    for each in (page, speaker):
        each.on("pageerror", lambda error: faults.append(str(error)))
        each.on("console", lambda message: faults.append(message.text))
    now, following = speaker.locator("section.now"), speaker.locator("section.next")
    expect(now).to_contain_text("1 of 3This patch, rank by rank")
    expect(now).to_contain_text("Look here.Breathe. <b>Slowly</b>.")
    expect(following).to_contain_text("NextFew units do most of the work")
    expect(speaker.locator("header b")).to_have_text(re.compile(r"^\d+:\d\d$"))
    expect(stage).not_to_contain_text("Breathe")

    speaker.keyboard.press("PageDown")  # as a remote control does it
    expect(stage).to_have_attribute("data-drawn", re.compile(r"^2 "))
    page.keyboard.press("ArrowRight")
    expect(now).to_contain_text("3 of 3Against PCA, honestly")
    expect(now).to_contain_text("Be fair.")
    expect(following).to_contain_text("This is the last beat")
    speaker.get_by_role("button", name="Back").click()
    expect(stage).to_have_attribute("data-beat", "2")
    for shown in ("b", "."):
        speaker.keyboard.press(shown)
        expect(stage.locator("[data-part=blank]")).to_be_visible(visible=shown == "b")
    page.keyboard.press("l")
    page.mouse.move(300, 200)
    box = stage.locator("[data-part=pointer]").bounding_box()
    assert box
    assert (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) == pytest.approx((300, 200), abs=1)
    assert faults == []
    context.close()
