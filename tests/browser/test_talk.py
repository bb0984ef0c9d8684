import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect

from app.talk.beats import TITLES, Beat
from app.talk.talk_files import beats_as_link
from model.data.pictures import ASSETS
from model.kernels.compiled import patch_errors
from model.training.recording import load_recording
from scripts.running_app import running_app
from tests.browser.conftest import Server

RANK_ORDER = ASSETS / "rank-order.safetensors"
NOT_ON_STAGE = (
    "[data-testid=stHeader], [data-testid=stAlert], [data-testid=stException], [data-testid=stDialog],"
    "[data-testid=stSpinner], [data-testid=stSkeleton], [data-testid=stStatusWidget], [role=dialog]"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: the trainings of the stage are no business of the other tests."""
    home = tmp_path_factory.mktemp("talk")
    with running_app(home) as url:
        yield Server(url, home / "rankscope" / "runs")
    assert "Traceback" not in (home / "server.log").read_text()


def open_stage(page: Page, address: str = "/talk") -> Locator:
    """Open the talk and wait until its first picture is there."""
    page.goto(address)
    stage = page.get_by_test_id("talk-beat")
    expect(stage).to_have_attribute("data-drawn", re.compile(r"\d"))
    return stage


def expect_nothing_but_the_stage(page: Page, beat: int) -> None:
    expect(page.get_by_test_id("talk-beat")).to_have_attribute("data-beat", str(beat))
    expect(page.locator(NOT_ON_STAGE).locator("visible=true")).to_have_count(0)
    overflow = page.evaluate(
        """() => {
          const over = (e) => [e.scrollHeight - e.clientHeight, e.scrollWidth - e.clientWidth];
          return over(document.documentElement);
        }"""
    )
    assert max(overflow) <= 0
    box = page.get_by_test_id("talk-beat").bounding_box()
    viewport = page.viewport_size
    assert box
    assert viewport
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, viewport["width"], viewport["height"])
    cut_off = page.get_by_test_id("talk-beat").evaluate(
        """(root) => {
          const beat = [...root.querySelectorAll(".beat")].find((b) => !b.hidden);
          const { right, bottom, left } = root.querySelector(".beats").getBoundingClientRect();
          const shown = [...beat.querySelectorAll("canvas, svg, figcaption, table, .legend, dd, p")];
          return shown.map((e) => [e.tagName + e.className, e.getBoundingClientRect()])
            .filter(([, b]) => b.width && (b.right > right + 1 || b.bottom > bottom + 1 || b.left < left - 1))
            .map(([name]) => name);
        }"""
    )
    assert cut_off == []
    expect(page.get_by_test_id("talk-beat").locator("h1")).not_to_be_empty()


class Visitor:
    """A visitor whose network can be cut off; what the browser says about that is no fault of the page."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.context = browser.new_context(base_url=server.url)
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.is_cut_off = False
        self.sockets: list[WebSocketRoute] = []
        self.page.route_web_socket(re.compile("."), self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        if self.is_cut_off:
            socket.close()
        else:
            socket.connect_to_server()
            self.sockets.append(socket)

    def cut_off(self) -> None:
        """No request any more; the browser's own offline mode leaves open sockets alone."""
        self.is_cut_off = True
        self.context.set_offline(True)
        for socket in self.sockets:
            socket.close()


@pytest.fixture
def visitor(browser: Browser, server: Server) -> Iterator[Visitor]:
    visitor = Visitor(browser, server)
    yield visitor
    visitor.context.close()
    assert visitor.faults == []


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (1920, 1080)])
def test_the_whole_talk_by_keyboard_with_the_network_cut_off(
    visitor: Visitor, width: int, height: int
) -> None:
    page = visitor.page
    page.set_viewport_size({"width": width, "height": height})
    stage = open_stage(page)
    visitor.cut_off()
    keys = ["ArrowRight", " ", "PageDown", "ArrowRight", "ArrowRight", "ArrowRight"]
    for beat, key in enumerate([*keys, "ArrowRight", "ArrowRight", "ArrowRight", None], start=1):
        expect_nothing_but_the_stage(page, beat)
        name = stage.get_attribute("data-name")
        if name == "ranks":
            for _ in range(3):
                page.keyboard.press("ArrowUp")
            expect(stage).to_have_attribute("data-rank", "8")
        if name == "live":
            page.keyboard.press("Enter")
            expect(stage).to_have_attribute("data-source", "recorded")
            expect(
                stage.get_by_text(re.compile("Recorded training, .*: the server does not answer."))
            ).to_be_visible()
            expect(stage).not_to_have_attribute("data-patches", "0")
        if name == "rules":
            page.keyboard.press("ArrowUp")
            expect(stage).to_have_attribute("data-rule", "progressive")
        if key:
            page.keyboard.press(key)
    page.keyboard.press("ArrowRight")
    expect(stage).to_have_attribute("data-beat", "10")
    for key, beat in (
        ("Home", "1"),
        ("End", "10"),
        ("PageUp", "9"),
        ("4", "4"),
        ("0", "10"),
        ("ArrowLeft", "9"),
    ):
        page.keyboard.press(key)
        expect(stage).to_have_attribute("data-beat", beat)
    page.keyboard.press("?")
    expect(stage.get_by_role("dialog", name="All keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(stage.get_by_role("dialog", name="All keys")).to_be_hidden()


def test_a_beat_has_a_link_and_a_reload_returns_to_it(page: Page) -> None:
    stage = open_stage(page, "/talk?beat=3&k=12&row=3&col=17&image=44")
    expect(stage).to_have_attribute("data-rank", "12")
    page.keyboard.press("9")
    page.wait_for_function("() => new URL(location).searchParams.get('beat') === '9'")
    page.reload()
    expect(page.get_by_test_id("talk-beat")).to_have_attribute("data-beat", "9")


def test_full_screen_and_back(page: Page) -> None:
    open_stage(page)
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement !== null")
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement === null")


def test_the_training_on_stage_is_live_and_replaces_no_node(page: Page) -> None:
    stage = open_stage(page, "/talk?beat=7")
    grid = stage.locator(".beat.live canvas")
    grid.evaluate("node => node.dataset.mark = 'the same node'")
    noise = grid.evaluate("node => node.toDataURL()")
    page.keyboard.press("Enter")
    expect(stage).to_have_attribute("data-training", "live")
    page.wait_for_function(
        "([node, noise]) => node.toDataURL() !== noise", arg=[grid.element_handle(), noise]
    )
    expect(stage.get_by_text("Live on this machine")).to_be_visible()
    assert stage.get_attribute("data-source") == "live"
    expect(grid).to_have_attribute("data-mark", "the same node")
    page.keyboard.press("s")
    expect(stage).to_have_attribute("data-training", "done")


def test_the_words_on_pca_are_those_of_the_numbers(page: Page) -> None:
    stage = open_stage(page, "/talk?beat=10")
    rows = stage.locator("table.errors tr")
    words = stage.locator("h1").inner_text().replace("\u00a0", " ")
    found = re.match(r"Progressive beats PCA with (\d+) to (\d+) units; PCA wins from (\d+) units on", words)
    assert found, words
    low, high, later = map(int, found.groups())
    assert low <= 5
    assert 20 <= high < later <= 50
    fifth = rows.nth(1).locator("td").all_inner_texts()
    pca = rows.nth(2).locator("td").all_inner_texts()
    assert [float(f) < float(p) for f, p in zip(fifth, pca, strict=True)][1:] == [True, True, True, False]


def test_a_talk_of_ones_own_is_arranged_backstage_and_goes_into_the_link(page: Page) -> None:
    stage = open_stage(page)
    page.keyboard.press("m")
    beats = page.get_by_test_id("beat-list")
    beats.get_by_label("Show “169 filters”").uncheck()
    expect(stage.locator(".dots button")).to_have_count(9)
    beats.get_by_label("Move “A whole picture” up").click()
    sentence = beats.get_by_label("Your sentence for “What a patch is”")
    sentence.fill("Look <b>here</b>.")
    sentence.press("Tab")
    names = [name for name in TITLES if name != "filters"]
    names[2], names[3] = names[3], names[2]
    expected = [Beat(name, "Look <b>here</b>." if name == "patch" else "") for name in names]
    page.wait_for_function(
        "link => new URL(location).searchParams.get('talk') === link", arg=beats_as_link(expected)
    )
    own = page.url
    for count in (9, 9, 10):  # without the sentence, the move, and all beats again
        page.go_back()
        expect(stage.locator(".dots button")).to_have_count(count)
    expect(page).to_have_url(re.compile(r"[?&]talk=standard(&|$)"))
    again = open_stage(page, own)
    expect(again.locator(".own")).to_have_text("Look <b>here</b>.")


def test_the_rehearsal_measures_every_beat(page: Page) -> None:
    open_stage(page, f"/talk?talk={beats_as_link([Beat('ranks'), Beat('rules'), Beat('pca')])}")
    page.keyboard.press("r")
    sheet = page.get_by_test_id("rehearsal")
    expect(sheet).to_have_attribute("data-beats", "3")
    expect(sheet.locator("tr")).to_have_count(4)
    expect(sheet.locator("td").nth(1)).to_have_text(re.compile(r"^\d+ ms$"))


def test_the_recording_is_a_training_that_reaches_the_authors_error() -> None:
    recording = load_recording(ASSETS / "recorded_training.safetensors")
    assert recording.patches[0] == 0
    assert (np.diff(recording.patches) > 0).all()
    assert recording.test_error[-1] < 0.2728
    assert recording.filters.shape[1:] == (169, 147)


def test_the_author_beat_shows_the_errors_of_the_bundled_model(page: Page) -> None:
    from app.services.pictures import MEASURED_PATCHES
    from model.checkpoint import load_checkpoint
    from model.data.pictures import random_patches
    from model.data.sources import bundled_sample

    patches = random_patches(bundled_sample().test, 7, MEASURED_PATCHES, np.random.default_rng(0))
    error = patch_errors(load_checkpoint(RANK_ORDER).weights, patches)[0][:, -1].mean()
    stage = open_stage(page, "/talk?beat=8")
    expect(stage.locator("h1")).to_contain_text(f"ours at {error:.3f}")
    expect(stage.locator("h1")).to_contain_text("0.273")


def test_a_click_on_a_beat_leaves_the_space_key_to_the_talk(page: Page) -> None:
    stage = open_stage(page)
    stage.get_by_label("Beat 4:").click()
    expect(stage).to_have_attribute("data-beat", "4")
    page.keyboard.press(" ")
    expect(stage).to_have_attribute("data-beat", "5")


def press_key(stage: Locator, key: str, code: str, shift: bool = False) -> None:
    """What the browser says when a key is pressed, with any layout of the keyboard."""
    stage.evaluate(
        """(stage, [key, code, shiftKey]) => {
          const event = { key, code, shiftKey, bubbles: true, composed: true, cancelable: true };
          stage.dispatchEvent(new KeyboardEvent("keydown", event));
        }""",
        [key, code, shift],
    )


def test_keys_of_other_layouts_do_what_the_sheet_says(page: Page) -> None:
    stage = open_stage(page)
    blank, keys = stage.locator("[data-part=blank]"), stage.get_by_role("dialog", name="All keys")
    for key in ("и", "β", "נ", "b"):  # Russian, Greek, Hebrew, Latin
        press_key(stage, key, "KeyB")
        expect(blank).to_be_visible()
        press_key(stage, key, "KeyB")
        expect(blank).to_be_hidden()
    for key, code, beat in (("é", "Digit2", 2), ("à", "Digit0", 10), ("٤", "Digit4", 4), ("7", "Digit7", 7)):
        press_key(stage, key, code)
        expect(stage).to_have_attribute("data-beat", str(beat))
    press_key(stage, ",", "KeyM")  # French: the key of this label is no key of the talk
    expect(stage).to_have_class(re.compile("on-stage"))
    press_key(stage, "m", "Semicolon")
    expect(stage).not_to_have_class(re.compile("on-stage"))
    press_key(stage, "ь", "KeyM")
    expect(stage).to_have_class(re.compile("on-stage"))
    press_key(stage, "?", "Digit7", shift=True)  # Russian
    expect(keys).to_be_visible()
    press_key(stage, "Escape", "Escape")
    expect(keys).to_be_hidden()
    expect(stage).to_have_attribute("data-beat", "7")
    press_key(stage, "τ", "KeyT")
    expect(stage).not_to_have_attribute("data-training", "idle")
    press_key(stage, "ד", "KeyS")
    expect(stage).to_have_attribute("data-training", re.compile("idle|done"))
