import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

from model import cli as command_line
from model.analysis.picture_quality import best_ranks, quality, ranks_of_unit, tile_errors, units_needed
from model.checkpoint import load_checkpoint
from model.coding.picture_code import as_bytes, encode_picture, reconstruct_values
from model.data.pictures import ASSETS
from model.data.sources import bundled_sample
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


def wait_for_picture(page: Page, picture: np.ndarray) -> Locator:
    """The image player, once it shows this picture whole."""
    player = page.get_by_test_id("image-player")
    expect(player).to_have_attribute("data-size", f"{picture.shape[1]}x{picture.shape[0]}")
    expect(player).to_have_attribute("data-psnr", A_NUMBER)
    return player


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


@pytest.mark.parametrize("stride", [7, 3], ids=["side by side", "overlapping"])
def test_an_uploaded_picture_is_rebuilt_as_the_model_and_the_command_line_do(
    page: Page, tmp_path: Path, stride: int
) -> None:
    page.goto(f"/image?model=rank-order&k=1&stride={stride}")
    picture = a_picture(101, 66)
    upload(page, as_file(picture))
    expect(page.get_by_text("picture.png, 101 x 66 pixels")).to_be_visible()
    player = wait_for_picture(page, picture)
    code = encode_picture(picture, CHECKPOINT.weights, 7, stride)
    slider = player.get_by_label("Rank k")
    for rank in (1, 3, 10, 40, 10, 169):
        slider.fill(str(rank))
        expect(player).to_have_attribute("data-rank", str(rank))
        values = reconstruct_values(code, CHECKPOINT.weights, rank)
        difference = shown_pixels(page).astype(int) - as_bytes(values)
        assert abs(difference).max() <= 1
        assert number(player, "data-psnr") == pytest.approx(quality(picture, values).psnr, abs=1e-3)
        assert number(player, "data-units") == code.units_spent(rank)
    slider.fill("20")
    (tmp_path / "own.png").write_bytes(as_file(picture)["buffer"])
    out = str(tmp_path / "out")
    options = ["--out", out, "--ranks", "20", "--stride", str(stride)]
    assert command_line.main(["decompose", str(tmp_path / "own.png"), *options]) == 0
    written = np.asarray(Image.open(tmp_path / "out" / "rank-020.png")).astype(int)
    assert abs(shown_pixels(page) - written).max() <= 1


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


def test_a_click_on_a_place_opens_its_patch_and_arrow_keys_walk_to_its_neighbours(page: Page) -> None:
    page.goto("/image?model=progressive")
    expect(page.get_by_test_id("rank-player")).to_have_attribute("data-error", A_NUMBER)
    stage = page.get_by_test_id("picture-stage")
    box = stage.bounding_box()
    assert box
    pixel = box["width"] / 32
    stage.click(position={"x": 30 * pixel, "y": 8 * pixel})  # the last column of patches starts at 25
    image_player = page.get_by_test_id("image-player")
    player = page.get_by_test_id("rank-player")
    rank = int(number(player, "data-rank"))

    def expect_place(row: int, col: int) -> None:
        expect(image_player).to_have_attribute("data-row", str(row))
        expect(image_player).to_have_attribute("data-col", str(col))
        errors = errors_of_patch(ASSETS / "progressive.safetensors", "test", 90, row, col)
        expect_number(player, "data-error", errors[rank - 1])
        expect(page).to_have_url(re.compile(f"row={row}&col={col}"))

    expect_place(7, 25)
    stage.focus()
    page.keyboard.press("ArrowLeft")
    expect_place(7, 21)
    page.keyboard.press("ArrowDown")
    expect_place(14, 21)
    expect(image_player).to_have_attribute("data-rank", str(rank))


def test_a_pasted_and_a_dropped_picture_are_shown(page: Page) -> None:
    page.goto("/image")
    expect(page.get_by_test_id("picture-catcher")).to_have_attribute("data-listens", "")
    expect(page.get_by_test_id("stFileUploader")).to_be_visible()
    for event, width in (("ClipboardEvent", 40), ("DragEvent", 50)):
        content = list(as_file(a_picture(width, 30))["buffer"])
        page.evaluate(
            """([event, content]) => {
              const transfer = new DataTransfer();
              transfer.items.add(new File([new Uint8Array(content)], "image.png", { type: "image/png" }));
              const how = { bubbles: true, cancelable: true };
              document.body.dispatchEvent(event === "DragEvent"
                ? new DragEvent("drop", { ...how, dataTransfer: transfer })
                : new ClipboardEvent("paste", { ...how, clipboardData: transfer }));
            }""",
            [event, content],
        )
        wait_for_picture(page, a_picture(width, 30))
    expect(page.get_by_text("image.png, 50 x 30 pixels")).to_be_visible()
    page.get_by_role("button", name="Put image.png away").click()
    expect(page.get_by_text("pasted.png, 40 x 30 pixels")).to_be_visible()


def test_divider_zoom_and_pan_move_what_is_seen(page: Page) -> None:
    page.goto("/image?k=3")
    player = wait_for_picture(page, np.empty((32, 32, 3)))
    stage, divider = page.get_by_test_id("picture-stage"), page.get_by_test_id("divider")
    box = stage.bounding_box()
    assert box
    page.mouse.move(*middle(divider))
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 20)
    page.mouse.up()
    assert number(player, "data-divider") == pytest.approx(0.75, abs=0.01)
    divider.press("ArrowLeft")
    assert number(player, "data-divider") == pytest.approx(0.7, abs=0.01)
    divider.press("Home")
    rebuilt = player.locator("canvas[data-part=reconstruction]")
    expect(rebuilt).to_have_css("clip-path", "inset(0px 0px 0px 0%)")
    expect(player).to_have_attribute("data-rank", "3")  # its keys are its own
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.25 * box["height"])
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    expect(player).to_have_attribute("data-zoom", "4.000")
    # The pointer's place stayed where it is; dragged to the right and down, what lay left of it comes in.
    page.mouse.down()
    page.mouse.move(box["x"] + 0.95 * box["width"], box["y"] + 0.95 * box["height"], steps=3)
    page.mouse.up()
    stage.click(position={"x": 60, "y": 5})  # beside the divider
    expect(player).to_have_attribute("data-row", "0")
    expect(player).to_have_attribute("data-col", "0")
    player.get_by_role("button", name="Fit").click()
    expect(player).to_have_attribute("data-zoom", "1.000")


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_budget_is_spent_as_the_model_spends_it_and_its_link_reopens_it(page: Page) -> None:
    page.goto("/image?model=rank-order&image=1&k=5")
    picture = bundled_sample().test.picture(bundled_sample().test.position(1) or 0)
    player = wait_for_picture(page, picture)
    player.get_by_role("button", name="A budget of units").click()
    code = encode_picture(picture, CHECKPOINT.weights, 7)
    errors = tile_errors(code, picture, CHECKPOINT.weights)

    def expect_budget(budget: int) -> None:
        ranks = best_ranks(errors, code, budget)
        expect_number(player, "data-units", code.units_spent(ranks), within=0)
        values = reconstruct_values(code, CHECKPOINT.weights, ranks)
        expect_number(player, "data-psnr", quality(picture, values).psnr)
        assert abs(shown_pixels(page).astype(int) - as_bytes(values)).max() <= 1

    expect_budget(125)  # 25 patches, 5 units each
    even = quality(picture, reconstruct_values(code, CHECKPOINT.weights, 5)).psnr
    expect_number(player, "data-even", even)
    assert number(player, "data-psnr") > even
    field = player.get_by_label("Units in all")
    field.fill("333")
    field.press("Enter")
    expect_budget(333)
    expect(page).to_have_url(re.compile("mode=budget"))
    expect(page).to_have_url(re.compile("budget=333"))
    page.goto(page.url)
    expect(player).to_have_attribute("data-budget", "333")
    expect_budget(333)


def test_units_needed_and_one_unit_are_those_of_the_model(page: Page) -> None:
    page.goto("/image?model=rank-order&image=1&k=5&mode=needed&error=0.6&unit=12")
    picture = bundled_sample().test.picture(bundled_sample().test.position(1) or 0)
    player = wait_for_picture(page, picture)
    code = encode_picture(picture, CHECKPOINT.weights, 7)
    needed = units_needed(tile_errors(code, picture, CHECKPOINT.weights), code, 0.6)
    ranks = np.where(needed < 0, code.active_units, needed)
    expect_number(player, "data-units", code.units_spent(ranks), within=0)
    expect(player.get_by_text(f"{(needed >= 0).sum()} of 25 patches come under it")).to_be_visible()
    player.get_by_role("button", name="One unit").click()
    fires = ranks_of_unit(code, 12)
    words = f"Unit 12 fires in {100 * (fires > 0).mean():.1f} % of the patches"
    expect(player.get_by_text(words)).to_be_visible()
    player.get_by_role("button", name="Unit 30", exact=True).click()
    expect(page).to_have_url(re.compile("unit=30"))
    expect(page).to_have_url(re.compile("mode=unit"))


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
