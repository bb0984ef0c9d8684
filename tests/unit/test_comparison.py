"""The verdict read for curves made by hand; contenders by name; `python -m model compare`."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from model.checkpoint import load_checkpoint
from model.cli import main
from model.coding.coder import coded_errors
from model.comparison.matching import best_pairs
from model.comparison.measured import common_ranks, components_needed, figures, measure_contender, verdict_of
from model.comparison.names import ComparisonError, contenders, split_name
from model.comparison.verdict import Duel, Stretch, duel, stretches, verdict
from model.config import Coder
from model.data.pictures import ASSETS, Dataset, random_patches

RANKS = 50


def by_hand(first: list[float], second: list[float], noise: float = 0.001) -> Duel:
    means = np.array(first), np.array(second)
    return Duel(("A", "B"), means, np.full(len(first), noise), 10_000)


def test_one_side_is_better_up_to_30_and_the_other_from_31() -> None:
    first = [1.0] * 30 + [0.5] * 20
    second = [1.1] * 30 + [0.4] * 20
    found = by_hand(first, second)
    assert stretches(found) == [Stretch(1, 30, 0), Stretch(31, 50, 1)]
    assert verdict(found) == (
        "A is better from k = 1 to 30, by 9.1 % on average, most at k = 1 (1.000 against 1.100). "
        "B is better from k = 31 on, by 20 % on average, most at k = 31 (0.400 against 0.500). "
        "Summed over k = 1 to 50, A has the smaller error, 40.0 against 41.0 (2.4 % less)."
    )


def test_a_tie() -> None:
    found = by_hand([1.0] * RANKS, [1.0015] * RANKS)
    assert verdict(found) == (
        "A tie: the difference is within the noise of the draw of 10,000 patches at every k."
    )
    # The same difference counts where the draw is less noisy, and not where it is negligible anyway.
    assert verdict(by_hand([1.0] * 3, [1.0015] * 3, noise=0.0001)).startswith("A is better at every k")
    assert "or under 0.001" in verdict(by_hand([1.0] * 3, [1.0009] * 3, noise=0.0001))


def test_crossing_twice_with_a_draw_between() -> None:
    first = [1.0] * 10 + [0.9] * 20 + [0.5] * 4 + [0.2] * 16
    second = [1.2] * 10 + [0.6] * 20 + [0.5] * 4 + [0.3] * 16
    second[15] = 0.3
    assert verdict(by_hand(first, second)) == (
        "A is better from k = 1 to 10, by 17 % on average, most at k = 1 (1.000 against 1.200). "
        "B is better from k = 11 to 30, by 35 % on average, most at k = 16 (0.300 against 0.900). "
        "From k = 31 to 34, the difference is within the noise of the draw of 10,000 patches. "
        "A is better from k = 35 on, by 33 % on average, most at k = 35 (0.200 against 0.300). "
        "Summed over k = 1 to 50, B has the smaller error, 30.5 against 33.2 (8.1 % less)."
    )


def test_a_single_rank_and_curves_that_cross_again_and_again() -> None:
    assert verdict(by_hand([1.0, 1.0], [1.0, 0.5])).startswith(
        "At k = 1, the difference is within the noise of the draw of 10,000 patches. "
        "B is better at k = 2, by 50 % (0.500 against 1.000). Summed"
    )
    zigzag = [1.0, 0.8] * 4, [0.9, 0.9] * 4
    assert verdict(by_hand(*zigzag)) == (
        "The curves cross often: A is better at 4 of 8 numbers of components, B at 4, and at 0 no difference "
        "counts. Summed over k = 1 to 8 both have 7.2."
    )


def test_the_noise_is_that_of_paired_differences() -> None:
    # Patches differ a lot, but one side is better by 0.1 on each: no noise in that.
    hardness = np.random.default_rng(0).random((100, 1)).astype(np.float32) * 10
    found = duel(("A", "B"), hardness, hardness + np.float32(0.1))
    assert found.standard_errors == pytest.approx([0], abs=1e-6)
    # Differences of 0 and 2 by turns: deviation 1 (n / (n - 1)) ** .5, over the root of 100.
    turns = np.tile(np.array([[0.0], [2.0]], np.float32), (50, 1))
    assert duel(("A", "B"), turns, 0 * turns).standard_errors == pytest.approx([(100 / 99) ** 0.5 / 10])


def test_a_coder_is_what_stands_behind_the_last_plus_sign() -> None:
    assert split_name("pca+omp") == ("pca", "omp")
    assert split_name("a+b/model+pursuit") == ("a+b/model", "pursuit")
    assert split_name("a+b") == ("a+b", None)
    assert split_name("+omp") == ("+omp", None)


def test_figures_are_those_of_the_model_and_of_the_definition(sample: Dataset) -> None:
    patches = random_patches(sample.test, 7, 300, np.random.default_rng(3))
    names = ["progressive", "pca", "rank-order+omp", "dictionary-learning+pursuit"]
    sides = [measure_contender(each, patches, 60) for each in contenders(names, sample)]
    weights = load_checkpoint(ASSETS / "progressive.safetensors").weights
    expected, active = coded_errors(Coder.RANK_ORDER, weights, patches)
    assert sides[0].mean == pytest.approx(expected[:, :60].mean(axis=0), rel=1e-6)
    told = figures(sides[0], common_ranks(sides))
    assert told["l0_mean"] == pytest.approx(active.sum() / 300)
    assert told["error_sum"] == pytest.approx(expected[:, :60].mean(axis=0).sum(), rel=1e-5)
    residuals = float((expected[:, 19].astype(float) ** 2).sum())
    variance = float(((patches - patches.mean(axis=0)) ** 2).sum())
    assert sides[0].fvu[19] == pytest.approx(residuals / variance, rel=1e-4)
    assert [len(side.mean) for side in sides] == [60] * 4
    assert (sides[0].low <= sides[0].mean).all()
    assert (sides[0].mean <= sides[0].high).all()
    # Refitting signed coefficients to the same filters can only help a greedy search, on average.
    assert (sides[2].mean[1:] < sides[0].mean[1:]).mean() > 0.5
    assert verdict_of(sides).startswith("The smallest mean error: ")


def test_units_needed_is_the_first_rank_that_is_good_enough() -> None:
    mean = np.array([1.5, 0.9, 0.4, 0.4])
    assert [components_needed(mean, e) for e in (2.0, 0.9, 0.5, 0.1)] == [1, 2, 3, None]


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["pca"], "takes 2 to 4 models or rivals, not 1"),
        (["pca", "dct", "pca-first", "dct-zigzag", "progressive"], "not 5"),
        (["pca", "pca"], "pca is named twice"),
        (["pca", "principal"], "'principal' is neither a file nor one of rank-order, progressive"),
    ],
)
def test_what_cannot_be_compared_gets_one_sentence(
    names: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *names]) == 2
    message = capsys.readouterr().err.strip().splitlines()[-1]
    assert message.startswith("error: ")
    assert reason in message


def test_rivals_of_another_patch_size(sample: Dataset, tmp_path: Path) -> None:
    checkpoint = str(tmp_path / "small")
    assert main(["train", "--patches", "64", "--patch-size", "4", "--units", "9", "--out", checkpoint]) == 0
    small = f"{checkpoint}/checkpoint.safetensors"
    assert [each.patch_size for each in contenders([small, "pca", "dct"], sample)] == [4, 4, 4]
    with pytest.raises(ComparisonError, match="bundled for patches of 7 x 7 pixels, not 4 x 4"):
        contenders([small, "topk-sae"], sample)
    patches = [random_patches(sample.test, size, 50, np.random.default_rng(0)) for size in (4, 7)]
    both = contenders([small, "progressive"], sample)
    sides = [measure_contender(each, some, 20) for each, some in zip(both, patches, strict=True)]
    assert verdict_of(sides) == "No verdict: patches of different sizes can't be compared."


def test_the_command_prints_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["compare", "progressive", "dct", "--patches", "500", "--seed", "4"]
    assert main([*command, "--json"]) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (report["patches"], report["ranks"], report["data"]) == (500, 169, "sample")
    ours, waves = report["models"]["progressive"], report["models"]["dct"]
    assert len(ours["error_by_rank"]) == len(waves["error_by_rank"]) == 169
    assert ours["error_sum"] == pytest.approx(sum(ours["error_by_rank"]))
    # The verdict names the rank from which the numbers themselves are on the other side.
    named = re.search(r"DCT \(largest\) is better from k = (\d+) on", report["verdict"])
    assert named is not None
    ahead = np.array(ours["error_by_rank"]) - np.array(waves["error_by_rank"])
    first = int(named[1])
    assert (ahead[first - 1 :] > 0.001).all()
    assert ahead[first - 2] < 0.005
    assert main(command) == 0
    words = capsys.readouterr().out
    assert "verdict: " in words
    assert "units_needed:" in words


def test_what_is_shown_is_what_is_measured(sample: Dataset) -> None:
    patches = random_patches(sample.test, 7, 6, np.random.default_rng(1))
    ks = [1, 2, 5, 9, 30, 60]
    names = [
        *("pca", "pca-first", "dct", "dct-zigzag", "topk-sae", "matryoshka-sae", "dictionary-learning"),
        *("progressive", "progressive+pursuit", "progressive+omp", "pursuit-338", "topk-sae+omp"),
    ]
    for name in names:
        side = contenders([name, "rank-order"], sample)[0]
        errors, active = side.errors(patches, 60)
        sums = side.rebuild(patches, ks)
        assert sums.shape == (len(ks), 6, 147)
        assert sums.min() >= 0
        assert sums.max() <= 1
        shown = np.linalg.norm(patches[None] - sums, axis=2)
        np.testing.assert_allclose(shown, errors[:, np.array(ks) - 1].T, atol=2e-4, err_msg=name)
        assert active.shape == (6, len(side.filters))


def test_pairs_are_the_best_there_are_and_signs_count_only_where_they_are_free() -> None:
    first = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 2]], np.float32)
    second = np.array([[0, -3, 0], [0.6, 0, 0.8]], np.float32)
    free = best_pairs(first, second, signed=True)
    assert (free.first.tolist(), free.second.tolist()) == ([1, 2], [0, 1])
    assert free.likeness == pytest.approx([-1, 0.8])
    fixed = best_pairs(first, second, signed=False)
    assert (fixed.first.tolist(), fixed.second.tolist()) == ([2, 0], [1, 0])
    assert fixed.likeness == pytest.approx([0.8, 0])


def test_nobody_is_compared_where_a_side_was_not_measured(sample: Dataset) -> None:
    patches = random_patches(sample.test, 7, 20, np.random.default_rng(1))
    sides = contenders(["progressive", "pca", "rank-order+omp"], sample)
    most = (4096, 4096, 30)
    measured = [measure_contender(side, patches, up_to) for side, up_to in zip(sides, most, strict=True)]
    assert [side.complete for side in measured] == [True, True, False]
    assert common_ranks(measured) == 30
    assert common_ranks(measured[:2]) == 169
