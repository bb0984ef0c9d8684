"""Reproducing the paper: train with its settings, measure, make all its figures, and write the report."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.checkpoint import save_checkpoint
from model.coding.decomposition import decompose
from model.config import TrainingConfig
from model.data.pictures import ASSETS, Dataset, random_patches
from model.files import write_whole
from model.metrics import measure
from model.report.against_author import beside_author_in_words, unlike_author
from model.report.author_record import AuthorRecord, author_record
from model.report.figures import author_table
from model.report.findings import Finding, figures_with_findings
from model.report.html import Table, beside_author, report_html
from model.report.shapes import Shape
from model.report.subject import Moment, Subject
from model.training.loop import Snapshot, checkpoint_of, train

MEASURED_PATCHES = 10_000
PATCHES_TO_CHOOSE_FROM = 100
"""The one with most contrast is the patch of figures 3, 4, 5 and 9."""
OVERFITTING_RANKS = (1, 5, 10, 50)
_ABOUT = (
    "P. Bertens, Rank Ordered Autoencoders (arXiv 1605.01749, 2016). A model of {units} units was trained by "
    "the paper's rule on {patches:,} random patches of {size} x {size} pixels of the training pictures of "
    "{data}, in {seconds:.0f} seconds, and measured on {measured:,} random patches of the test pictures. "
    "Errors are the L2 norm of a patch minus its reconstruction. The author trained online, one patch at a "
    "time, on {author:,} patches; here updates are means of {batch} patches, by Adam in a decorrelated basis."
)


@dataclass(frozen=True)
class Report:
    """What `reproduce` made.

    Attributes:
        html: the file that opens in a browser.
        numbers: the JSON beside it.
    """

    html: Path
    numbers: dict[str, Any]


def reproduce(
    dataset: Dataset,
    config: TrainingConfig,
    folder: Path,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Train, measure, and write `report.html`, `report.json` and `checkpoint.safetensors`.

    Args:
        dataset: the pictures.
        config: the settings; those of `TrainingConfig()` are the paper's.
        folder: which is made if it is missing; files of these names in it are replaced.
        progress: called with the number of patches seen, now and then.

    Raises:
        OSError: the folder can't be written.
        DataError: a picture is smaller than a patch.
    """
    folder.mkdir(parents=True, exist_ok=True)
    began, history, last = time.perf_counter(), [], None
    for last in train(config, dataset):
        progress(last.patches_seen)
        history.append(Moment(last.patches_seen, last.train, last.test))
    seconds = time.perf_counter() - began
    assert last is not None  # a training has a first snapshot at least
    subject, author = _subject(last, history, config, dataset), author_record()
    about = _ABOUT.format(
        units=config.model.n_units, patches=config.patches, size=config.model.patch_size, data=dataset.name,
        seconds=seconds, measured=MEASURED_PATCHES, author=author.patches[-1], batch=config.batch_size,
    )  # fmt: skip
    report = _report_of(subject, author, about, folder / "report.html")
    save_checkpoint(checkpoint_of(last, config, dataset), folder / "checkpoint.safetensors")
    write_whole(folder / "report.json", json.dumps({**report.numbers, "seconds": seconds}).encode())
    return report


def _report_of(subject: Subject, author: AuthorRecord, about: str, file: Path) -> Report:
    """Write the HTML file, and gather its numbers."""
    figures, table = figures_with_findings(subject, author), author_table(subject, author)
    verdict, as_good = beside_author_in_words(table, unlike_author(subject))
    tables = [beside_author(table, "here"), *_overfitting()]
    html = report_html("The paper, reproduced", [about, verdict], tables, figures)
    write_whole(file, html.encode())
    numbers = {
        "about": about,
        "verdict": verdict,
        "as_good_as_author": as_good,
        "beside_author": [
            {"figure": name, "author": theirs, "here": ours, "difference_percent": percent}
            for name, theirs, ours, percent in table
        ],
        "measurement": subject.measurement.as_json(),
        "figures": [_as_json(number, *each) for number, each in enumerate(figures, 1)],
    }
    return Report(file, numbers)


def contrasting(patches: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of patches (count, n_inputs) the one whose values are furthest apart."""
    patch: NDArray[np.float32] = patches[int(np.argmax(patches.std(axis=1)))]
    return patch


def _subject(last: Snapshot, history: list[Moment], config: TrainingConfig, dataset: Dataset) -> Subject:
    size = config.model.patch_size
    patches = random_patches(dataset.test, size, MEASURED_PATCHES, np.random.default_rng([config.seed, 2016]))
    return Subject(
        dictionary=last.weights,
        coder=config.rule.coder,
        patch_size=size,
        mean_activation=decompose(last.weights, patches).activations.mean(axis=0, dtype=np.float64),
        measurement=measure(last.weights, patches, config.rule.coder),
        history=history,
        patch=contrasting(patches[:PATCHES_TO_CHOOSE_FROM]),
        data=dataset.name,
    )


def _overfitting() -> list[Table]:
    """Test error against the number of training pictures, as `benchmarks/overfitting.py` measured it."""
    measured = json.loads((ASSETS / "overfitting.json").read_text())
    rows = []
    for row in measured["rows"]:
        places = [row["ranks"].index(k) for k in OVERFITTING_RANKS]
        errors = [f"{row['test'][i]:.3f} ({row['train'][i]:.3f})" for i in places]
        rows.append([row["method"], f"{row['pictures']:,}", *errors])
    caption = (
        "Over-fitting, measured: error on test patches, and in brackets on patches of the training pictures, "
        f"against the number of those ({measured['patches']:,} patches of {measured['data']})."
    )
    return [Table(caption, ("", "pictures", *(f"k = {k}" for k in OVERFITTING_RANKS)), rows)]


def _as_json(number: int, found: Finding, shape: Shape | None) -> dict[str, Any]:
    header, *rows = shape.table() if shape else [[]]
    plain = [[value.item() if isinstance(value, np.generic) else value for value in row] for row in rows]
    return {"number": number, **found._asdict(), "columns": header, "rows": plain}
