"""Compare: two to four models or rivals on the same patches, with a verdict in words."""

import json

import streamlit as st

from app.compare.measuring import Side, sides_of, verdict_between
from app.compare.options import DEFAULT, checkpoint_of, compare_options
from app.compare.own_filters import own_filters
from app.compare.payload import board_data
from app.components.compare_board import compare_board
from app.components.patch_picker import patch_picker
from app.panels.picture_picker import chosen_picture, picture_chooser
from app.state import selection
from app.state.compared import FEWEST, MOST, choose_compared, compared_names
from app.state.literal_text import literal
from app.state.visitor import current_visitor
from model.checkpoint import CheckpointError
from model.comparison.measured import common_ranks, figures, warnings
from model.comparison.names import ComparisonError
from model.rivals.bundled import RivalsError

INTRODUCTION = (
    "Which needs fewer components for the same patch? Choose two to four: models, rivals that others use "
    "(PCA, the DCT, dictionary learning, sparse autoencoders), or any of their filters with another way to "
    "choose them."
)

st.caption(INTRODUCTION)
boxes = st.container()
brought = own_filters()
options = compare_options(current_visitor())
names = compared_names(options, DEFAULT)
if brought in options:
    names = [brought, *names[: MOST - 1]]
    choose_compared(names)
PLACES = ("First", "Second", "Third", "Fourth")


def take_choice() -> None:
    """Record what the boxes hold now."""
    held = [st.session_state[f"compared {place}"] for place in PLACES]
    choose_compared([name for name in held if name is not None])


for number, (column, place) in enumerate(zip(boxes.columns(len(PLACES)), PLACES, strict=True)):
    chosen = names[number] if number < len(names) else None
    st.session_state[f"compared {place}"] = chosen
    column.selectbox(
        place,
        [name for name in options if name == chosen or name not in names],
        index=0 if number < FEWEST else None,
        format_func=lambda name: options[str(name)],
        key=f"compared {place}",
        on_change=take_choice,
        placeholder="no one",
    )


def measure(sides: list[Side]) -> None:
    """Measure what has not been measured, and show how far that is."""
    missing = [side for side in sides if not side.is_measured]
    progress = st.empty()
    for done, side in enumerate(missing):
        text = f"Measuring {literal(side.label)} on 10,000 test patches …"
        progress.progress(done / len(missing), text)
        side.measured()
    progress.empty()


try:
    checkpoints = [checkpoint_of(name, current_visitor()) for name in names]
    sides = sides_of(names, [options[name] for name in names], checkpoints)
    measure(sides)
    measured = [side.measured() for side in sides]
except (CheckpointError, ComparisonError, RivalsError) as error:
    st.error(literal(str(error)))
    st.stop()

size = max(side.patch_size for side in sides)
picture = chosen_picture(size)
height, width, _ = picture.pixels.shape
row, col = selection.chosen_place(height, width, size, picture.scope)
verdict, said = verdict_between(sides), warnings(measured)
ranks = common_ranks(measured)
header, arrays = board_data(sides, verdict, said, picture.pixels, row, col)
choosing, showing = st.columns([1, 3.4], gap="medium")
with choosing:
    picture_chooser(picture)
    patch_picker(
        picture.pixels,
        size,
        row,
        col,
        on_pick=lambda row, col: selection.choose(picture.scope, row=row, col=col),
        key="compared-patch",
    )
with showing:
    compare_board(header, arrays, rank=selection.linked_rank(ranks), key="board")
st.download_button(
    "All numbers as JSON",
    lambda: json.dumps(
        {
            "data": "sample",
            "patches": 10_000,
            "ranks": ranks,
            "models": {each.contender.name: figures(each, ranks) for each in measured},
            "warnings": said,
            "verdict": verdict,
        }
    ),
    "comparison.json",
    "application/json",
    on_click="ignore",
)
