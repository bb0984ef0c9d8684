"""The folder of runs, the trainings of this server, and the owners of runs."""

from pathlib import Path

import platformdirs
import streamlit as st

from app.training.manager import Trainings
from model.runs.metadata import read_metadata


def runs_folder() -> Path:
    """The folder of all runs that are trained in the app; the first training creates it."""
    return platformdirs.user_data_path("rankscope") / "runs"


@st.cache_resource(show_spinner=False)
def server_trainings() -> Trainings:
    """All trainings of this server."""
    return Trainings(runs_folder())


def owner_of(run: str) -> str | None:
    """The visitor who owns a run; '' if all visitors may see it, None if the owner is unknown."""
    training = server_trainings().find(run)
    return training.request.owner if training else read_metadata(runs_folder() / run).owner
