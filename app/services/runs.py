"""The folder of runs, the trainings of this server, and the owners of runs."""

from pathlib import Path

import platformdirs
import streamlit as st

from app.access import for_one_user
from app.training.limits import FOR_EACH_VISITOR, FOR_ONE_USER
from app.training.manager import Trainings
from model.runs.metadata import read_metadata


def runs_folder() -> Path:
    """The folder of all runs that are trained in the app; the first training creates it."""
    return platformdirs.user_data_path("rankscope") / "runs"


@st.cache_resource(show_spinner=False)
def server_trainings() -> Trainings:
    """All trainings of this server; a server for many limits what each visitor may use."""
    return Trainings(runs_folder(), FOR_ONE_USER if for_one_user() else FOR_EACH_VISITOR)


def owner_of(run: str) -> str | None:
    """The visitor who owns a run; '' if all visitors may see it, None if the owner is unknown."""
    training = server_trainings().find(run)
    return training.request.owner if training else read_metadata(runs_folder() / run).owner
