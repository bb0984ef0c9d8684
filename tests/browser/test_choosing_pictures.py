"""Choosing a picture: by class, by steps, and among one's own."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from model.data.pictures import CLASSES
from model.data.sources import bundled_sample
from tests.browser.helpers import number, open_player
from tests.browser.test_image import as_file, upload

PICTURES = bundled_sample().test


def first_of(label: int) -> int:
    return int(PICTURES.numbers[PICTURES.labels == label][0])


def test_a_class_shows_its_first_picture_and_all_classes_shows_every_one(page: Page) -> None:
    open_player(page, "/?split=test&image=90")
    page.get_by_label("Class").select_option("frog")
    expect(page).to_have_url(re.compile(f"image={first_of(CLASSES.index('frog'))}(&|$)"))
    expect(page.get_by_text("1 of 50")).to_be_visible()
    page.get_by_label("Class").select_option("all classes")
    expect(page.get_by_text("of 500")).to_be_visible()
    page.get_by_role("button", name="Later pictures").click()
    expect(page).not_to_have_url(re.compile(f"image={first_of(CLASSES.index('frog'))}(&|$)"))
    page.get_by_label("Pictures", exact=True).select_option("train")
    expect(page).to_have_url(re.compile("split=train"))
    expect(page.get_by_text("of 1,000")).to_be_visible()


def test_random_goes_to_another_picture_of_the_same_class(page: Page) -> None:
    open_player(page, "/?split=test&image=90")
    page.get_by_role("button", name="Random").click()
    expect(page).not_to_have_url(re.compile("image=90(&|$)"))
    reached = int(re.search(r"image=(\d+)", page.url).group(1))  # type: ignore[union-attr]
    assert PICTURES.labels[PICTURES.position(reached)] == PICTURES.labels[PICTURES.position(90)]


@pytest.mark.parametrize(("brightness", "words"), [(0, "None of the 169 units"), (255, "units are active")])
def test_an_own_picture_of_one_colour_is_explored_and_put_away(
    page: Page, brightness: int, words: str
) -> None:
    page.goto("/image?model=rank-order")
    expect(page.get_by_test_id("image-player")).to_have_attribute("data-rank", re.compile(r"\d"))
    upload(page, as_file(np.full((40, 60, 3), brightness, np.uint8), "plain.png"))
    expect(page.get_by_text("plain.png, 60 x 40 pixels")).to_be_visible()
    page.get_by_role("link", name="Explore").click()
    # Image has a rank player too, so first wait for what only Explore has.
    expect(page.get_by_test_id("patch-picker")).to_have_attribute("data-col", "26")  # the middle of 60
    player = page.get_by_test_id("rank-player")
    expect(player.get_by_text(words)).to_be_visible()
    if brightness == 0:
        assert number(player, "data-error") == 0
        expect(player.get_by_text("exact")).to_be_visible()
    expect(page.get_by_label("Pictures", exact=True)).to_have_value("my own")
    page.get_by_role("button", name="Put plain.png away").click()
    expect(page.get_by_label("Pictures", exact=True)).to_have_value("test")
    expect(page.get_by_test_id("picture-gallery").locator("button")).to_have_count(28)
