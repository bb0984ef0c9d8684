"""The browser's Back: one press undoes one choice."""

import re

from playwright.sync_api import Page, expect

from tests.browser.helpers import open_player


def shows(page: Page, **parameters: int | str) -> None:
    """Wait until the address has these parameters and the script run has ended."""
    for name, value in parameters.items():
        expect(page).to_have_url(re.compile(rf"[?&]{name}={value}(&|$)"))
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def test_one_press_undoes_one_choice(page: Page) -> None:
    open_player(page, "/?image=44&row=3&col=4&unit=7")
    shows(page, image=44, row=3, col=4, unit=7)
    filters = page.get_by_test_id("filter-grid")
    filters.locator("button[data-unit='9']").click()
    shows(page, image=44, unit=9)
    filters.locator("button[data-unit='20']").click()
    shows(page, image=44, unit=20)
    page.get_by_role("button", name="Progressive rule").click()
    shows(page, model="progressive")
    page.go_back()
    shows(page, model="rank-order", image=44, row=3, col=4, unit=20)
    page.go_back()
    shows(page, unit=9)
    page.go_back()
    shows(page, image=44, row=3, col=4, unit=7)
    expect(page.get_by_role("heading", name="Unit 7")).to_be_visible()


def test_a_page_is_one_entry_and_back_leaves_it(page: Page) -> None:
    page.goto("about:blank")
    entries = page.evaluate("history.length")
    open_player(page, "/")
    shows(page, model="rank-order", image=90)
    assert page.evaluate("history.length") == entries + 1
    page.get_by_test_id("stTopNavLink").filter(has_text="Image").click()
    expect(page).to_have_url(re.compile(r"/image\?"))
    shows(page, model="rank-order", image=90)
    assert page.evaluate("history.length") == entries + 2
    page.go_back()
    expect(page).to_have_url(re.compile(r"/\?"))
    shows(page, model="rank-order", image=90)
    page.go_back()
    expect(page).to_have_url("about:blank")
