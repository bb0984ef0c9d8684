"""Decompositions as picture files: GIFs, film strips, a card. Arrays in, bytes of a file out.

Colours are those of the players: a patch's value of 1 is white; 0 is grey in residuals and other signed
values; a filter is scaled from its smallest to its largest weight.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from model.analysis.filter_mosaic import filter_bytes
from model.coding.coder import decompose_by
from model.coding.decomposition import Decomposition, reconstruction_at
from model.coding.picture_code import PictureCode, reconstruct_picture
from model.config import CHANNELS, Coder

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

WHITE, INK, QUIET = (255, 255, 255), (12, 18, 24), (90, 100, 110)
FRAME_MILLISECONDS = 250
LAST_FRAME_MILLISECONDS = 2000
STRIP_RANKS = (1, 2, 3, 5, 10, 20, 30, 50)
"""Ranks of a film strip, and then the last one."""
CARD_RANKS = 8
"""Ranks on a card, from 1."""


@dataclass(frozen=True)
class RebuiltPatch:
    """A patch and its reconstructions by a model at every rank.

    Attributes:
        weights: (n_units, n_inputs), the model's `dictionary_for` the coder.
        patch: (n_inputs,) in [0, 1).
        patch_size: height and width in pixels.
        coder: how units are chosen.
    """

    weights: Floats
    patch: Floats
    patch_size: int
    coder: Coder = Coder.RANK_ORDER

    @cached_property
    def code(self) -> Decomposition:
        """The decomposition of the patch; its arrays have one row."""
        return decompose_by(self.coder, self.weights, self.patch[None])

    @property
    def last_rank(self) -> int:
        """The number of active units, at least 1; reconstructions do not change after this rank."""
        return max(1, int(self.code.active_units[0]))

    def unit(self, rank: int) -> int:
        """The unit with a rank, from 1."""
        return int(self.code.rank_order[0, rank - 1])

    def activation(self, rank: int) -> float:
        """The activation of the unit with a rank, 0 to 1."""
        return float(self.code.activations[0, self.unit(rank)])

    def total(self, rank: int) -> Floats:
        """(n_inputs,) the reconstruction at a rank."""
        total: Floats = reconstruction_at(self.weights, self.code, rank)[0]
        return total

    def error(self, rank: int) -> float:
        """The L2 norm of the residual at a rank."""
        return float(np.linalg.norm(self.patch - self.total(rank)))

    def square(self, values: Floats) -> Bytes:
        """Values of a patch as (patch_size, patch_size, 3) bytes."""
        scaled = np.clip(np.rint(values * 256), 0, 255).astype(np.uint8)
        return scaled.reshape(self.patch_size, self.patch_size, CHANNELS)

    def tiles(self, rank: int) -> list[tuple[str, Bytes]]:
        """Captions and pixels of the player's tiles at a rank: patch, sum, residual, what the unit adds."""
        added = np.float32(self.activation(rank)) * self.weights[self.unit(rank)]
        return [
            ("patch", self.square(self.patch)),
            (f"sum of {rank}" if rank > 1 else "rank 1", self.square(self.total(rank))),
            ("still missing", self.square(self.patch - self.total(rank) + np.float32(0.5))),
            (f"unit {self.unit(rank)} adds", self.square(added + np.float32(0.5))),
        ]

    def filter(self, rank: int) -> Bytes:
        """The filter of the unit with a rank, (patch_size, patch_size, 3) bytes."""
        pixels = filter_bytes(self.weights[[self.unit(rank)]])
        return pixels.reshape(self.patch_size, self.patch_size, CHANNELS)


def patch_gif(rebuilt: RebuiltPatch) -> bytes:
    """The rank player as an animated GIF, one frame for each of `gif_ranks`."""
    frames = []
    for rank in gif_ranks(rebuilt.last_rank):
        words = f"rank {rank} of {rebuilt.last_rank}     error {rebuilt.error(rank):.3f}"
        frames.append(_row(rebuilt.tiles(rank), side=168, title=words))
    return _as_gif(frames)


def patch_strip(rebuilt: RebuiltPatch) -> bytes:
    """The patch and its reconstructions at STRIP_RANKS, side by side, as PNG."""
    ranks = [rank for rank in STRIP_RANKS if rank < rebuilt.last_rank] + [rebuilt.last_rank]
    tiles = [("patch", rebuilt.square(rebuilt.patch))]
    tiles += [(f"{rank}: {rebuilt.error(rank):.3f}", rebuilt.square(rebuilt.total(rank))) for rank in ranks]
    return _as_png(_row(tiles, side=210, title="Rank and error"))


def picture_gif(picture: Bytes, code: PictureCode, weights: Floats) -> bytes:
    """A picture and its reconstruction at each of `gif_ranks`, as an animated GIF.

    Args:
        picture: (height, width, 3) bytes.
        code: of the picture.
        weights: (n_units, n_inputs) that the picture was coded with.
    """
    width = picture.shape[1]
    frames = []
    for rank in gif_ranks(code.units.shape[1]):
        rebuilt = reconstruct_picture(code, weights, rank)
        tiles = [("picture", picture), (_units(rank), rebuilt)]
        frames.append(_row(tiles, side=max(256, width), title=f"{_units(rank)} a patch"))
    return _as_gif(frames)


def picture_strip(picture: Bytes, code: PictureCode, weights: Floats) -> bytes:
    """A picture and its reconstructions at STRIP_RANKS, side by side, as PNG.

    Args:
        picture: (height, width, 3) bytes.
        code: of the picture.
        weights: (n_units, n_inputs) that the picture was coded with.
    """
    width = picture.shape[1]
    ranks = [rank for rank in STRIP_RANKS if rank < code.units.shape[1]] + [code.units.shape[1]]
    tiles = [("picture", picture)]
    tiles += [(_units(rank), reconstruct_picture(code, weights, rank)) for rank in ranks]
    return _as_png(_row(tiles, side=max(256, width), title="Units a patch"))


def decomposition_card(rebuilt: RebuiltPatch, title: str, caption: str) -> bytes:
    """A card to print: the patch and, for its first CARD_RANKS ranks, sums, filters and numbers, as PNG.

    Args:
        rebuilt: the patch.
        title: the model, for people.
        caption: the patch, for people.
    """
    side, gap, left = 190, 20, 460
    ranks = range(1, min(CARD_RANKS, rebuilt.last_rank) + 1)
    card = Image.new("RGB", (left + CARD_RANKS * (side + gap) + 20, 860), WHITE)
    draw = ImageDraw.Draw(card)
    draw.text((40, 28), title, INK, _font(48))
    draw.text((40, 92), caption, QUIET, _font(30))
    card.paste(_enlarged(rebuilt.square(rebuilt.patch), 340), (40, 180))
    length = float(np.linalg.norm(rebuilt.patch))
    words = [f"length {length:.3f}", f"{rebuilt.last_rank} active units", "error with all of them"]
    for i, text in enumerate([*words, f"{rebuilt.error(rebuilt.last_rank):.4f}"]):
        draw.text((40, 545 + 42 * i), text, INK, _font(32))
    for name, top in (("sum", 180), ("filter", 420)):
        draw.text((left - 14, top + side / 2), name, QUIET, _font(26), anchor="rm")
    for i, name in enumerate(("rank", "unit", "activation", "error")):
        draw.text((left - 14, 652 + 44 * i), name, QUIET, _font(26), anchor="rm")
    for rank in ranks:
        x = left + (rank - 1) * (side + gap)
        card.paste(_enlarged(rebuilt.square(rebuilt.total(rank)), side), (x, 180))
        card.paste(_enlarged(rebuilt.filter(rank), side), (x, 420))
        numbers = [str(rank), str(rebuilt.unit(rank))]
        numbers += [f"{rebuilt.activation(rank):.4f}", f"{rebuilt.error(rank):.4f}"]
        for i, number in enumerate(numbers):
            draw.text((x + side / 2, 652 + 44 * i), number, INK, _font(30), anchor="mm")
    return _as_png(card)


def as_png(pixels: Bytes, times: int) -> bytes:
    """Pixels as a PNG file.

    Args:
        pixels: (height, width, 3).
        times: each pixel becomes a square of `times` x `times` pixels.
    """
    return _as_png(_enlarged(pixels, times * pixels.shape[1]))


def gif_ranks(last: int) -> list[int]:
    """The ranks that a GIF shows: every one up to 20, every second up to 40, then every fifth, and `last`."""
    ranks = [*range(1, 21), *range(22, 41, 2), *range(45, last, 5)]
    return [*(rank for rank in ranks if rank < last), last]


def _units(rank: int) -> str:
    return "1 unit" if rank == 1 else f"{rank} units"


def _row(tiles: Sequence[tuple[str, Bytes]], *, side: int, title: str) -> Image.Image:
    """Pictures of one size side by side, enlarged to about `side` pixels, with title and captions."""
    squares = [(name, _enlarged(pixels, side)) for name, pixels in tiles]
    width, height = squares[0][1].size
    gap, top = 12, 40
    row = Image.new("RGB", (len(squares) * (width + gap) + gap, top + height + 36), WHITE)
    draw = ImageDraw.Draw(row)
    draw.text((gap, 8), title, INK, _font(22))
    for i, (name, square) in enumerate(squares):
        x = gap + i * (width + gap)
        row.paste(square, (x, top))
        draw.text((x + width / 2, top + height + 18), name, INK, _font(20), anchor="mm")
    return row


def _enlarged(pixels: Bytes, side: int) -> Image.Image:
    """Enlarge to about `side` pixels across by a whole factor, which keeps pixels sharp."""
    times = max(1, round(side / pixels.shape[1]))
    return Image.fromarray(pixels.repeat(times, axis=0).repeat(times, axis=1))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _as_png(image: Image.Image) -> bytes:
    packed = io.BytesIO()
    image.save(packed, "PNG", optimize=True, dpi=(300, 300))
    return packed.getvalue()


def _as_gif(frames: Sequence[Image.Image]) -> bytes:
    """A GIF that repeats, whose last frame stays longer; each frame has its own palette, no dithering."""
    flat = [frame.quantize(256, dither=Image.Dither.NONE) for frame in frames]
    times = [FRAME_MILLISECONDS] * (len(flat) - 1) + [LAST_FRAME_MILLISECONDS]
    packed = io.BytesIO()
    flat[0].save(packed, "GIF", save_all=True, append_images=flat[1:], duration=times, loop=0)
    return packed.getvalue()
