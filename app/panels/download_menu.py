"""The menu of files to download: the chosen patch and its picture, decomposed."""

from collections.abc import Callable

import streamlit as st

from app.exports.html_player import LARGEST_EMBEDDED_WEIGHTS, PlayerContent, player_html
from app.exports.images import (
    RebuiltPatch,
    as_png,
    decomposition_card,
    patch_gif,
    patch_strip,
    picture_gif,
    picture_strip,
)
from app.exports.numbers import code_as_csv, code_as_json, code_as_python
from app.panels.model_picker import coding_of
from app.panels.picture_picker import ChosenPicture
from app.services.models import BUNDLED, LoadedModel, model_label
from model.analysis.filter_mosaic import filters_mosaic
from model.coding.picture_code import encode_picture
from model.data.pictures import as_patches
from model.pictures.crop import crop_around

LONGEST_EXPORTED_SIDE = 512
"""Pixels; a larger picture is cropped around the patch."""


def download_menu(model: LoadedModel, picture: ChosenPicture, row: int, col: int) -> None:
    """Show the menu; a file is made when it is downloaded.

    Args:
        model: decomposes patch and picture.
        picture: which has the patch.
        row: of the patch's upper left pixel.
        col: of the same pixel.
    """
    weights, size = model.dictionary, model.checkpoint.config.patch_size
    with st.popover("Take away", icon=":material/download:"):
        st.caption("The patch that is framed, rank by rank:")
        _patch_buttons(model, picture, row, col)
        _numbers(model, picture, row, col)
        _download_button(
            "All filters of the model", lambda: as_png(filters_mosaic(weights, size), times=8), "filters.png"
        )
        st.caption("The whole picture:")
        shown = crop_around(picture.pixels, row, col, size, LONGEST_EXPORTED_SIDE).picture

        def of_picture(make: Callable[..., bytes]) -> Callable[[], bytes]:
            return lambda: make(shown, encode_picture(shown, weights, size, coder=model.coder), weights)

        _download_button("Picture as animated GIF", of_picture(picture_gif), "picture.gif")
        _download_button("Picture as film strip", of_picture(picture_strip), "picture-strip.png")


def _numbers(model: LoadedModel, picture: ChosenPicture, row: int, col: int) -> None:
    """Buttons for the code of the patch, and Python that computes it."""
    rebuilt = _rebuilt(model, picture, row, col)
    about = {
        "picture": picture.title,
        "row": row,
        "column": col,
        "model": model.name,
        "coder": model.coder.value,
    }
    _download_button("Its code as CSV", lambda: code_as_csv(rebuilt), "code.csv")
    _download_button("Its code as JSON", lambda: code_as_json(rebuilt, about), "code.json")
    python = st.expander("Copy as Python", on_change="rerun", key="as-python")
    if python.open:
        file = f"assets/{model.name}.safetensors" if model.name in BUNDLED else "checkpoint.safetensors"
        python.code(code_as_python(rebuilt, model.checkpoint.weights, file), language="python")


def _rebuilt(model: LoadedModel, picture: ChosenPicture, row: int, col: int) -> RebuiltPatch:
    size = model.checkpoint.config.patch_size
    pixels = picture.pixels[None, row : row + size, col : col + size]
    return RebuiltPatch(model.dictionary, as_patches(pixels)[0], size, model.coder)


def _patch_buttons(model: LoadedModel, picture: ChosenPicture, row: int, col: int) -> None:
    """Buttons for the files of the patch: GIF, film strip, card, HTML player."""
    weights, size = model.checkpoint.weights, model.checkpoint.config.patch_size
    rebuilt = _rebuilt(model, picture, row, col)
    label = model_label(model.name)
    caption = f"{picture.title}, patch at row {row}, column {col}"

    def card() -> bytes:
        return decomposition_card(rebuilt, f"Rankscope: {label}", caption)

    def player() -> bytes:
        mean_error, band = model.measurement.error_by_rank, model.population.error_band
        title = f"{caption} ({label})"
        return player_html(
            PlayerContent(title, weights, size, picture.pixels, row, col, mean_error, band, coding_of(model))
        )

    _download_button("Animated GIF", lambda: patch_gif(rebuilt), "patch.gif")
    _download_button("Film strip", lambda: patch_strip(rebuilt), "patch-strip.png")
    _download_button("Card with filters and numbers", card, "card.png")
    if weights.nbytes <= LARGEST_EMBEDDED_WEIGHTS:
        _download_button("Player as one HTML file", player, "rank-player.html")
    else:
        st.caption("This model is too large to go into one HTML file.")


def _download_button(label: str, make: Callable[[], bytes | str], name: str) -> None:
    """A button that downloads what `make` returns as a file of that name, whose ending says its type."""
    kinds = {
        "gif": "image/gif",
        "png": "image/png",
        "html": "text/html",
        "csv": "text/csv",
        "json": "application/json",
    }
    kind = kinds.get(name.rpartition(".")[2], "application/json")
    st.download_button(label, make, name, kind, on_click="ignore", width="stretch", key=f"take {name}")
