"""Pictures of the visitor's own as they come: of any name, in any colours, of any shape."""

import base64
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

from model.pictures.reader import read_picture
from tests.browser.helpers import A_NUMBER
from tests.browser.test_image import a_picture, as_file, upload, wait_for_picture
from tests.unit.colour_profiles import ADOBE, P3
from tests.unit.picture_files import bmp_of_runs, saved

# Red beside the other two, each in every strength, so that curves and primaries both show.
COLOURS = np.stack(np.meshgrid(np.arange(0, 256, 17), np.arange(0, 256, 17)) * 2, -1)[..., [0, 1, 3]]
AS_SHOWN = """async (content) => {
    const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
    const image = new Image();
    image.src = URL.createObjectURL(new Blob([bytes]));
    await image.decode();
    const { width, height } = image;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, width, height);
    context.drawImage(image, 0, 0);
    return [height, width, Array.from(context.getImageData(0, 0, width, height).data)];
}"""


@pytest.mark.parametrize(
    ("name", "kind"), [("save.jfif", "JPEG"), ("download", "PNG"), ("photo.JPE", "JPEG"), ("a.b", "WEBP")]
)
def test_a_picture_of_any_name_is_taken(page: Page, name: str, kind: str) -> None:
    page.goto("/image?model=rank-order")
    player = page.get_by_test_id("image-player")
    expect(player).to_have_attribute("data-psnr", A_NUMBER)
    content = saved(Image.fromarray(a_picture(45, 30)), kind)
    upload(page, {"name": name, "mimeType": f"image/{kind.lower()}", "buffer": content})
    expect(player).to_have_attribute("data-size", "45x30")


def test_a_long_thin_picture_is_shown_whole(page: Page) -> None:
    page.goto("/image?model=rank-order")
    player = page.get_by_test_id("image-player")
    expect(player).to_have_attribute("data-psnr", A_NUMBER)
    upload(page, as_file(a_picture(4000, 7)))
    expect(player).to_have_attribute("data-size", "4000x7")
    expect(player).to_have_attribute("data-psnr", re.compile(r"^\d"))


FILES = {
    "Display P3": saved(Image.fromarray(COLOURS.astype(np.uint8)), "PNG", icc_profile=P3),
    "Adobe RGB": saved(Image.fromarray(COLOURS.astype(np.uint8)), "WEBP", lossless=True, icc_profile=ADOBE),
    "half clear": saved(Image.new("RGBA", (16, 16), (200, 40, 30, 100)), "PNG"),
    "GIF": saved(Image.fromarray(a_picture(40, 30)).quantize(), "GIF"),
    "AVIF": saved(Image.fromarray(a_picture(40, 30)), "AVIF", quality=100, subsampling="4:4:4"),
    "BMP of runs": bmp_of_runs((8, 8), b"\x08\x01\0\0" * 6 + b"\x02\x02\0\x02\x02\x01\x04\x03\0\x01"),
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_a_picture_has_the_colours_that_the_browser_shows(page: Page, content: bytes) -> None:
    height, width, values = page.evaluate(AS_SHOWN, base64.b64encode(content).decode())
    shown = np.array(values).reshape(height, width, 4)[..., :3]
    assert np.abs(read_picture(content, 1, None).pixels.astype(int) - shown).max() <= 3


def paste_into(field: Locator, file: FilePayload, text: str | None) -> bool:
    """Paste a picture, with a text or without, into a field; return whether the browser is left to paste."""
    allowed: bool = field.evaluate(
        """(field, [content, text]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(content)], "image.png", { type: "image/png" }));
          if (text !== null) transfer.setData("text/plain", text);
          const how = { bubbles: true, cancelable: true, composed: true, clipboardData: transfer };
          return field.dispatchEvent(new ClipboardEvent("paste", how));
        }""",
        [list(file["buffer"]), text],
    )
    return allowed


def test_text_that_carries_a_picture_is_pasted_into_a_field_as_text(page: Page) -> None:
    page.goto("/image?mode=budget")
    expect(page.get_by_test_id("picture-catcher")).to_have_attribute("data-listens", "")
    expect(page.get_by_test_id("stFileUploader")).to_be_visible()
    field = page.get_by_test_id("image-player").get_by_label("Units in all")
    assert paste_into(field, as_file(a_picture(60, 30)), "0.25")
    # A picture alone can't be pasted into a field, so it is shown; and the one before was not.
    assert not paste_into(field, as_file(a_picture(40, 30)), None)
    wait_for_picture(page, a_picture(40, 30))
    expect(page.get_by_test_id("picture-gallery").locator("button")).to_have_count(1)
    # Outside of fields there is nothing that text could be pasted into.
    assert not paste_into(page.get_by_test_id("picture-stage"), as_file(a_picture(50, 30)), "0.25")
    wait_for_picture(page, a_picture(50, 30))
