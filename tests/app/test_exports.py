import io
from functools import partial

import numpy as np
import pytest
from PIL import Image, ImageSequence

from app.components.coding import Coding
from app.exports.html_player import LARGEST_PLAYER_FILE, PlayerContent, player_html
from app.exports.images import (
    RebuiltPatch,
    decomposition_card,
    gif_ranks,
    patch_gif,
    patch_strip,
    picture_gif,
    picture_strip,
)
from model.checkpoint import load_checkpoint
from model.coding.picture_code import encode_picture, reconstruct_picture
from model.config import Coder
from model.data.pictures import ASSETS, as_patches
from model.data.sources import bundled_sample
from model.kernels.compiled import patch_errors

CLOSE = 6
"""Of 255: what a palette of 256 colours may cost."""


@pytest.fixture(scope="module")
def weights() -> np.ndarray:
    return load_checkpoint(ASSETS / "progressive.safetensors").weights


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    pictures = bundled_sample().test
    position = pictures.position(90)
    assert position is not None
    return pictures.picture(position)


@pytest.fixture(scope="module")
def rebuilt(weights: np.ndarray, picture: np.ndarray) -> RebuiltPatch:
    return RebuiltPatch(weights, as_patches(picture[None, 12:19, 12:19])[0], 7)


def middles(image: Image.Image, left: int, top: int, side: int, size: int) -> np.ndarray:
    """The colours in the middle of each of size x size fields of a square."""
    at = (np.arange(size) * side // size + side // size // 2).astype(int)
    return np.asarray(image.convert("RGB"))[top + at[:, None], left + at[None]].astype(int)


def test_numbers_of_a_rebuilt_patch_are_the_models(rebuilt: RebuiltPatch) -> None:
    errors = patch_errors(rebuilt.weights, rebuilt.patch[None])[0][0]
    for rank in (1, 5, 50, rebuilt.last_rank):
        assert rebuilt.error(rank) == pytest.approx(errors[rank - 1], abs=1e-4)
    assert rebuilt.error(rebuilt.last_rank) == pytest.approx(errors[-1], abs=1e-4)
    assert rebuilt.activation(rebuilt.last_rank) > 0


@pytest.mark.parametrize(("last", "expected"), [(1, [1]), (3, [1, 2, 3]), (22, [*range(1, 21), 22])])
def test_a_gif_has_every_low_rank_and_the_last(last: int, expected: list[int]) -> None:
    assert gif_ranks(last) == expected


def test_the_gif_of_a_patch_shows_each_ranks_sum(rebuilt: RebuiltPatch) -> None:
    film = Image.open(io.BytesIO(patch_gif(rebuilt)))
    ranks = gif_ranks(rebuilt.last_rank)
    assert film.info["loop"] == 0
    frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(film)]
    assert len(frames) == len(ranks)
    for i in (0, 9, len(ranks) - 1):
        for place, (_, pixels) in enumerate(rebuilt.tiles(ranks[i])):
            shown = middles(frames[i], 12 + place * 180, 40, 168, 7)
            assert np.abs(shown - pixels).max() <= CLOSE


def test_the_strip_of_a_patch_is_exact(rebuilt: RebuiltPatch) -> None:
    strip = Image.open(io.BytesIO(patch_strip(rebuilt)))
    for place, rank in enumerate((1, 2, 3, 5, 10)):
        shown = middles(strip, 12 + (place + 1) * 222, 40, 210, 7)
        np.testing.assert_array_equal(shown, rebuilt.square(rebuilt.total(rank)))


def test_the_card_shows_patch_sums_and_filters(rebuilt: RebuiltPatch) -> None:
    card = Image.open(io.BytesIO(decomposition_card(rebuilt, "A model", "A place")))
    assert card.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    side = 343  # 49 times 7
    np.testing.assert_array_equal(middles(card, 40, 180, side, 7), rebuilt.square(rebuilt.patch))
    for rank in (1, 8):
        left = 460 + (rank - 1) * 210
        np.testing.assert_array_equal(middles(card, left, 180, 189, 7), rebuilt.square(rebuilt.total(rank)))
        np.testing.assert_array_equal(middles(card, left, 420, 189, 7), rebuilt.filter(rank))


def test_a_black_patch_can_be_taken_away_too(weights: np.ndarray) -> None:
    black = RebuiltPatch(weights, np.zeros(147, np.float32), 7)
    assert black.last_rank == 1
    for make in (patch_gif, patch_strip, partial(decomposition_card, title="", caption="")):
        Image.open(io.BytesIO(make(black))).load()


def test_a_pictures_gif_and_strip_show_its_reconstructions(weights: np.ndarray, picture: np.ndarray) -> None:
    code = encode_picture(picture, weights, 7)
    film = Image.open(io.BytesIO(picture_gif(picture, code, weights)))
    film.seek(9)
    tenth = reconstruct_picture(code, weights, 10)
    shown = middles(film, 12 + 268, 40, 256, 32)
    assert np.abs(shown - tenth).mean() <= CLOSE
    strip = Image.open(io.BytesIO(picture_strip(picture, code, weights)))
    np.testing.assert_array_equal(middles(strip, 12 + 5 * 268, 40, 256, 32), tenth)


def content(weights: np.ndarray, picture: np.ndarray, row: int, col: int, title: str = "") -> PlayerContent:
    units = len(weights)
    band = np.zeros((2, units), np.float32)
    coding = Coding(Coder.RANK_ORDER, Coder.RANK_ORDER)
    return PlayerContent(title, weights, 7, picture, row, col, np.ones(units), band, coding)


def test_the_html_player_is_small_and_takes_a_strangers_title_as_text(
    weights: np.ndarray, picture: np.ndarray
) -> None:
    page = player_html(content(weights, picture, 12, 12, "<script>alert(1)</script>"))
    assert len(page) <= LARGEST_PLAYER_FILE
    assert b"<script>alert" not in page
    assert b"&lt;script&gt;alert" in page


def test_the_html_player_of_a_large_picture_stays_small(weights: np.ndarray) -> None:
    large = np.random.default_rng(0).integers(0, 256, (512, 400, 3)).astype(np.uint8)
    assert len(player_html(content(weights, large, 505, 393))) <= LARGEST_PLAYER_FILE


def test_a_model_too_large_for_one_file_is_refused(picture: np.ndarray) -> None:
    with pytest.raises(ValueError, match="too large"):
        player_html(content(np.zeros((4096, 147), np.float32), picture, 0, 0))
