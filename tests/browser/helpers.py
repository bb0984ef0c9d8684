"""What several browser tests need."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

from model.checkpoint import load_checkpoint
from model.coding.coder import coded_errors
from model.config import Coder
from model.data.pictures import as_patches
from model.data.sources import bundled_sample

A_NUMBER = re.compile(r"^\d+(\.\d+)?$")


def open_player(page: Page, address: str = "/") -> Locator:
    """Open an address and wait until its rank player shows something."""
    page.goto(address)
    player = page.get_by_test_id("rank-player")
    expect(player).to_have_attribute("data-error", A_NUMBER)
    return player


def errors_of_patch(
    checkpoint: Path, split: str, image: int, row: int, col: int, coder: Coder = Coder.RANK_ORDER
) -> NDArray[np.float32]:
    """Error by rank of one patch of the sample, as `model` computes it."""
    loaded = load_checkpoint(checkpoint)
    pictures = bundled_sample().split(split)
    position = pictures.position(image)
    assert position is not None
    size = loaded.config.patch_size
    square = pictures.picture(position)[row : row + size, col : col + size]
    return coded_errors(coder, loaded.weights, as_patches(square[None]))[0][0]


def number(locator: Locator, attribute: str) -> float:
    """An attribute as a number."""
    return float(locator.get_attribute(attribute) or "nan")


def expect_number(locator: Locator, attribute: str, value: float, within: float = 1e-3) -> None:
    """Wait until an attribute holds a number that close to `value`."""
    locator.page.wait_for_function(
        "([node, name, value, within]) => Math.abs(Number(node.getAttribute(name)) - value) <= within",
        arg=[locator.element_handle(), attribute, float(value), within],
    )


def messages_to_server(page: Page) -> list[str | bytes]:
    """A list that grows with every message the page sends; a script run begins with one."""
    sent: list[str | bytes] = []

    def keep(message: str | bytes) -> None:
        sent.append(message)

    page.on("websocket", lambda socket: socket.on("framesent", keep))
    return sent
