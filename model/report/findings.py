"""What each figure shows, what is to be expected after the paper, and whether a model agrees.

The limits are set by what the quantity would be without the paper's effect, not by what our models reach:
each is named beside its finding.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.config import CHANNELS
from model.metrics import Measurement
from model.report.against_author import unlike_author
from model.report.author_record import AuthorRecord
from model.report.figures import FIGURES, paper_figure
from model.report.shapes import Map, Shape
from model.report.subject import Subject

Judged = tuple[str, bool | None]

LIKENESS = 0.25
"""Of neighbouring weights, the size of their correlation, which is negative in fine stripes: in 7 x 7 filters
of noise it is 0.07 on average, and hardly ever as large as this."""
TENTH_SHARE = 0.2
"""Of all activation, for a tenth of the units: with equal shares it would be 0.1."""
WEAK = 0.1
"""An activation below this share of the patch's strongest is weak."""
SPARSE = 0.75
"""Of the units are silent or weak for a patch; with filters of noise it would be 0.6."""
CLOSE = 0.05
"""Relative difference between train and test that is no over-fitting worth the name."""


class Finding(NamedTuple):
    """What a figure says of a model.

    Attributes:
        title: of the figure.
        shows: what is drawn, in a sentence.
        expected: what is to be expected after the paper.
        found: what this model has, with the number.
        agrees: whether that is as expected; None if it can't be said.
    """

    title: str
    shows: str
    expected: str
    found: str
    agrees: bool | None


def figures_with_findings(subject: Subject, author: AuthorRecord) -> list[tuple[Finding, Shape | None]]:
    """All figures in the paper's order, each with what it says of the model.

    Args:
        subject: the model.
        author: whose record is drawn behind.
    """
    found = []
    for number in FIGURES:
        shape = paper_figure(number, subject, author)
        found.append((finding(number, subject, shape if isinstance(shape, Map) else None), shape))
    return found


def finding(number: int, subject: Subject, surface: Map | None = None) -> Finding:
    """What one of the paper's figures says of a model.

    Args:
        number: of the figure, 1 to 9.
        subject: the model.
        surface: figure 9, if that is asked for and already made; else figure 9 is left without a finding.
    """
    title, shows, expected = _TEXTS[number]
    found, agrees = _JUDGES[number](subject, surface)
    return Finding(title, shows, expected, found, agrees)


def _of_filters(subject: Subject, _: Map | None) -> Judged:
    likeness = neighbours_likeness(subject)
    told = f"Side by side weights correlate by {likeness:.2f} on average, in size; noise has 0.07."
    return told, likeness >= LIKENESS


def _of_mean_activations(subject: Subject, _: Map | None) -> Judged:
    units = len(subject.dictionary)
    tenth = max(1, units // 10)
    ordered = np.sort(subject.mean_activation)[::-1]
    share = float(ordered[:tenth].sum() / max(ordered.sum(), 1e-12))
    return f"The first {tenth} of {units} units do {share:.0%} of the work.", share >= TENTH_SHARE


def _of_activations(subject: Subject, _: Map | None) -> Judged:
    found = subject.code(subject.patch[None]).activations[0]
    weak = float((found < WEAK * found.max()).mean()) if found.any() else 1.0
    return f"{weak:.0%} of the units are silent or weak for this patch.", weak >= SPARSE


def _of_pre_activations(subject: Subject, _: Map | None) -> Judged:
    negative = float((subject.code(subject.patch[None]).pre_activations[0] < 0).mean())
    return f"{negative:.0%} of the pre-activations are negative.", 0.1 <= negative <= 0.9


def _of_reconstruction(subject: Subject, _: Map | None) -> Judged:
    errors = np.linalg.norm(subject.patch - subject.reconstructions(subject.patch), axis=1)
    first, tenth = float(errors[0]), float(errors[min(10, len(errors)) - 1])
    told = f"One unit leaves an error of {first:.2f} in this patch, ten leave {tenth:.2f}."
    return told, tenth <= first / 2


def _of_surface(_: Subject, surface: Map | None) -> Judged:
    if surface is None:
        return "", None
    best, whole = float(surface.values.min()), float(surface.values[-1, -1])
    told = f"All inputs and all units leave {whole:.2f}; the least anywhere is {best:.2f}."
    return told, whole <= best * (1 + CLOSE)


def neighbours_likeness(subject: Subject) -> float:
    """How strongly weights that lie side by side depend on each other.

    Returns:
        The size of their correlation, 0 to 1, on average over all filters that are not constant.
    """
    size = subject.patch_size
    tiles = subject.dictionary.reshape(-1, size, size, CHANNELS).astype(np.float64)
    centred = tiles - tiles.mean(axis=(1, 2, 3), keepdims=True)
    left, right = centred[:, :, :-1].reshape(len(tiles), -1), centred[:, :, 1:].reshape(len(tiles), -1)
    norms: NDArray[np.float64] = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    likeness = (left * right).sum(axis=1)[norms > 0] / norms[norms > 0]
    return float(np.abs(likeness).mean()) if len(likeness) else 0.0


def _of_errors(subject: Subject, _: Map | None) -> Judged:
    return _train_and_test(subject, lambda measured: measured.final_error)


def _of_objectives(subject: Subject, _: Map | None) -> Judged:
    return _train_and_test(subject, lambda measured: measured.objective)


def _train_and_test(subject: Subject, value: Callable[[Measurement], float]) -> Judged:
    history = subject.history
    if not history:
        return "This model's own training is not recorded; the author's is drawn.", None
    apart = value(history[-1].test) / value(history[-1].train) - 1
    told = f"At the end test is {apart:+.1%} from train. {unlike_author(subject)}"
    return told.strip(), abs(apart) <= CLOSE


def _of_ranks(subject: Subject, _: Map | None) -> Judged:
    history = subject.history
    if len(history) < 2:
        return "This model's own training is not recorded: train one, and choose it above.", None
    first, last = history[0].test.error_by_rank, history[-1].test.error_by_rank
    better = float((last < first).mean())
    return f"The error fell at {better:.0%} of the ranks.", better >= 0.99


_JUDGES: dict[int, Callable[[Subject, Map | None], Judged]] = {
    1: _of_filters,
    2: _of_mean_activations,
    3: _of_activations,
    4: _of_pre_activations,
    5: _of_reconstruction,
    6: _of_errors,
    7: _of_objectives,
    8: _of_ranks,
    9: _of_surface,
}
_TEXTS = {
    1: (
        "Learned filters",
        "Every unit's weights as a small picture, each from its own smallest to its own largest.",
        "Out of noise grow edges, stripes and colours: weights side by side depend on each other.",
    ),
    2: (
        "The same by mean activation",
        "The filters again, the unit that answers most on average first.",
        "Ranking makes units unequal: few do much of the work, fine details come late.",
    ),
    3: (
        "One patch's activations",
        "How many units answer how strongly to one patch.",
        "A sparse code: most units are silent or weak.",
    ),
    4: (
        "Its pre-activations",
        "The same before they are cut off at zero.",
        "Values on both sides of zero: units are silent because they answer with the other sign.",
    ),
    5: (
        "Progressive reconstruction",
        "One patch, and what is rebuilt of it from the 1, 2, 3 ... most active units.",
        "The first units bring the gist, later ones details: ten leave less than half of what one leaves.",
    ),
    6: (
        "Error over the training",
        "The error with all units on training and test patches, while the model learns.",
        "It falls, and test stays beside train: no over-fitting.",
    ),
    7: (
        "Objective over the training",
        "The same for the objective: the errors at all ranks, each times its rank.",
        "It falls, and test stays beside train.",
    ),
    8: (
        "Error by rank over the training",
        "The error at every rank, upwards, while the model learns, to the right; darker is smaller.",
        "All ranks improve together: each unit learns from the residual at its own rank.",
    ),
    9: (
        "Error surface of one patch",
        "How well a patch is rebuilt if only its largest inputs are seen and only its first units summed.",
        "The more of either, the smaller the error; nothing beats having all of both.",
    ),
}
