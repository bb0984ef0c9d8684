"""Filters made elsewhere, as a model: every layout and format, and files that are no such thing."""

import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from model.checkpoint import CheckpointError, load_checkpoint
from model.cli import main
from model.config import Rule
from model.data.pictures import ASSETS
from model.imports.filters import Axes, Scale, load_model_file

OURS = load_checkpoint(ASSETS / "rank-order.safetensors").weights
UNIT = (OURS / np.linalg.norm(OURS, axis=1, keepdims=True)).astype(np.float32)
SCALED = UNIT * np.float32(147**0.5)


def layouts() -> dict[str, np.ndarray]:
    squares = UNIT.reshape(-1, 7, 7, 3)
    by_colour = squares.transpose(0, 3, 1, 2)
    return {
        "rows": UNIT,
        "columns": UNIT.T,
        "fortran": np.asfortranarray(UNIT),
        "pictures": squares,
        "colour first": by_colour,
        "colour first, flat": by_colour.reshape(169, -1),
        "colour first, columns": by_colour.reshape(169, -1).T,
        "double": UNIT.astype(np.float64),
        "big-endian": UNIT.astype(">f4"),
    }


@pytest.mark.parametrize("layout", layouts())
def test_every_layout_becomes_the_same_model(layout: str, tmp_path: Path) -> None:
    path = tmp_path / "filters.npy"
    np.save(path, layouts()[layout])
    model = load_model_file(path)
    np.testing.assert_allclose(model.weights, SCALED, rtol=1e-5)
    assert (model.rule, model.patches_seen, model.data) == (Rule.PURSUIT, 0, "unknown")
    assert (model.config.n_units, model.config.patch_size) == (169, 7)


@pytest.mark.parametrize("packed", [np.savez, np.savez_compressed])
def test_an_archive_and_a_tensor_file_give_the_named_or_the_only_matrix(
    packed: object, tmp_path: Path
) -> None:
    assert callable(packed)
    packed(tmp_path / "one.npz", anything=UNIT, means=np.zeros(147))
    packed(tmp_path / "two.npz", other=np.ones((3, 3)), filters=UNIT)
    save_file({"decoder": UNIT, "encoder": 2 * UNIT}, tmp_path / "three.safetensors")
    save_file({"weights": UNIT}, tmp_path / "four.safetensors")
    for name in ("one.npz", "two.npz", "three.safetensors", "four.safetensors"):
        np.testing.assert_allclose(load_model_file(tmp_path / name).weights, SCALED, rtol=1e-5)


def test_a_checkpoint_of_ours_is_read_as_one() -> None:
    model = load_model_file(ASSETS / "rank-order.safetensors")
    assert (model.weights == OURS).all()
    assert (model.rule, model.data) == (Rule.RANK_ORDER, "sample")


def test_what_is_not_clear_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "weights.npy"
    np.save(path, OURS)
    with pytest.raises(CheckpointError, match=r"different lengths, .*; say --scale unit .* or --scale as-is"):
        load_model_file(path)
    assert (load_model_file(path, None, Scale.AS_IS).weights == OURS).all()
    assert load_model_file(path, None, Scale.AS_IS).rule is Rule.RANK_ORDER
    np.testing.assert_allclose(load_model_file(path, None, Scale.UNIT).weights, SCALED, rtol=1e-5)

    noise = np.random.default_rng(0).normal(size=(20, 27))
    np.save(path, noise)
    with pytest.raises(CheckpointError, match="not clear from them; say --axes hwc or --axes chw"):
        load_model_file(path, None, Scale.AS_IS)
    assert load_model_file(path, Axes.HWC, Scale.AS_IS).weights == pytest.approx(noise, rel=1e-5)
    turned = load_model_file(path, Axes.CHW, Scale.AS_IS).weights.reshape(20, 3, 3, 3)
    assert turned[4, 1, 2, 0] == pytest.approx(noise.reshape(20, 3, 3, 3)[4, 0, 1, 2], rel=1e-5)


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit('unpickled')",)


# Long because each file stands here with the words of its refusal.
def bad_files(folder: Path) -> dict[str, str]:
    """Files that are no filters, each with words of the sentence that it must get."""
    np.save(folder / "objects.npy", np.array([[Harmful()]], object), allow_pickle=True)
    (folder / "pickle.npy").write_bytes(pickle.dumps(Harmful()))
    np.save(folder / "words.npy", np.array([["a", "b"]]))
    np.save(folder / "line.npy", np.zeros(147))
    np.save(folder / "square.npy", np.zeros((10, 10)))
    np.save(folder / "zero.npy", np.zeros((10, 147)))
    np.save(folder / "holes.npy", np.full((10, 147), np.nan))
    np.save(folder / "large.npy", UNIT.astype(float) * 1e200)
    np.save(folder / "many.npy", np.ones((5000, 12)))
    np.save(folder / "complex.npy", np.ones((10, 12), complex))
    np.savez(folder / "unclear.npz", a=UNIT, b=UNIT)
    with zipfile.ZipFile(folder / "empty.npz", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    whole = (folder / "square.npy").read_bytes()
    (folder / "cut.npy").write_bytes(whole[:-1])
    (folder / "huge.npy").write_bytes(whole.replace(b"(10, 10)", b"(10**9,)"))
    (folder / "nested.npy").write_bytes(whole[:10] + b"(" * 118)
    with zipfile.ZipFile(folder / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("filters.npy", b"\0" * (65 << 20))
    with zipfile.ZipFile(folder / "lzma.npz", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("filters.npy", whole)
    (folder / "text.npy").write_text("filters")
    (folder / "nothing.npz").write_bytes(b"")
    return {
        "objects.npy": "does not hold plain numbers",
        "pickle.npy": "is not a whole .npy",
        "words.npy": "does not hold plain numbers",
        "line.npy": "no array with two axes",
        "square.npy": "no axis of 3 x p x p values",
        "zero.npy": "clear|zero",
        "holes.npy": "not finite",
        "large.npy": "too large",
        "many.npy": "different lengths|clear|number of units",
        "complex.npy": "does not hold plain numbers",
        "unclear.npz": "several arrays could be the filters",
        "empty.npz": "no array in it",
        "cut.npy": "not that of the array it announces",
        "huge.npy": "damaged .npy",
        "nested.npy": "damaged .npy",
        "bomb.npz": "too many or too large",
        "lzma.npz": "packed in a way that NumPy does not use",
        "text.npy": "is not a whole .npy",
        "nothing.npz": "is not a whole .npy",
        "missing.npy": "no readable checkpoint",
    }


def test_a_file_that_is_no_such_thing_gets_one_sentence(tmp_path: Path) -> None:
    for name, reason in bad_files(tmp_path).items():
        with pytest.raises(CheckpointError, match=reason) as caught:
            load_model_file(tmp_path / name)
        assert str(caught.value).count("\n") == 0
        assert str(caught.value).endswith(".")


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damage_is_refused_or_harmless(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("damage")
    np.savez(folder / "filters.npz", filters=UNIT[:4])
    np.save(folder / "filters.npy", UNIT[:4])
    path = folder / data.draw(st.sampled_from(["filters.npz", "filters.npy"]))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, min(len(content) - 1, 400)))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        assert np.isfinite(load_model_file(path).weights).all()
    except CheckpointError as error:
        assert str(error).count("\n") == 0


def test_the_commands_take_such_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "mine.npy")
    np.save(path, UNIT)
    assert main(["evaluate", path, "--patches", "50", "--json"]) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert main(["compare", path, "rank-order+pursuit", "--patches", "50", "--json"]) == 0
    compared = json.loads(capsys.readouterr().out.splitlines()[-1])["models"]
    assert compared[path]["error_by_rank"] == pytest.approx(report["error_by_rank"], rel=1e-6)
    # The same directions, so pursuit codes alike, but for rounding.
    same = compared["rank-order+pursuit"]["error_by_rank"]
    assert same == pytest.approx(report["error_by_rank"], rel=1e-3)
    np.save(path, OURS)
    assert main(["evaluate", path, "--patches", "50"]) == 2
    assert "say --scale unit" in capsys.readouterr().err
    assert main(["evaluate", path, "--patches", "50", "--scale", "as-is"]) == 0
