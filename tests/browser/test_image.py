import io
import math
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from model.checkpoint import load_checkpoint
from model.config import PIXEL_SCALE
from model.data import ASSETS
from model.images import encode_picture, reconstruct_picture
from tests.browser.helpers import A_NUMBER, errors_of_patch, expect_number, messages_to_server, number

CHECKPOINT = load_checkpoint(ASSETS / "rank-order.safetensors")


def a_picture(width: int, height: int) -> np.ndarray:
    """Smooth colours with some noise: neither trivial nor impossible."""
    down, across = np.mgrid[:height, :width]
    waves = [np.sin(down / 9 + c) + np.cos(across / 13 - c) for c in range(3)]
    noise = np.random.default_rng(0).normal(0, 0.05, (height, width, 3))
    return np.clip((np.stack(waves, axis=2) / 4 + 0.5 + noise) * 255, 0, 255).astype(np.uint8)


def as_file(picture: np.ndarray, name: str = "picture.png") -> FilePayload:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": buffer.getvalue()}


def upload(page: Page, file: FilePayload) -> None:
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(file)


def shown_pixels(page: Page) -> np.ndarray:
    """The reconstruction as it stands on its canvas."""
    values = (
        page.get_by_test_id("image-player")
        .locator("canvas[data-part=reconstruction]")
        .evaluate(
            "c => ({ w: c.width, h: c.height,"
            " d: Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data) })"
        )
    )
    return np.array(values["d"], np.uint8).reshape(values["h"], values["w"], 4)[..., :3]


def test_an_uploaded_picture_is_rebuilt_at_every_rank_as_the_model_does(page: Page) -> None:
    page.goto("/image?model=rank-order&k=1")
    player = page.get_by_test_id("image-player")
    expect(player).to_have_attribute("data-rank", "1")
    picture = a_picture(101, 66)
    upload(page, as_file(picture))
    expect(page.get_by_text("picture.png, 101 x 66 pixels")).to_be_visible()
    code = encode_picture(picture, CHECKPOINT.weights, 7)
    slider = player.get_by_label("Rank k")
    for rank in (1, 3, 10, 40, 10, 169):
        slider.fill(str(rank))
        expect(player).to_have_attribute("data-rank", str(rank))
        expected = reconstruct_picture(code, CHECKPOINT.weights, 66, 101, rank)
        difference = shown_pixels(page).astype(int) - expected
        assert abs(difference).max() <= 1
        error = (expected.astype(float) - picture) / PIXEL_SCALE
        assert number(player, "data-psnr") == pytest.approx(-10 * math.log10((error**2).mean()), abs=0.02)


def test_moving_the_rank_of_a_picture_does_not_reach_the_server(page: Page) -> None:
    sent = messages_to_server(page)
    page.goto("/image?k=1")
    player = page.get_by_test_id("image-player")
    expect(player).to_have_attribute("data-psnr", A_NUMBER)
    page.wait_for_load_state("networkidle")
    before = len(sent)
    assert before > 0
    player.focus()
    for rank in range(2, 32):
        page.keyboard.press("ArrowRight")
        expect(player).to_have_attribute("data-rank", str(rank))
    assert len(sent) == before


def test_a_click_on_a_place_opens_its_patch_in_the_rank_player(page: Page) -> None:
    page.goto("/image?model=progressive")
    expect(page.get_by_test_id("rank-player")).to_have_attribute("data-error", A_NUMBER)
    canvas = page.get_by_test_id("image-player").locator("canvas[data-part=picture]")
    box = canvas.bounding_box()
    assert box
    pixel = box["width"] / 32
    canvas.click(position={"x": 30 * pixel, "y": 8 * pixel})  # the last column of patches starts at 25
    expect(page.get_by_test_id("image-player")).to_have_attribute("data-row", "7")
    expect(page.get_by_test_id("image-player")).to_have_attribute("data-col", "25")
    expect(page).to_have_url(re.compile("row=7&col=25"))
    expected = errors_of_patch(ASSETS / "progressive.safetensors", "test", 90, 7, 25)
    player = page.get_by_test_id("rank-player")
    expect_number(player, "data-error", expected[int(number(player, "data-rank")) - 1])


def test_a_first_visit_begins_at_rank_twenty_in_both_players(page: Page) -> None:
    page.goto("/image")
    picture, patch = page.get_by_test_id("image-player"), page.get_by_test_id("rank-player")
    expect(patch).to_have_attribute("data-error", A_NUMBER)
    expect(picture).to_have_attribute("data-rank", "20")
    expect(patch).to_have_attribute("data-rank", "20")


def test_both_players_of_the_page_stand_at_the_same_rank(page: Page) -> None:
    page.goto("/image?k=4")
    picture, patch = page.get_by_test_id("image-player"), page.get_by_test_id("rank-player")
    expect(patch).to_have_attribute("data-rank", "4")
    picture.focus()
    page.keyboard.press("ArrowRight")
    expect(patch).to_have_attribute("data-rank", "5")
    patch.get_by_label("Playing speed").select_option("fast")
    patch.get_by_text("Play", exact=False).click()
    expect(picture).to_have_attribute("data-rank", re.compile(r"^[1-9]\d$"))  # it plays on, undisturbed


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty"),
        (b"hello", "not a PNG, JPEG, WebP, GIF or BMP picture"),
        (as_file(a_picture(40, 40))["buffer"][:900], "damaged, cut short or of an unusual kind"),
        (as_file(a_picture(5, 5))["buffer"], "smaller than one patch"),
    ],
    ids=["empty", "not an image", "truncated", "smaller than a patch"],
)
def test_a_file_that_is_no_picture_gets_one_sentence_and_the_page_stays(
    page: Page, content: bytes, sentence: str
) -> None:
    page.goto("/image")
    player = page.get_by_test_id("image-player")
    expect(player).to_have_attribute("data-psnr", A_NUMBER)
    upload(page, {"name": "odd.png", "mimeType": "image/png", "buffer": content})
    expect(page.get_by_text(sentence)).to_be_visible()
    expect(player).to_have_attribute("data-psnr", A_NUMBER)
    expect(page.get_by_text("CIFAR-10 test picture 90")).to_be_visible()
