"""The paper author's recorded training run, to draw behind one's own."""

import json
from dataclasses import dataclass

import streamlit as st

from app.components.live_chart import Line
from model.data.pictures import ASSETS


@dataclass(frozen=True)
class ReferenceRun:
    """87 passes of 50,000 patches, as the author recorded them.

    Attributes:
        patches: seen after each pass.
        test_error: with all units, on test patches, after each pass.
        test_objective: the same for the objective.
        test_error_by_rank: (n_units,) after the last pass.
    """

    patches: tuple[int, ...]
    test_error: tuple[float, ...]
    test_objective: tuple[float, ...]
    test_error_by_rank: tuple[float, ...]

    def last_test_error_line(self, x_max: float) -> Line:
        """A level line at what the author reached in the end."""
        name = f"where the author ended after {self.patches[-1] / 1e6:.2f} M patches"
        return Line(name, [0, x_max], [self.test_error[-1]] * 2, "level")

    def error_by_rank_line(self) -> Line:
        """What the author reached in the end, by rank."""
        ranks = range(1, len(self.test_error_by_rank) + 1)
        return Line("where the author ended", ranks, self.test_error_by_rank, "reference")


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
