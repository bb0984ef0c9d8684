"""A page that stays open while its server is restarted."""

import re
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Browser, expect

from scripts.running_app import app_process
from tests.browser.test_image import as_file, upload


def test_an_upload_after_a_restart_is_shown(browser: Browser, tmp_path: Path) -> None:
    page = browser.new_context().new_page()
    page.set_default_timeout(60_000)
    with app_process(tmp_path) as (url, _):
        page.goto(f"{url}/image")
        expect(page.get_by_text("32 x 32 pixels")).to_be_visible()
        port = urlsplit(url).port
    with ExitStack() as restarted:
        with page.expect_websocket():
            restarted.enter_context(app_process(tmp_path, port))
        uploader = page.get_by_test_id("stFileUploader")
        expect(uploader.get_by_test_id("stBaseButton-secondary")).to_be_enabled()
        upload(page, as_file(np.full((40, 60, 3), 90, np.uint8), "after.png"))
        expect(page.get_by_text("after.png, 60 x 40 pixels")).to_be_visible()
        expect(page).to_have_url(re.compile("split=own&image=0&row=16&col=26"))
    page.context.close()
