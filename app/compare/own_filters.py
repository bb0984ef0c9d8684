"""Bringing in filters that were made elsewhere: they become a model for every page, kept like a run."""

import tempfile
from datetime import datetime
from pathlib import Path

import streamlit as st

from app.services.pictures import bundled_pictures
from app.services.runs import runs_folder
from app.state import url
from app.state.visitor import current_visitor
from model.checkpoint import CheckpointError, save_checkpoint
from model.config import TrainingConfig
from model.data.pictures import DataError
from model.imports.arrays import LARGEST_FILE
from model.imports.filters import AXES_HINT, SCALE_HINT, Axes, Scale, load_model_file
from model.runs.folder import InitialModel, create_run
from model.runs.metadata import RunMetadata, claim_folder, clean_title
from model.runs.quota import check_quota
from model.runs.reading import RunError

WORDS = (
    "A file `.npy`, `.npz` or `.safetensors` with an array of n filters: n rows or columns of 3 x p x p "
    "values, or n x p x p x 3, or n x 3 x p x p. It becomes a model that every page can show, and that Train "
    "can train on; there it is also renamed and deleted."
)
_FILE, _AXES, _SCALE = "own-filters", "own-filters-axes", "own-filters-scale"
_FOUND_OUT = "find out from the numbers"
AXES = {_FOUND_OUT: None, "row, column, colour": Axes.HWC, "colour, row, column": Axes.CHW}
SCALES = {
    _FOUND_OUT: None,
    "nothing: filters are directions, and pursuit codes with them": Scale.UNIT,
    "they are weights of a rank-ordered model": Scale.AS_IS,
}


def own_filters() -> str | None:
    """Show a drawer in which filters are brought in.

    Returns:
        The name of the model that has just been made of them, once; else None.
    """
    drawer = st.expander("Bring filters of your own", on_change="rerun", key="own-filters-drawer")
    if drawer.open:
        with drawer:
            st.caption(WORDS)
            st.file_uploader("Filters", type=None, key=_FILE, max_upload_size=LARGEST_FILE >> 20)
            left, right = st.columns(2)
            left.selectbox("Order of a filter's values", list(AXES), key=_AXES)
            right.selectbox("What a filter's length means", list(SCALES), key=_SCALE)
            file = st.session_state[_FILE]
            st.button("Use them", on_click=_take, disabled=file is None, key="own-filters-take")
    made: str | None = st.session_state.pop("own-filters-made", None)
    return made


def _take() -> None:
    """Make a model of the uploaded file; a notice says why if that is impossible."""
    file = st.session_state[_FILE]
    if file is None:
        return
    try:
        st.session_state["own-filters-made"] = keep_filters(
            file.name,
            file.getvalue(),
            AXES[st.session_state[_AXES]],
            SCALES[st.session_state[_SCALE]],
            current_visitor(),
        )
    except (CheckpointError, RunError, DataError) as error:
        said = str(error).replace(AXES_HINT, "choose it below").replace(SCALE_HINT, "choose it below")
        url.notice(said, about=file.name)


def keep_filters(name: str, content: bytes, axes: Axes | None, scale: Scale | None, owner: str) -> str:
    """Keep filters as a run that has not been trained yet, so that every page shows its model.

    Args:
        name: of the file.
        content: its bytes.
        axes: the order of a filter's values; None finds out.
        scale: what a filter's length means; None finds out.
        owner: the visitor whose run it is.

    Returns:
        The name of the run.

    Raises:
        CheckpointError: the file is no such thing, or it is not clear how to read it.
        RunError: the visitor has too many runs, or it can't be written.
        DataError: the filters are larger than the bundled pictures.
    """
    with tempfile.TemporaryDirectory() as folder:
        # Its ending alone: the rest of a stranger's name names no file here.
        path = Path(folder) / f"file{Path(name).suffix if Path(name).suffix in ('.npy', '.npz') else ''}"
        path.write_bytes(content)
        try:
            checkpoint = load_model_file(path, axes, scale)
        except CheckpointError as error:
            raise CheckpointError(str(error).replace(str(path), "This file")) from error
    runs = runs_folder()
    check_quota(runs, owner, 2 * checkpoint.weights.nbytes)
    kept = claim_folder(runs, f"{datetime.now():%Y%m%d-%H%M%S}-filters")
    run = create_run(
        kept,
        TrainingConfig(model=checkpoint.config, rule=checkpoint.rule),
        "sample",
        bundled_pictures(),
        InitialModel(clean_title(Path(name).stem) or "filters", checkpoint),
        RunMetadata(clean_title(name) or "Filters", owner),
    )
    save_checkpoint(checkpoint, run.checkpoint)
    return kept.name
