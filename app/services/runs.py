"""Where runs are kept, who trains them now, and whose they are."""

from pathlib import Path

import platformdirs
import streamlit as st

from app.training.manager import Trainings
from model.runs.metadata import read_metadata


def runs_folder() -> Path:
    """Where models trained in the app are kept; made when the first training begins."""
    return platformdirs.user_data_path("rankscope") / "runs"


@st.cache_resource(show_spinner=False)
def server_trainings() -> Trainings:
    """All trainings of this server."""
    return Trainings(runs_folder())


def owner_of(run: str) -> str | None:
    """The visitor whose run it is; '' for everybody's, None where it is not known."""
    training = server_trainings().find(run)
    return training.request.owner if training else read_metadata(runs_folder() / run).owner
