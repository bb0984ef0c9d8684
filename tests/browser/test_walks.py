"""Breakpoints reach every JavaScript stop of the walks in docs/architecture.md, in the walks' order.

No breakpoint pauses the page: each has a condition that writes its stop down and is false.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import CDPSession, Page, expect

from tests.browser.helpers import open_player
from tests.walks import BEAT, PATCH, STEP, Stop, first_line_of_js, not_reached, walk

COMPONENTS = "app/components/"
RECORD = "window.rankscopeWalk"


def javascript_stops(title: str) -> list[Stop]:
    return [stop for stop in walk(title) if stop.path.endswith(".js")]


def set_breakpoints(page: Page, stops: list[Stop]) -> None:
    """Set one at each stop in each linked script that has its module, and check that no stop is without."""
    debugger = page.context.new_cdp_session(page)
    scripts: list[str] = []
    debugger.on("Debugger.scriptParsed", lambda script: scripts.append(script["scriptId"]))
    debugger.send("Debugger.enable")
    placed = set()
    for script in scripts:
        for stop, line in stops_in(source_of(debugger, script), stops):
            written = json.dumps(stop)
            debugger.send(
                "Debugger.setBreakpoint",
                {
                    "location": {"scriptId": script, "lineNumber": line},
                    "condition": f"(({RECORD} ??= []).push({written}), false)",
                },
            )
            placed.add(stop)
    assert set(stops) - placed == set()


def source_of(debugger: CDPSession, script: str) -> str:
    """The text of a script of ours; '' for one of Streamlit's."""
    is_linked = {"scriptId": script, "query": "const module0 = (() => {"}
    if not debugger.send("Debugger.searchInContent", is_linked)["result"]:
        return ""
    source: str = debugger.send("Debugger.getScriptSource", {"scriptId": script})["scriptSource"]
    return source


def stops_in(script: str, stops: list[Stop]) -> Iterator[tuple[Stop, int]]:
    """Each stop in the modules of a linked script, and the line of the script where its body begins."""
    for module in re.finditer(
        r"^// (\S+\.js)\nconst module\d+ = .*?^\}\)\(\);$", script, re.MULTILINE | re.DOTALL
    ):
        first = script.count("\n", 0, module.start())
        for stop in stops:
            if stop.path == COMPONENTS + module[1]:
                line = first_line_of_js(module[0], stop.name)
                assert line is not None, f"{stop} is not in the linked script"
                yield stop, first + line


def wait_for(page: Page, stop: Stop) -> None:
    page.wait_for_function(
        "stop => (window.rankscopeWalk ?? []).some((reached) => String(reached) === String(stop))",
        arg=list(stop),
    )


def reached(page: Page) -> list[Stop]:
    """The stops since the last call of this function, in the order in which they were reached."""
    calls: list[Any] = page.evaluate(f"{RECORD} ?? []")
    page.evaluate(f"{RECORD} = []")
    return [Stop(*call) for call in calls]


def test_the_path_of_one_patch(page: Page) -> None:
    open_player(page)
    page.get_by_test_id("patch-picker").focus()
    set_breakpoints(page, stops := javascript_stops(PATCH))
    reached(page)
    page.keyboard.press("ArrowRight")
    wait_for(page, stops[-1])
    assert not_reached(stops, reached(page)) == []


def test_the_path_of_one_training_step(page: Page) -> None:
    page.goto("/train")
    expect(page.get_by_test_id("training-feed")).to_have_attribute("data-state", re.compile(r"\w"))
    patches = page.get_by_role("spinbutton", name="Patches to learn from")
    patches.fill("100")
    patches.press("Enter")
    set_breakpoints(page, stops := javascript_stops(STEP))
    reached(page)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_test_id("training-feed")).to_have_attribute("data-state", "finished")
    assert not_reached(stops, reached(page)) == []


def test_the_path_of_one_beat(page: Page) -> None:
    page.goto("/talk?beat=2&row=3&col=4")
    stage = page.get_by_test_id("talk-beat")
    expect(stage).to_have_attribute("data-drawn", re.compile(r"^2 "))
    set_breakpoints(page, stops := javascript_stops(BEAT))
    reached(page)
    # Another patch is another payload; the first was there before the breakpoints.
    page.keyboard.press("m")
    page.get_by_test_id("patch-picker").focus()
    page.keyboard.press("ArrowDown")
    wait_for(page, Stop(f"{COMPONENTS}talk_stage/screens.js", "makeScreens"))
    stage.focus()
    page.keyboard.press("m")
    page.keyboard.press("ArrowRight")
    expect(stage).to_have_attribute("data-drawn", re.compile(r"^3 "))
    assert not_reached(stops, reached(page)) == []
