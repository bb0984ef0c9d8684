"""`python -m model`: the choices of optimizer, start, rule and coder."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model import cli as command_line
from model.checkpoint import load_checkpoint
from model.coding.coder import dictionary_for
from model.coding.picture_code import encode_picture, reconstruct_picture
from model.config import Coder, Emphasis, ModelConfig, OptimizerKind, Rule, Start, TrainingConfig
from model.data.pictures import Dataset, random_patches
from model.metrics import measure
from model.rivals.omp import omp_errors
from model.runs.folder import open_run
from model.training.loop import train

TINY = ["--units", "9", "--patch-size", "3", "--patches", "2000"]
SHAPE = ModelConfig(9, 3)


def answer(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict:
    capsys.readouterr()
    assert command_line.main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.fixture(scope="module")
def pursuit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that learned for pursuit."""
    folder = tmp_path_factory.mktemp("pursuit")
    assert command_line.main(["train", *TINY, "--rule", "pursuit", "--out", str(folder)]) == 0
    return folder / "checkpoint.safetensors"


@pytest.mark.parametrize(
    ("options", "config"),
    [
        ([], TrainingConfig(SHAPE, patches=2000)),
        (["--optimizer", "decorrelated"], TrainingConfig(SHAPE, patches=2000)),
        (["--optimizer", "plain"], TrainingConfig(SHAPE, patches=2000, optimizer=OptimizerKind.PLAIN)),
        (["--start", "dct-pairs"], TrainingConfig(SHAPE, patches=2000, start=Start.DCT_PAIRS)),
        (["--rule", "pursuit"], TrainingConfig(SHAPE, Rule.PURSUIT, patches=2000)),
        (
            ["--rule", "pursuit", "--emphasis", "few-units"],
            TrainingConfig(SHAPE, Rule.PURSUIT, patches=2000, emphasis=Emphasis.FEW_UNITS),
        ),
    ],
    ids=str,
)
def test_a_training_is_what_was_asked_for(
    options: list[str], config: TrainingConfig, tmp_path: Path, sample: Dataset
) -> None:
    assert command_line.main(["train", *TINY, *options, "--out", str(tmp_path)]) == 0
    assert open_run(tmp_path).config == config
    *_, expected = train(config, sample)
    np.testing.assert_array_equal(
        load_checkpoint(tmp_path / "checkpoint.safetensors").weights, expected.weights
    )


def test_a_training_goes_on_from_a_checkpoint_in_its_shape(pursuit: Path, tmp_path: Path) -> None:
    options = ["--patches", "500", "--start", str(pursuit), "--out", str(tmp_path)]
    assert command_line.main(["train", *options]) == 0
    run = open_run(tmp_path)
    assert run.config.model == SHAPE
    assert run.initial_name == "checkpoint"
    np.testing.assert_array_equal(load_checkpoint(run.initial).weights, load_checkpoint(pursuit).weights)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--rule", "pursuit", "--optimizer", "plain"], "--rule pursuit has an optimizer of its own"),
        (["--emphasis", "few-units"], "--emphasis is for --rule pursuit alone"),
        (["--start", "nowhere"], "There is no readable checkpoint at nowhere"),
        (["--optimizer", "sgd"], "invalid choice: 'sgd'"),
    ],
    ids=str,
)
def test_a_choice_that_makes_no_sense_is_named_in_one_line(
    options: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert command_line.main(["train", *TINY, *options, "--out", str(tmp_path / "run")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    assert not (tmp_path / "run").exists()


def test_a_start_of_another_shape_is_refused(
    pursuit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--units", "10", "--start", str(pursuit), "--out", str(tmp_path)]
    capsys.readouterr()
    assert command_line.main(["train", *options]) == 2
    assert "other units or patches" in capsys.readouterr().err.splitlines()[-1]


def test_a_model_is_measured_by_the_coder_it_learned_for_or_another(
    pursuit: Path, sample: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = load_checkpoint(pursuit).weights
    patches = random_patches(sample.test, 3, 300, np.random.default_rng(0))
    for options, coder in (
        ([], Coder.PURSUIT),
        (["--coder", "pursuit"], Coder.PURSUIT),
        (["--coder", "rank-order"], Coder.RANK_ORDER),
    ):
        report = answer(["evaluate", str(pursuit), "--patches", "300", *options], capsys)
        assert report == measure(weights, patches, coder).as_json()
    report = answer(["evaluate", str(pursuit), "--patches", "300", "--coder", "omp"], capsys)
    expected = omp_errors(weights, patches)[0].mean(axis=0, dtype=np.float64)
    assert report["error_by_rank"] == pytest.approx(expected.tolist())
    assert report["l0_mean"] == 9


@pytest.mark.parametrize(
    ("options", "coder"),
    [([], Coder.PURSUIT), (["--coder", "rank-order"], Coder.RANK_ORDER)],
    ids=["as it learned", "rank order"],
)
def test_a_picture_is_decomposed_by_the_coder_its_model_learned_for_or_another(
    options: list[str], coder: Coder, pursuit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (20, 17, 3), np.uint8)
    Image.fromarray(picture).save(tmp_path / "picture.png")
    report = answer(
        [
            *("decompose", str(tmp_path / "picture.png"), "--checkpoint", str(pursuit), *options),
            *("--ranks", "3", "--out", str(tmp_path / "out"), "--budget", "40"),
        ],
        capsys,
    )
    dictionary = dictionary_for(coder, load_checkpoint(pursuit).weights)
    code = encode_picture(picture, dictionary, 3, coder=coder)
    shown = np.array(Image.open(tmp_path / "out" / "rank-003.png"))
    np.testing.assert_array_equal(shown, reconstruct_picture(code, dictionary, 3))
    assert report["l0_mean"] == pytest.approx(code.active_units.mean())
    assert report["budget"]["units"] <= 40
