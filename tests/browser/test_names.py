"""Names of files are shown letter for letter."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

NAMES = [
    "__init__.png",
    ":red[hot].png",
    "![i](x).png",
    "# heading.png",
    "1. *x* <b> $y$ & `z` \\ ~~w~~.png",
    ":smile: :material_search: www.example.org a -> b -- c.png",
    ":material_search:.png",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_files_name_is_shown_letter_for_letter(page: Page, name: str) -> None:
    content = io.BytesIO()
    Image.fromarray(np.full((40, 50, 3), 90, np.uint8)).save(content, "PNG")
    page.goto("/image")
    uploader = page.get_by_test_id("stFileUploader").locator("input[type=file]")
    uploader.set_input_files({"name": name, "mimeType": "image/png", "buffer": content.getvalue()})
    title = page.get_by_test_id("stMarkdown").filter(has_text="50 x 40 pixels")
    expect(title).to_have_text(f"{name}, 50 x 40 pixels")
    expect(page.get_by_role("button", name="Put ").filter(has_text="away")).to_have_text(f"Put {name} away")
    uploader.set_input_files({"name": name, "mimeType": "image/png", "buffer": b"no picture"})
    expect(page.get_by_test_id("stAlert")).to_contain_text(f"{name}: This is not a")
