"""What the paper's author recorded of the training that he published."""

import json
from dataclasses import dataclass

from model.data.pictures import ASSETS


@dataclass(frozen=True)
class AuthorRecord:
    """87 passes of 50,000 patches, and the model at their end (the figures of Bertens 2016).

    Attributes:
        patches: patches seen after each pass.
        train_error: mean error (L2 norm of the residual) with all units on training patches, after each pass.
        test_error: the same on test patches.
        train_objective: the objective on training patches, after each pass.
        test_objective: the same on test patches.
        test_error_by_rank: (n_units,) on test patches, after the last pass.
    """

    patches: tuple[int, ...]
    train_error: tuple[float, ...]
    test_error: tuple[float, ...]
    train_objective: tuple[float, ...]
    test_objective: tuple[float, ...]
    test_error_by_rank: tuple[float, ...]


def author_record() -> AuthorRecord:
    """Read the record from assets/."""
    record = json.loads((ASSETS / "author_curves.json").read_text())
    passes = range(1, len(record["test_error_by_epoch"]) + 1)
    return AuthorRecord(
        patches=tuple(record["patches_per_epoch"] * i for i in passes),
        train_error=tuple(record["train_error_by_epoch"]),
        test_error=tuple(record["test_error_by_epoch"]),
        train_objective=tuple(record["train_objective_by_epoch"]),
        test_objective=tuple(record["test_objective_by_epoch"]),
        test_error_by_rank=tuple(record["final_test_error_by_rank"]),
    )
