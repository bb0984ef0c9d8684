"""The paper author's recorded training run, which is drawn behind other runs for comparison."""

import json
from dataclasses import dataclass

import streamlit as st

from model.data.pictures import ASSETS


@dataclass(frozen=True)
class ReferenceRun:
    """87 passes of 50,000 patches, as the author recorded them.

    Attributes:
        patches: patches seen after each pass.
        test_error: mean error (L2 norm of the residual) with all units on test patches, after each pass.
        test_objective: the objective on test patches, after each pass.
        test_error_by_rank: (n_units,) on test patches, after the last pass.
    """

    patches: tuple[int, ...]
    test_error: tuple[float, ...]
    test_objective: tuple[float, ...]
    test_error_by_rank: tuple[float, ...]


@st.cache_resource(show_spinner=False)
def reference_run() -> ReferenceRun:
    """Read the recorded curves from assets/."""
    record = json.loads((ASSETS / "author_curves.json").read_text())
    passes = range(1, len(record["test_error_by_epoch"]) + 1)
    return ReferenceRun(
        patches=tuple(record["patches_per_epoch"] * i for i in passes),
        test_error=tuple(record["test_error_by_epoch"]),
        test_objective=tuple(record["test_objective_by_epoch"]),
        test_error_by_rank=tuple(record["final_test_error_by_rank"]),
    )
