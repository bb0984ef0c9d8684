"""A checkpoint comes back as it was, or is refused in one sentence."""

import dataclasses
import errno
import json
import os
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from model.checkpoint import (
    FORMAT,
    LARGEST_CHECKPOINT,
    Checkpoint,
    CheckpointError,
    load_checkpoint,
    save_checkpoint,
)
from model.config import ModelConfig, Rule

GOOD = Checkpoint(
    weights=np.random.default_rng(0).normal(size=(5, 12)).astype(np.float32),
    config=ModelConfig(5, 2),
    rule=Rule.PROGRESSIVE,
    seed=7,
    patches_seen=12_345,
    data="sample",
)
METADATA = {
    "format": FORMAT,
    "patch_size": "2",
    "rule": "progressive",
    "seed": "7",
    "patches_seen": "12345",
    "data": "sample",
}


def assert_refused(path: Path) -> None:
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    message = str(caught.value)
    assert path.name in message
    assert len(message.splitlines()) == 1


def assert_same(actual: Checkpoint, expected: Checkpoint) -> None:
    assert actual.weights.dtype == np.float32
    np.testing.assert_array_equal(actual.weights, expected.weights)
    for field in ("config", "rule", "seed", "patches_seen", "data"):
        assert getattr(actual, field) == getattr(expected, field)


def test_a_checkpoint_comes_back_exactly(tmp_path: Path) -> None:
    save_checkpoint(GOOD, tmp_path / "a.safetensors")
    assert_same(load_checkpoint(tmp_path / "a.safetensors"), GOOD)
    assert [file.name for file in tmp_path.iterdir()] == ["a.safetensors"]


@settings(max_examples=30, deadline=None)
@given(
    n_units=st.integers(1, 30),
    patch_size=st.integers(2, 9),
    rule=st.sampled_from(Rule),
    seed=st.integers(0, 2**32 - 1),
    patches_seen=st.integers(0, 100_000_000),
    data=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
def test_any_checkpoint_comes_back_exactly(
    n_units: int,
    patch_size: int,
    rule: Rule,
    seed: int,
    patches_seen: int,
    data: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    config = ModelConfig(n_units, patch_size)
    weights = np.random.default_rng(seed).normal(size=(n_units, config.n_inputs)).astype(np.float32)
    checkpoint = Checkpoint(weights, config, rule, seed, patches_seen, data)
    path = tmp_path_factory.mktemp("any") / "a.safetensors"
    save_checkpoint(checkpoint, path)
    assert_same(load_checkpoint(path), checkpoint)


def test_weights_in_another_layout_are_saved_as_well(tmp_path: Path) -> None:
    save_checkpoint(dataclasses.replace(GOOD, weights=np.asfortranarray(GOOD.weights)), tmp_path / "a")
    assert_same(load_checkpoint(tmp_path / "a"), GOOD)


def test_saving_makes_the_folders_on_the_way_and_replaces_an_older_file(tmp_path: Path) -> None:
    path = tmp_path / "in" / "there" / "a.safetensors"
    save_checkpoint(dataclasses.replace(GOOD, seed=1), path)
    save_checkpoint(GOOD, path)
    assert_same(load_checkpoint(path), GOOD)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_no_half_one(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.safetensors"
    save_checkpoint(GOOD, path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(*((os, "fsync") if call == "fsync" else (Path, "replace")), full)
    with pytest.raises(CheckpointError, match=r"can't be written: No space left on device\.$"):
        save_checkpoint(dataclasses.replace(GOOD, seed=8), path)
    monkeypatch.undo()
    assert_same(load_checkpoint(path), GOOD)
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_in_the_files_place_is_reported_and_no_half_file_left(tmp_path: Path) -> None:
    (tmp_path / "a" / "in").mkdir(parents=True)
    with pytest.raises(CheckpointError, match=r"a can't be written: .*\.$"):
        save_checkpoint(GOOD, tmp_path / "a")
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


@pytest.mark.parametrize("below", ["a.safetensors", "in/a.safetensors"])
def test_a_file_in_a_folders_place_is_reported_and_stays(below: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(CheckpointError, match=r"can't be written: .*\.$"):
        save_checkpoint(GOOD, tmp_path / "file" / below)
    assert (tmp_path / "file").read_text() == "precious"


def test_a_name_too_long_for_the_system_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"can't be written: .*\.$"):
        save_checkpoint(GOOD, tmp_path / ("a" * 300))
    assert_refused(tmp_path / ("a" * 300))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert_refused(tmp_path / "a.safetensors")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert_refused(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        bytes(8),
        bytes(1000),
        b"\xff" * 1000,
        np.random.default_rng(0).bytes(5000),
        save({"weights": GOOD.weights}, METADATA)[:-1],
        save({"weights": GOOD.weights}, METADATA)[:100],
        save({"weights": GOOD.weights}, METADATA) + b"\0",
    ],
    ids=["empty", "one byte", "no header", "zeros", "ones", "random", "cut", "cut in the header", "longer"],
)
def test_a_file_that_is_no_checkpoint_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(content)
    assert_refused(tmp_path / "a.safetensors")


def test_a_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple:
            return (Path.touch, (tmp_path / "sprung",))

    (tmp_path / "a.safetensors").write_bytes(pickle.dumps(Trap()))
    assert_refused(tmp_path / "a.safetensors")
    assert not (tmp_path / "sprung").exists()


def test_a_file_larger_than_any_model_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_checkpoint(GOOD, path)
    os.truncate(path, LARGEST_CHECKPOINT + 1)
    with pytest.raises(CheckpointError, match=r"a\.safetensors is too large"):
        load_checkpoint(path)


def test_a_file_written_with_these_metadata_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(save({"weights": GOOD.weights}, METADATA))
    assert_same(load_checkpoint(tmp_path / "a"), GOOD)


@pytest.mark.parametrize("name", METADATA)
def test_a_file_without_one_of_the_metadata_is_refused(name: str, tmp_path: Path) -> None:
    kept = {key: value for key, value in METADATA.items() if key != name}
    (tmp_path / "a").write_bytes(save({"weights": GOOD.weights}, kept))
    assert_refused(tmp_path / "a")


def test_a_file_without_metadata_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(save({"weights": GOOD.weights}))
    assert_refused(tmp_path / "a")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", "rankscope-0"),
        ("format", ""),
        ("patch_size", "3"),
        ("patch_size", "0"),
        ("patch_size", "-2"),
        ("patch_size", "two"),
        ("patch_size", "2\n3"),
        ("patch_size", "9" * 5000),
        ("rule", "backpropagation"),
        ("rule", ""),
        ("seed", "7.5"),
        ("patches_seen", "many"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_metadata_that_make_no_sense_are_refused(name: str, value: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(save({"weights": GOOD.weights}, {**METADATA, name: value}))
    assert_refused(tmp_path / "a")


def spoiled(value: float) -> np.ndarray:
    weights = GOOD.weights.copy()
    weights[-1, -1] = value
    return weights


@pytest.mark.parametrize(
    "tensors",
    [
        {},
        {"filters": GOOD.weights},
        {"weights": GOOD.weights.astype(np.float64)},
        {"weights": GOOD.weights.astype(np.float16)},
        {"weights": GOOD.weights.astype(np.int64)},
        {"weights": GOOD.weights > 0},
        {"weights": GOOD.weights.ravel()},
        {"weights": GOOD.weights[None]},
        {"weights": GOOD.weights[:, :11].copy()},
        {"weights": GOOD.weights.T.copy()},
        {"weights": GOOD.weights[:0]},
        {"weights": np.zeros((4097, 12), np.float32)},
        {"weights": np.array(1, np.float32)},
        {"weights": spoiled(np.nan)},
        {"weights": spoiled(np.inf)},
        {"weights": spoiled(-np.inf)},
    ],
    ids=[
        "nothing", "another name", "double", "half", "whole numbers", "truths", "a row", "three axes",
        "a column less", "turned", "no units", "too many units", "a number", "not a number", "infinite",
        "minus infinite",
    ],
)  # fmt: skip
def test_weights_that_make_no_model_are_refused(tensors: dict[str, np.ndarray], tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(save(tensors, METADATA))
    assert_refused(tmp_path / "a")


@pytest.mark.parametrize(("dtype", "width"), [("BF16", 2), ("F8_E4M3", 1), ("F8_E5M2", 1)])
def test_weights_of_a_type_that_numpy_does_not_know_are_refused(
    dtype: str, width: int, tmp_path: Path
) -> None:
    entry = {"dtype": dtype, "shape": [5, 12], "data_offsets": [0, 60 * width]}
    header = json.dumps({"__metadata__": METADATA, "weights": entry}).encode()
    (tmp_path / "a").write_bytes(struct.pack("<Q", len(header)) + header + bytes(60 * width))
    assert_refused(tmp_path / "a")


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_either_a_model_or_refused(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(save({"weights": GOOD.weights}, METADATA))
    header = len(content) - GOOD.weights.nbytes
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.one_of(st.integers(0, header), st.integers(0, len(content) - 1)))
        content[place] = data.draw(st.one_of(st.integers(0, 255), st.sampled_from(b'0123456789-"{}[],:')))
    end = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    path = tmp_path_factory.getbasetemp() / "damaged.safetensors"
    path.write_bytes(content[:end])
    try:
        checkpoint = load_checkpoint(path)
    except CheckpointError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert checkpoint.weights.shape == (checkpoint.config.n_units, checkpoint.config.n_inputs)
        assert np.isfinite(checkpoint.weights).all()
