"""`python -m model`: what it prints, what it saves, and how it answers mistakes."""

# Long because every command is held to its promises: what it prints, what it saves, what it refuses.

import json
import os
import subprocess
import sys
from datetime import datetime, tzinfo
from pathlib import Path
from typing import IO

import numpy as np
import pytest
from PIL import Image

from model import cli as command_line
from model.analysis.picture_quality import quality
from model.checkpoint import load_checkpoint
from model.coding.picture_code import encode_picture, reconstruct_picture, reconstruct_values
from model.config import ModelConfig, Rule, TrainingConfig
from model.data.pictures import ASSETS, Dataset
from model.reference.speed import compare
from model.runs.folder import create_run
from model.runs.recorder import run_training
from model.training.loop import train

ROOT = Path(__file__).resolve().parents[2]
FIGURES = {
    "error_by_rank",
    "error_sum",
    "final_error",
    "objective",
    "l0_mean",
    "dead_units",
    "patches",
}
TINY = ["--units", "9", "--patch-size", "3", "--patches", "2000"]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    assert (
        command_line.main(["train", *TINY, "--rule", "progressive", "--seed", "3", "--out", str(folder)]) == 0
    )
    return folder / "checkpoint.safetensors"


def answer(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict:
    capsys.readouterr()
    assert command_line.main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_training_saves_the_model_that_the_same_settings_always_give(
    checkpoint: Path, sample: Dataset
) -> None:
    config = TrainingConfig(ModelConfig(9, 3), Rule.PROGRESSIVE, patches=2000, seed=3)
    *_, expected = train(config, sample)
    saved = load_checkpoint(checkpoint)
    np.testing.assert_array_equal(saved.weights, expected.weights)
    assert (saved.config, saved.rule, saved.seed) == (config.model, Rule.PROGRESSIVE, 3)
    assert (saved.patches_seen, saved.data) == (2000, "sample")


def test_training_reports_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = answer(["train", *TINY, "--out", str(tmp_path / "new" / "run")], capsys)
    assert report["checkpoint"] == str(tmp_path / "new" / "run" / "checkpoint.safetensors")
    assert Path(report["checkpoint"]).is_file()
    assert report["patches_seen"] == 2000
    assert report["patches_per_second"] == pytest.approx(2000 / report["seconds"])
    for split in ("train", "test"):
        assert set(report[split]) == FIGURES
        assert len(report[split]["error_by_rank"]) == 9


def test_training_shows_its_progress_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["train", *TINY, "--json", "--out", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    assert "100%" in captured.err
    assert "test error" in captured.err
    assert len(captured.out.splitlines()) == 1


def test_the_papers_rule_is_what_one_gets_without_asking(tmp_path: Path) -> None:
    assert command_line.main(["train", *TINY, "--out", str(tmp_path)]) == 0
    assert load_checkpoint(tmp_path / "checkpoint.safetensors").rule is Rule.RANK_ORDER


def test_evaluation_reports_as_json(checkpoint: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = answer(["evaluate", str(checkpoint), "--patches", "500"], capsys)
    assert set(report) == FIGURES
    errors = report["error_by_rank"]
    assert len(errors) == 9
    assert report["error_sum"] == pytest.approx(sum(errors))
    assert report["final_error"] == errors[-1]
    assert report["objective"] == pytest.approx(sum((k + 1) * e for k, e in enumerate(errors)))
    assert 0 < report["l0_mean"] <= 9
    assert report["dead_units"] in range(9)
    assert report["patches"] == 500


def test_evaluation_repeats_itself_for_a_seed_and_differs_between_seeds_and_splits(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["evaluate", str(checkpoint), "--patches", "300"]
    plain, same, seed, split = (
        answer([*command, *more], capsys)
        for more in ([], ["--seed", "0", "--split", "test"], ["--seed", "1"], ["--split", "train"])
    )
    assert plain == same
    assert plain["error_sum"] != seed["error_sum"]
    assert plain["error_sum"] != split["error_sum"]


def test_evaluation_measures_ten_thousand_patches_without_asking(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["evaluate", str(checkpoint)], capsys)["patches"] == 10_000


def test_a_folder_of_pictures_serves_for_training_and_evaluation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for i in range(6):
        pixels = np.random.default_rng(i).integers(0, 256, (10 + i, 12, 3), np.uint8)
        Image.fromarray(pixels).save(pictures / f"{i}.png")
    assert command_line.main(["train", *TINY, "--data", str(pictures), "--out", str(tmp_path)]) == 0
    saved = tmp_path / "checkpoint.safetensors"
    assert load_checkpoint(saved).data == "pictures"
    assert answer(["evaluate", str(saved), "--data", str(pictures)], capsys)["patches"] == 10_000


def test_without_json_the_report_is_a_few_lines_for_people(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["evaluate", str(checkpoint), "--patches", "50"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split(":")[0] for line in lines} == FIGURES
    assert lines[0].startswith("error_by_rank: k=1: ")
    assert "k=9: " in lines[0]


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["evaluate", "--help"]], ids=" ".join)
def test_help_is_printed_on_request(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        command_line.main(arguments)
    assert left.value.code == 0
    assert "usage: python -m model" in capsys.readouterr().out


def assert_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str], words: str) -> None:
    capsys.readouterr()
    assert command_line.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    after_any_progress_bar = captured.err.splitlines(keepends=True)[-1]
    assert after_any_progress_bar.startswith("error: ")
    assert after_any_progress_bar.endswith("\n")
    assert words in after_any_progress_bar
    before = captured.err.removesuffix(after_any_progress_bar)
    assert before == "" or ("patches/s" in before and "error: " not in before)
    assert "Traceback" not in captured.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "COMMAND"),
        (["paint"], "paint"),
        (["train", "--rule", "backpropagation"], "backpropagation"),
        (["train", "--units", "many"], "--units"),
        (["train", "--units", "0"], "number of units"),
        (["train", "--units", "4097"], "number of units"),
        (["train", "--units", "1.5"], "--units"),
        (["train", "--patch-size", "1"], "patch size"),
        (["train", "--patch-size", "33"], "patch size"),
        (["train", "--patches", "0"], "number of patches"),
        (["train", "--patches", "-5"], "number of patches"),
        (["train", "--patches", "1e6"], "--patches"),
        (["train", "--patches"], "--patches"),
        (["train", "--seed", "-1"], "seed"),
        (["train", "--seed", "4294967296"], "seed"),
        (["train", "--seed", "x"], "--seed"),
        (["train", "--data", "no/such/folder"], "no/such/folder"),
        (["train", "--colour", "red"], "--colour"),
        (["evaluate"], "checkpoint"),
        (["evaluate", "no/such.safetensors"], "no/such.safetensors"),
        (["evaluate", str(ROOT / "pyproject.toml")], "pyproject.toml"),
        (["evaluate", str(ROOT)], str(ROOT)),
        (["evaluate", "CHECKPOINT", "--patches", "0"], "--patches"),
        (["evaluate", "CHECKPOINT", "--patches", "-1"], "--patches"),
        (["evaluate", "CHECKPOINT", "--patches", "1000001"], "--patches"),
        (["evaluate", "CHECKPOINT", "--seed", "-1"], "--seed"),
        (["evaluate", "CHECKPOINT", "--split", "both"], "both"),
        (["evaluate", "CHECKPOINT", "--data", "no/such/folder"], "no/such/folder"),
    ],
    ids=lambda value: " ".join(value).replace(str(ROOT), "ROOT") if isinstance(value, list) else "",
)
def test_a_mistake_is_answered_with_one_line(
    arguments: list[str], words: str, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(checkpoint) if a == "CHECKPOINT" else a for a in arguments]
    assert_one_line(given, capsys, words)


@pytest.mark.parametrize("below", ["", "in/there"], ids=["in its place", "on the way"])
def test_a_file_where_the_output_folder_should_be_is_answered_with_one_line(
    below: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("precious")
    assert_one_line(["train", *TINY, "--out", str(tmp_path / "file" / below)], capsys, "can't be written")
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_pictures_too_small_for_a_patch_are_answered_with_one_line(
    command: str, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (2, 50)).save(tmp_path / "a.png")
    first = [*TINY, "--out", str(tmp_path / "run")] if command == "train" else [str(checkpoint)]
    capsys.readouterr()
    assert_one_line([command, *first, "--data", str(tmp_path)], capsys, "at least 3 x 3 pixels")
    assert not (tmp_path / "run").exists()


def test_a_folder_name_too_long_for_the_system_is_answered_with_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert_one_line(["train", "--data", "a" * 300], capsys, "a" * 300)


def test_stopping_a_training_is_answered_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "run_training", stopped)
    assert_one_line(["train", *TINY, "--out", str(tmp_path)], capsys, "goes on with --resume")
    assert not (tmp_path / "checkpoint.safetensors").exists()


def test_an_interrupted_training_is_resumed_by_its_folder_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sample: Dataset
) -> None:
    config = TrainingConfig(ModelConfig(9, 3), patches=2000)
    snapshots = run_training(create_run(tmp_path / "run", config, "sample", sample), sample)
    next(snapshots)
    snapshots.close()
    report = answer(["train", "--resume", str(tmp_path / "run")], capsys)
    assert report["patches_seen"] == 2000
    *_, expected = train(config, sample)
    weights = load_checkpoint(tmp_path / "run" / "checkpoint.safetensors").weights
    np.testing.assert_array_equal(weights, expected.weights)
    assert answer(["train", "--resume", str(tmp_path / "run")], capsys)["patches_seen"] == 2000


def test_what_cannot_be_resumed_is_answered_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_one_line(["train", "--resume", str(tmp_path)], capsys, "There is no run in")
    assert_one_line(["train", "--resume", "a", "--out", "b"], capsys, "not allowed with")


def as_a_program(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "model", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


def test_it_runs_as_a_program_of_its_own(checkpoint: Path) -> None:
    right = as_a_program("evaluate", str(checkpoint), "--patches", "100", "--json")
    assert (right.returncode, right.stderr) == (0, "")
    assert set(json.loads(right.stdout.splitlines()[-1])) == FIGURES
    wrong = as_a_program("evaluate", "no/such.safetensors")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "error: There is no readable checkpoint at no/such.safetensors.\n"


def test_the_benchmark_prints_both_speeds_and_their_ratio(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_line, "compare", lambda: compare(seconds_each=0.01, rounds=1))
    report = answer(["benchmark"], capsys)
    assert 0 < report["share_of_peak"] < 1
    assert report["ratio"] == pytest.approx(report["patches_per_second"] / report["plain_patches_per_second"])


def test_the_paper_is_reproduced_in_one_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = answer(["reproduce", "--patches", "2000", "--out", str(tmp_path / "a")], capsys)
    assert Path(report["report"]).read_text().startswith("<!doctype html>")
    assert report["beside_author"][0]["figure"] == "error at k = 1"
    assert report["as_good_as_author"] is False  # after 2,000 patches
    assert report["verdict"].startswith("Worse than the author's record")
    assert {path.name for path in (tmp_path / "a").iterdir()} == {
        "report.html", "report.json", "checkpoint.safetensors",
    }  # fmt: skip
    (tmp_path / "file").write_text("")
    assert command_line.main(["reproduce", "--patches", "2000", "--out", str(tmp_path / "file")]) == 2
    assert "can't be written" in capsys.readouterr().err


@pytest.fixture
def picture_file(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 16, (20, 31, 3)).astype(np.uint8) * 16
    path = tmp_path / "own.png"
    Image.fromarray(pixels).save(path)
    return path


@pytest.mark.parametrize("stride", [7, 3])
def test_decompose_writes_what_the_model_makes_of_the_picture(
    picture_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], stride: int
) -> None:
    out = tmp_path / "out"
    arguments = [
        "decompose",
        str(picture_file),
        "--out",
        str(out),
        "--ranks",
        "1,20",
        "--stride",
        str(stride),
    ]
    report = answer(arguments, capsys)
    pixels = np.asarray(Image.open(picture_file))
    weights = load_checkpoint(ASSETS / "rank-order.safetensors").weights
    code = encode_picture(pixels, weights, 7, stride)
    np.testing.assert_array_equal(np.asarray(Image.open(out / "original.png")), pixels)
    for k in (1, 20):
        rebuilt = np.asarray(Image.open(out / f"rank-{k:03}.png"))
        np.testing.assert_array_equal(rebuilt, reconstruct_picture(code, weights, k))
        found = quality(pixels, reconstruct_values(code, weights, k))
        assert report["psnr_by_rank"][k - 1] == pytest.approx(found.psnr, abs=1e-4)
        assert report["units_by_rank"][k - 1] == code.units_spent(k)
    assert (report["height"], report["width"], report["patches"]) == (20, 31, len(code.tiling))
    with Image.open(out / "ranks.gif") as animation:
        assert animation.n_frames > 10
    assert {Path(file).name for file in report["files"]} == {file.name for file in out.iterdir()}


def test_decompose_spends_a_budget_and_meets_an_error(
    picture_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["decompose", str(picture_file), "--out", str(tmp_path / "out")]
    report = answer([*arguments, "--budget", "150", "--error", "2"], capsys)
    assert report["budget"]["units"] <= 150
    assert report["budget"]["psnr"] > report["psnr_by_rank"][9]  # 15 patches, 10 units each
    assert report["error"]["units"] > 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing.png"], "There is no picture"),
        (["broken.png"], "can't be read as a picture"),
        (["tiny.png"], "at least 7 x 7 pixels"),
        (["x" * 300 + ".png"], "can't be read as a picture"),
        (["."], "can't be read as a picture"),
        (["large.png", "--stride", "1"], "1,205,810 patches are too many"),
        (["own.png", "--stride", "8"], "The stride must be from 1 to 7"),
        (["own.png", "--stride", "0"], "The stride must be from 1 to 7"),
        (["own.png", "--ranks", "0"], "ranks are whole numbers"),
        (["own.png", "--ranks", "x"], "ranks are whole numbers"),
        (["own.png", "--longest", "99999"], "--longest must be from 1 to 2048"),
        (["own.png", "--budget", "-1"], "--budget must not be negative"),
        (["own.png", "--checkpoint", "own.png"], "damaged or is not a checkpoint"),
        (["own.png", "--out", "own.png"], "can't be written"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_decompose_answers_mistakes_with_one_line(
    picture_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(picture_file.parent)
    Path("broken.png").write_bytes(picture_file.read_bytes()[:200])
    Image.new("RGB", (5, 90)).save("tiny.png")
    Image.new("RGB", (1400, 871)).save("large.png")
    assert command_line.main(["decompose", *arguments]) == 2
    complaint = capsys.readouterr().err
    assert sentence in complaint
    assert complaint.count("\n") == 1


def program(*arguments: str, stdout: int | IO[bytes]) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "model", *arguments]
    return subprocess.run(command, cwd=ROOT, stdout=stdout, stderr=subprocess.PIPE, check=False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_report_that_finds_no_room_is_answered_with_one_line(checkpoint: Path) -> None:
    for json_too in ([], ["--json"]):
        with Path("/dev/full").open("wb") as full:
            done = program("evaluate", str(checkpoint), "--patches", "10", *json_too, stdout=full)
        assert done.returncode == 2
        assert done.stderr == b"error: input or output failed (No space left on device).\n"


def test_a_report_that_nobody_reads_is_answered_with_one_line(checkpoint: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = program("evaluate", str(checkpoint), "--patches", "10", stdout=writing)
    os.close(writing)
    assert done.returncode == 2
    assert done.stderr == b"error: input or output failed (Broken pipe).\n"


def test_a_pipe_in_the_place_of_a_checkpoint_is_answered_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert_one_line(["evaluate", str(tmp_path / "pipe")], capsys, "Not a regular file")


def test_an_output_folder_too_long_for_the_system_is_answered_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_one_line(["train", *TINY, "--out", str(tmp_path / ("a" * 300))], capsys, "File name too long")
    assert_one_line(["train", *TINY, "--resume", str(tmp_path / ("a" * 300))], capsys, "File name too long")


def test_trainings_that_begin_in_the_same_second_get_folders_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Clock":
            return cls(2026, 1, 2, 3, 4, 5, tzinfo=tz)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command_line, "datetime", Clock)
    saved = [answer(["train", *TINY], capsys)["checkpoint"] for _ in range(3)]
    assert saved == [
        f"runs/20260102-030405-rank-order{end}/checkpoint.safetensors" for end in ("", "-2", "-3")
    ]


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("config.json", b"[" * 60_000, "config.json is damaged"),
        ("config.json", b"9" * 400, "config.json is damaged"),
        ("metrics.jsonl", b"[" * 60_000 + b"\n", "metrics.jsonl is damaged"),
        (
            "metrics.jsonl",
            b'{"patches_seen": ' + b"9" * 400 + b"}\n",
            "metrics.jsonl is damaged at patches_seen",
        ),
        ("metrics.jsonl", b"", "has lost its metrics"),
        ("state.safetensors", b"x" * 1000, "state.safetensors is damaged"),
    ],
    ids=["nested settings", "a number", "nested metrics", "a huge number", "no metrics", "state"],
)
def test_a_damaged_run_is_answered_with_one_line(
    name: str, content: bytes, part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["train", *TINY, "--out", str(tmp_path / "a")]) == 0
    (tmp_path / "a" / name).write_bytes(content)
    assert_one_line(["train", "--resume", str(tmp_path / "a")], capsys, part)
