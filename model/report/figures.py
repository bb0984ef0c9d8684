"""The nine figures of the paper, in its order, as numbers, from any model."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from model.analysis.filter_mosaic import filter_bytes
from model.config import CHANNELS, PIXEL_SCALE
from model.report.author_record import AuthorRecord
from model.report.shapes import Axis, Histogram, Line, Lines, Map, Numbers, Shape, Tiles
from model.report.subject import Subject

FIGURES = range(1, 10)
SHOWN_RANKS = (1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 30, 40, 50, 65, 80, 100, 130, 169)
"""Ranks whose reconstruction figure 5 shows, as far as the model has units."""
BARS = 40
_UNITS, _ERROR = Axis("units"), "error (L2 norm)"
_PATCHES = Axis("patches seen", logarithmic=True)
_RANK = Axis("rank k: number of units summed", logarithmic=True)


def paper_figure(number: int, subject: Subject, author: AuthorRecord) -> Shape | None:
    """One figure.

    Args:
        number: in the paper's order, one of FIGURES.
        subject: the model.
        author: whose recorded run is drawn behind figures 6 and 7.

    Returns:
        The figure; None for figure 8 of a model whose training is not known.
    """
    if number in {6, 7}:
        return _over_training(subject, author, objective=number == 7)
    makers: dict[int, Callable[[Subject], Shape | None]] = {
        1: filters,
        2: filters_by_mean_activation,
        3: activations,
        4: pre_activations,
        5: progressive_reconstruction,
        8: error_by_rank_over_training,
        9: error_surface,
    }
    return makers[number](subject)


def filters(subject: Subject) -> Tiles:
    """Figure 1: all filters in order of unit, each scaled to its own smallest and largest weight."""
    return _filters(subject, np.arange(len(subject.dictionary)))


def filters_by_mean_activation(subject: Subject) -> Tiles:
    """Figure 2: the same, the unit with the largest mean activation first."""
    return _filters(subject, np.argsort(-subject.mean_activation, kind="stable"))


def _filters(subject: Subject, order: NDArray[np.int64]) -> Tiles:
    size, weights = subject.patch_size, subject.dictionary[order]
    pictures = filter_bytes(weights).reshape(-1, size, size, CHANNELS)
    names = tuple(f"unit {unit}" for unit in order)
    return Tiles(pictures, names, weights, int(np.ceil(np.sqrt(len(order)))))


def activations(subject: Subject) -> Histogram:
    """Figure 3: one patch's activations, counted."""
    found = subject.code(subject.patch[None]).activations[0]
    return _histogram(found, Axis("activation a of a unit (0 = silent)"))


def pre_activations(subject: Subject) -> Histogram:
    """Figure 4: its pre-activations, negative ones too."""
    found = subject.code(subject.patch[None]).pre_activations[0]
    return _histogram(found, Axis("pre-activation p of a unit (above 0 it is active)"))


def _histogram(values: NDArray[np.float32], x: Axis) -> Histogram:
    counts, edges = np.histogram(values.astype(np.float64), BARS)
    return Histogram(edges, counts.astype(np.int64), x, _UNITS)


def progressive_reconstruction(subject: Subject) -> Tiles:
    """Figure 5: the patch, and what is rebuilt of it from 1, 2, 3 ... units."""
    units, size = len(subject.dictionary), subject.patch_size
    ranks = [k for k in SHOWN_RANKS if k <= units]
    rebuilt = subject.reconstructions(subject.patch)[np.array(ranks) - 1]
    numbers = np.concatenate([subject.patch[None], rebuilt]).astype(np.float32)
    pictures = np.clip(np.rint(numbers * PIXEL_SCALE), 0, 255).astype(np.uint8)
    names = ("the patch", *(f"k = {k}" for k in ranks))
    return Tiles(pictures.reshape(-1, size, size, CHANNELS), names, numbers, 7)


def _over_training(subject: Subject, author: AuthorRecord, *, objective: bool) -> Lines:
    """Figures 6 and 7: error with all units, or the objective, over the training, beside the author's."""
    seen = np.array(author.patches, np.float64)
    recorded = (
        (author.train_objective, author.test_objective)
        if objective
        else (author.train_error, author.test_error)
    )
    lines = [
        Line(f"the author's run, {split}", seen, np.array(values, np.float64))
        for split, values in zip(("train", "test"), recorded, strict=True)
    ]
    later = [moment for moment in subject.history if moment.patches_seen > 0]  # for a logarithmic axis
    if later:
        seen = np.array([moment.patches_seen for moment in later], np.float64)
        for split in ("train", "test"):
            measured = [getattr(moment, split) for moment in later]
            values = [each.objective if objective else each.final_error for each in measured]
            lines.append(Line(f"this model, {split}", seen, np.array(values, np.float64)))
    title = "objective J: sum of k times the error at rank k" if objective else f"{_ERROR} with all units"
    return Lines(tuple(lines), _PATCHES, Axis(title, logarithmic=True))


def error_by_rank_over_training(subject: Subject) -> Map | None:
    """Figure 8: the error at every rank, over the training; None if that is not known."""
    later = [moment for moment in subject.history if moment.patches_seen > 0]  # for a logarithmic axis
    if not later:
        return None
    errors = np.stack([moment.test.error_by_rank for moment in later], axis=1)
    seen = np.array([moment.patches_seen for moment in later], np.float64)
    ranks = np.arange(1, len(errors) + 1, dtype=np.float64)
    return Map(seen, ranks, errors, _PATCHES, Axis("rank k"), Axis(_ERROR, logarithmic=True))


def error_surface(subject: Subject) -> Map:
    """Figure 9: error of one patch by how many of its inputs are kept, largest first, and how many units.

    What is left out of the patch is black for the units; the error is that of the whole patch.
    """
    patch = subject.patch
    largest = np.argsort(-patch, kind="stable")
    ranks = np.arange(1, len(subject.dictionary) + 1, dtype=np.float64)
    kept = np.arange(1, len(patch) + 1)
    surface = np.empty((len(ranks), len(kept)))
    for i, count in enumerate(kept):
        partly = np.zeros_like(patch)
        partly[largest[:count]] = patch[largest[:count]]
        surface[:, i] = np.linalg.norm(patch - subject.reconstructions(partly), axis=1)
    inputs = Axis("inputs kept, largest first")
    return Map(kept.astype(np.float64), ranks, surface, inputs, Axis("units kept, by rank"), Axis(_ERROR))


def author_table(subject: Subject, author: AuthorRecord) -> list[tuple[str, float, float, float]]:
    """This model beside the author's, for models of the paper's size.

    Args:
        subject: the model.
        author: whose record stands beside it.

    Returns:
        Rows of a figure's name, the author's, ours, and the difference in per cent of the author's; negative
        is better. Empty for models of another size.
    """
    theirs: Numbers = np.array(author.test_error_by_rank)
    ours = subject.measurement.error_by_rank
    if subject.dictionary.shape != (len(theirs), 7 * 7 * CHANNELS):
        return []
    pairs = [(f"error at k = {k}", theirs[k - 1], ours[k - 1]) for k in (1, 2, 5, 10, 20, 50)]
    pairs += [
        ("error with all units", theirs[-1], ours[-1]),
        ("error summed over all ranks", theirs.sum(), ours.sum()),
        ("objective", author.test_objective[-1], subject.measurement.objective),
    ]
    return [(name, float(their), float(our), float(100 * (our / their - 1))) for name, their, our in pairs]
