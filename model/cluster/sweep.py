"""A sweep from its plan to its table: mean and standard deviation over seeds."""

import csv
import io
import json
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model.cluster.engines import Ended
from model.cluster.job import Outcome
from model.cluster.plan import Job
from model.files import write_whole

TABLE_RANKS = (1, 5, 10, 20, 50)
_FIGURES = ("final_error", "error_sum", "objective", "l0_mean")


@dataclass
class Sweep:
    """What has come of a sweep so far.

    Attributes:
        jobs: all of them.
        outcomes: of those that have ended well.
        failed: why the others have not, by the name of the run.
    """

    jobs: Sequence[Job]
    outcomes: dict[Job, Outcome] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def take(self, ended: Iterable[Ended], progress: Callable[["Sweep"], None]) -> None:
        """Take in the trainings as they end; one that failed is noted and ends nothing.

        Args:
            ended: from an engine.
            progress: called after each.
        """
        for job, outcome in ended:
            if isinstance(outcome, Exception):
                self.failed[job.folder.name] = str(outcome) or repr(outcome)
            else:
                self.outcomes[job] = outcome
                if not job.folder.is_dir():  # the worker's disk is another one
                    job.folder.mkdir(parents=True)
                    write_whole(job.folder / "checkpoint.safetensors", outcome.checkpoint)
            progress(self)

    def in_words(self) -> str:
        """How far it is, on one line."""
        told = f"{len(self.outcomes)} of {len(self.jobs)} trainings finished"
        return told + (f", {len(self.failed)} failed" if self.failed else "")

    def rows(self) -> list[dict[str, Any]]:
        """The table: for each combination of settings mean and standard deviation over its seeds."""
        groups: dict[tuple[str, int, int], list[dict[str, Any]]] = {}
        for job in self.jobs:
            if job in self.outcomes:
                groups.setdefault(job.group, []).append(self.outcomes[job].measurement)
        return [
            {"rule": rule, "units": units, "patch_size": size, "seeds": len(found), **_over_seeds(found)}
            for (rule, units, size), found in groups.items()
        ]

    def write_table(self, out: Path) -> None:
        """Write `sweep.csv` and `sweep.json` into a folder."""
        rows = self.rows()
        text = io.StringIO()
        if rows:
            columns = list(dict.fromkeys(name for row in rows for name in row))
            lines = csv.DictWriter(text, columns, lineterminator="\n")
            lines.writeheader()
            lines.writerows(rows)
        write_whole(out / "sweep.csv", text.getvalue().encode())
        write_whole(out / "sweep.json", json.dumps({"rows": rows, "failed": self.failed}).encode())


def _over_seeds(found: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Mean and standard deviation (of the sample; 0 for one seed) of each figure."""
    ranks = [k for k in TABLE_RANKS if k <= len(found[0]["error_by_rank"])]
    values = {f"error_at_{k}": [each["error_by_rank"][k - 1] for each in found] for k in ranks}
    values |= {name: [each[name] for each in found] for name in _FIGURES}
    row: dict[str, float] = {}
    for name, each in values.items():
        row[f"{name}_mean"] = statistics.fmean(each)
        row[f"{name}_std"] = statistics.stdev(each) if len(each) > 1 else 0.0
    return row
