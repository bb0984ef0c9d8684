"""The paper's figures, what they say of a model, and the report, on cases that are worked out by hand."""

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest

from model.checkpoint import load_checkpoint
from model.coding.coder import decompose_by
from model.config import Coder, ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.metrics import Measurement, measure
from model.report.against_author import beside_author_in_words, unlike_author
from model.report.author_record import AuthorRecord, author_record
from model.report.drawing import as_svg
from model.report.figures import FIGURES, author_table, error_surface, paper_figure
from model.report.findings import figures_with_findings, finding, neighbours_likeness
from model.report.html import Table, report_html
from model.report.reproduction import contrasting, reproduce
from model.report.shapes import Axis, Histogram, Line, Lines, Map, Tiles
from model.report.subject import Moment, Subject

SMALL = TrainingConfig(ModelConfig(6, 2), patches=3_000)


def subject(**changes: object) -> Subject:
    """Two units on patches of 1 x 1 pixels: red, and red with half as much green."""
    dictionary = np.array([[3, 0, 0], [1.5, 1.5, 0]], np.float32)
    patch = np.array([0.5, 0.25, 0], np.float32)
    measurement = measure(dictionary, patch[None])
    made = Subject(dictionary, Coder.RANK_ORDER, 1, np.array([0.2, 0.4]), measurement, [], patch, "sample")
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def moment(seen: int, train: float, test: float) -> Moment:
    def measured(error: float) -> Measurement:
        return Measurement(np.array([2 * error, error]), 3 * error, 1.0, 0, 10)

    return Moment(seen, measured(train), measured(test))


def test_reconstructions_are_clipped_sums_by_rank() -> None:
    # p = (3 * .5 / 3, (1.5 * .5 + 1.5 * .25) / 3) = (.5, .375): the red unit is first and gives (1.5, 0, 0).
    made = subject().reconstructions(subject().patch)
    np.testing.assert_allclose(made, [[1, 0, 0], [1, 0.5625, 0]], rtol=1e-6)


def test_filters_stand_in_order_of_unit_and_of_mean_activation() -> None:
    author = author_record()
    first, second = (paper_figure(number, subject(), author) for number in (1, 2))
    assert isinstance(first, Tiles)
    assert isinstance(second, Tiles)
    assert (first.names, second.names) == (("unit 0", "unit 1"), ("unit 1", "unit 0"))
    np.testing.assert_array_equal(second.numbers, first.numbers[::-1])
    assert first.mosaic().shape == (1, 3, 3)  # two tiles of one pixel, and a white one between them
    assert first.mosaic()[0, 1].tolist() == [255, 255, 255]


def test_histograms_count_every_unit_once() -> None:
    for number in (3, 4):
        shape = paper_figure(number, subject(), author_record())
        assert isinstance(shape, Histogram)
        assert shape.counts.sum() == 2
        assert shape.edges[0] == pytest.approx(0.375)
        assert shape.edges[-1] == pytest.approx(0.5)


def test_the_progressive_reconstruction_begins_with_the_patch() -> None:
    shape = paper_figure(5, subject(), author_record())
    assert isinstance(shape, Tiles)
    assert shape.names == ("the patch", "k = 1", "k = 2")
    assert shape.pictures.reshape(3, 3)[0].tolist() == [128, 64, 0]
    assert shape.names_in_words() == "Row by row: the patch, k = 1, k = 2."


def test_the_training_is_drawn_beside_the_authors() -> None:
    history = [moment(0, 4, 4), moment(100, 1, 1.1)]
    lines = paper_figure(6, subject(history=history), author_record())
    assert isinstance(lines, Lines)
    names = [line.name for line in lines.lines]
    assert names == [
        "the author's run, train",
        "the author's run, test",
        "this model, train",
        "this model, test",
    ]
    assert lines.lines[3].x.tolist() == [100]  # 0 has no place on a logarithmic axis
    assert lines.lines[3].y.tolist() == [1.1]
    objectives = paper_figure(7, subject(history=history), author_record())
    assert isinstance(objectives, Lines)
    assert objectives.lines[3].y.tolist() == [pytest.approx(3.3)]
    heat = paper_figure(8, subject(history=history), author_record())
    assert isinstance(heat, Map)
    assert (heat.x_values.tolist(), heat.values.tolist()) == ([100], [[2.2], [1.1]])
    assert paper_figure(8, subject(), author_record()) is None


def test_the_error_surface_is_that_of_a_slow_loop() -> None:
    made = subject()
    surface = error_surface(made)
    for i in range(1, 4):
        partly = made.patch.copy()
        partly[np.argsort(-made.patch)[i:]] = 0
        code = decompose_by(Coder.RANK_ORDER, made.dictionary, partly[None])
        for k in (1, 2):
            total = np.zeros(3)
            for unit in code.rank_order[0, :k]:
                total += code.activations[0, unit] * made.dictionary[unit]
            error = np.linalg.norm(made.patch - np.clip(total, 0, 1))
            assert surface.values[k - 1, i - 1] == pytest.approx(error, rel=1e-5)


def test_a_model_of_the_papers_size_stands_beside_the_author() -> None:
    author = author_record()
    ours = Measurement(np.array(author.test_error_by_rank) * 0.9, author.test_objective[-1], 80.0, 0, 10)
    assert author_table(subject(), author) == []
    made = subject(
        dictionary=np.zeros((169, 147), np.float32), measurement=ours, mean_activation=np.zeros(169)
    )
    rows = author_table(made, author)
    assert [name for name, *_ in rows][-1] == "objective"
    for name, theirs, here, percent in rows[:-1]:
        assert here == pytest.approx(0.9 * theirs), name
        assert percent == pytest.approx(-10)
    assert rows[-1][3] == pytest.approx(0)
    assert rows[7][1] == pytest.approx(sum(author.test_error_by_rank))


@pytest.mark.parametrize(
    ("percents", "as_good", "told"),
    [
        ((-10.0, 1.9), True, "The least favourable, +1.9 %, is: b."),
        ((2.1, 3.0), False, "more than 2 %: a, b. The largest difference, +3.0 %, is at: b."),
        ((2.1, -5.0), False, "more than 2 %: a. The largest"),
    ],
    ids=str,
)
def test_a_model_is_worse_than_the_author_from_two_per_cent_on(
    percents: tuple[float, float], as_good: bool, told: str
) -> None:
    rows = [(name, 1.0, 1 + percent / 100, percent) for name, percent in zip("ab", percents, strict=True)]
    said, verdict = beside_author_in_words(rows)
    assert verdict is as_good
    assert told in said
    assert beside_author_in_words(rows, "Why.") == ("No verdict. Why.", None)
    assert beside_author_in_words([])[1] is None


def test_other_shapes_and_other_pictures_are_not_drawn_beside_the_author_without_a_warning() -> None:
    history = [moment(0, 2, 2), moment(10, 1, 1)]
    like = subject(dictionary=np.zeros((169, 147), np.float32), patch_size=7, history=history, data="cifar10")
    assert unlike_author(like) == ""
    assert "can't be compared" not in finding(6, like).found
    for other, why in (
        (subject(history=history), "this model has 2 units and 1 x 1 patches"),
        (dataclasses.replace(like, data="holidays"), "other pictures than the author's"),
        (dataclasses.replace(like, dictionary=np.zeros((12, 147), np.float32)), "12 units and 7 x 7"),
    ):
        for number in (6, 7):
            assert why in finding(number, other).found
            assert finding(number, other).agrees is True  # train beside test is another question


def test_weights_side_by_side_depend_on_each_other_in_stripes_and_not_in_noise() -> None:
    stripes = np.tile(np.array([1, -1] * 4)[:7, None], (7, 1, 3)).reshape(1, 147).astype(np.float32)
    noise = np.random.default_rng(0).normal(size=(200, 147)).astype(np.float32)
    striped, noisy = (
        neighbours_likeness(subject(dictionary=weights, patch_size=7)) for weights in (stripes, noise)
    )
    assert striped > 0.9
    assert noisy == pytest.approx(0.07, abs=0.01)


@pytest.mark.parametrize(
    ("test_error", "agrees"), [(1.04, True), (0.96, True), (1.06, False), (0.9, False)], ids=str
)
def test_test_beside_train_is_no_overfitting(test_error: float, agrees: bool) -> None:
    said = finding(6, subject(history=[moment(0, 2, 2), moment(10, 1, test_error)]))
    assert said.agrees is agrees
    assert f"{test_error - 1:+.1%}" in said.found


def test_each_finding_can_be_the_other_way() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(169, 147)).astype(np.float32)
    level = subject(
        dictionary=noise, patch_size=7, patch=rng.random(147, np.float32), mean_activation=np.ones(169),
        history=[moment(0, 1, 1), moment(10, 1, 1)],
    )  # fmt: skip
    said = {number: finding(number, level, error_surface(level)) for number in (1, 2, 3, 5, 8)}
    assert not any(each.agrees for each in said.values()), said
    assert finding(6, subject()).agrees is None
    assert finding(8, subject()).agrees is None


def test_bundled_models_are_as_expected_where_that_can_be_said(
    author: AuthorRecord, bundled: Subject
) -> None:
    told = [found for found, _ in figures_with_findings(bundled, author)]
    assert len(told) == len(FIGURES)
    assert [found.agrees for found in told] == [True] * 5 + [None] * 3 + [True]


@pytest.fixture(scope="module")
def author() -> AuthorRecord:
    return author_record()


@pytest.fixture(scope="module")
def bundled() -> Subject:
    weights = load_checkpoint(Path("assets/rank-order.safetensors")).weights
    patches = np.stack([patch for patch in _patches() if patch.std() > 0.1])[:200]
    code = decompose_by(Coder.RANK_ORDER, weights, patches)
    return Subject(
        weights, Coder.RANK_ORDER, 7, code.activations.mean(axis=0, dtype=np.float64),
        measure(weights, patches), [], contrasting(patches), "sample",
    )  # fmt: skip


def _patches() -> np.ndarray:
    from model.data.pictures import random_patches

    return random_patches(bundled_sample().test, 7, 400, np.random.default_rng(0))


def test_every_shape_is_drawn_as_svg_that_needs_nothing_from_elsewhere() -> None:
    values = np.array([1.0, 2.0, 3.0])
    shapes = [
        Lines((Line("one, train", values, values), Line("two", values, values)), Axis("x", True), Axis("y")),
        Histogram(np.array([0.0, 1.0, 2.0]), np.array([3, 4]), Axis("x"), Axis("units")),
        Map(
            values,
            values[:2],
            np.ones((2, 3)) * 0.5 + np.eye(2, 3),
            Axis("x"),
            Axis("y"),
            Axis("error", True),
        ),
        Tiles(np.zeros((3, 2, 2, 3), np.uint8), ("a", "b", "c"), np.zeros((3, 12), np.float32), 2),
    ]
    for shape in shapes:
        svg = as_svg(shape, 'a "b"')
        assert svg.startswith('<svg role="img" aria-label="a &quot;b&quot;" ')
        assert svg.rstrip().endswith("</svg>")
        addresses = set(re.findall(r'(?:href|src)="(?!#|data:)([^"]*)"', svg))
        assert addresses == set()
    assert ">one, train<" in as_svg(shapes[0], "").replace("<!-- one, train -->", "")


def test_text_in_a_report_is_text() -> None:
    html = report_html("<b>", ["a & b"], [Table("<i>", ("", "n"), [("<u>", 1.23456)])], [])
    assert "<h1>&lt;b&gt;</h1>" in html
    assert "a &amp; b" in html
    assert "<td>1.235</td>" in html
    assert "<u>" not in html


def test_tables_have_a_row_for_each_number() -> None:
    heat = Map(np.array([1.0, 2.0]), np.array([5.0]), np.array([[7.0, 8.0]]), Axis("x"), Axis("y"), Axis("z"))
    assert heat.table() == [["x", "y", "z"], [1, 5, 7], [2, 5, 8]]
    bars = Histogram(np.array([0.0, 1.0]), np.array([3]), Axis("p"), Axis("units"))
    assert bars.table() == [["p, from", "to", "units"], [0, 1, 3]]


def test_a_report_holds_all_figures_and_the_same_numbers_as_json(tmp_path: Path) -> None:
    seen: list[int] = []
    report = reproduce(bundled_sample(), SMALL, tmp_path / "new" / "folder", seen.append)
    folder = report.html.parent
    html, numbers = report.html.read_text(), json.loads((folder / "report.json").read_text())
    assert html.count("<figure ") == len(FIGURES)
    assert re.findall(r'(?:href|src)="(?!#|data:)[^"]*"|url\((?!#)', html) == []
    assert seen[-1] == SMALL.patches
    assert [figure["number"] for figure in numbers["figures"]] == list(FIGURES)
    weights = load_checkpoint(folder / "checkpoint.safetensors").weights
    first = numbers["figures"][0]
    np.testing.assert_allclose(np.array([row[1:] for row in first["rows"]]), weights, rtol=1e-6)
    assert numbers["measurement"]["patches"] == 10_000
    again = reproduce(bundled_sample(), SMALL, folder)
    assert again.numbers["measurement"] == report.numbers["measurement"]
