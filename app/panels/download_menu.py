"""The menu from which a visitor takes the patch that is shown, and its picture, away."""

from collections.abc import Callable

import streamlit as st

from app.exports.html_player import LARGEST_WEIGHTS, PlayerContent, player_html
from app.exports.images import (
    RebuiltPatch,
    as_png,
    decomposition_card,
    patch_gif,
    patch_strip,
    picture_gif,
    picture_strip,
)
from app.panels.picture_picker import ChosenPicture
from app.services.models import LoadedModel, model_label
from model.analysis.filter_mosaic import filters_mosaic
from model.coding.picture_code import encode_picture
from model.data.pictures import as_patches
from model.pictures.crop import crop_around

LONGEST_EXPORTED_SIDE = 512
"""Pixels; of a larger picture the files show what lies around the patch."""


def take_away(model: LoadedModel, picture: ChosenPicture, row: int, col: int) -> None:
    """Show the menu; a file is made when it is asked for."""
    weights, size = model.checkpoint.weights, model.checkpoint.config.patch_size
    pixels = picture.pixels
    rebuilt = RebuiltPatch(weights, as_patches(pixels[None, row : row + size, col : col + size])[0], size)
    title = f"Rankscope: {model_label(model.name)}"
    where = f"{picture.title}, patch at row {row}, column {col}"

    def player() -> bytes:
        population = model.population
        content = PlayerContent(
            f"{where} ({model_label(model.name)})",
            weights,
            size,
            pixels,
            row,
            col,
            model.measurement.error_by_rank,
            population.error_band,
        )
        return player_html(content)

    def of_picture(make: Callable[..., bytes]) -> Callable[[], bytes]:
        shown = crop_around(pixels, row, col, size, LONGEST_EXPORTED_SIDE).picture
        return lambda: make(shown, encode_picture(shown, weights, size), weights)

    def filters() -> bytes:
        return as_png(filters_mosaic(weights, size), times=8)

    with st.popover("Take away", icon=":material/download:"):
        st.caption("The patch that is framed, rank by rank:")
        _offer("Animated GIF", lambda: patch_gif(rebuilt), "patch.gif")
        _offer("Film strip", lambda: patch_strip(rebuilt), "patch-strip.png")
        _offer("Card with filters and numbers", lambda: decomposition_card(rebuilt, title, where), "card.png")
        if weights.nbytes <= LARGEST_WEIGHTS:
            _offer("Player as one HTML file", player, "rank-player.html")
        else:
            st.caption("This model is too large to go into one HTML file.")
        _offer("All filters of the model", filters, "filters.png")
        st.caption("The whole picture:")
        _offer("Picture as animated GIF", of_picture(picture_gif), "picture.gif")
        _offer("Picture as film strip", of_picture(picture_strip), "picture-strip.png")


def _offer(label: str, make: Callable[[], bytes], name: str) -> None:
    kinds = {"gif": "image/gif", "png": "image/png", "html": "text/html"}
    kind = kinds[name.rpartition(".")[2]]
    st.download_button(label, make, name, kind, on_click="ignore", width="stretch", key=f"take {name}")
