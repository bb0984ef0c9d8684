"""Tensors of unknown origin: their types, shapes and numbers are looked at before anything uses them."""

import dataclasses
import json
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import save

from model import files
from model.checkpoint import CheckpointError, load_checkpoint
from model.runs.folder import open_run
from model.runs.reading import RunError
from model.runs.state import load_state
from tests.unit.damage import CONFIG, SECONDS, damaged_json, stopped_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stopped_run(tmp_path_factory.mktemp("runs") / "a").folder


def with_header(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A safetensors file with another header."""
    (length,) = struct.unpack("<Q", content[:8])
    header = change(content[8 : 8 + length])
    return struct.pack("<Q", len(header)) + header + content[8 + length :]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_change_of_a_header_of_tensors_is_refused_or_makes_sense(
    data: st.DataObject, folder: Path
) -> None:
    run = open_run(folder)
    path = folder / data.draw(st.sampled_from(["state.safetensors", "checkpoint.safetensors"]))
    kept = path.read_bytes()

    try:
        path.write_bytes(with_header(kept, lambda header: damaged_json(data, json.loads(header))))
        began = time.process_time()
        try:
            state, checkpoint = load_state(run), load_checkpoint(run.checkpoint)
        except (RunError, CheckpointError) as error:
            assert len(str(error).splitlines()) == 1
            assert len(str(error)) < 300 + 2 * len(str(folder))
        else:
            assert state is not None
            assert 0 <= state.patches_seen <= CONFIG.patches
            assert 0 < state.step.start <= 1
            assert 0 < state.step.decay <= 1
            assert state.weights.shape == (checkpoint.config.n_units, checkpoint.config.n_inputs)
        assert time.process_time() - began < SECONDS
    finally:
        path.write_bytes(kept)


@pytest.mark.parametrize(
    ("dtype", "bits"),
    [
        ("F4", 4),
        ("F8_E4M3", 8),
        ("F8_E5M2", 8),
        ("F8_E8M0", 8),
        ("BF16", 16),
        ("F16", 16),
        ("F64", 64),
        ("I32", 32),
    ],
)
def test_a_state_of_another_type_is_refused(dtype: str, bits: int, folder: Path, tmp_path: Path) -> None:
    run = open_run(folder)
    other = dataclasses.replace(run, folder=tmp_path)
    count = CONFIG.model.n_units * CONFIG.model.n_inputs
    header: dict[str, Any] = {"__metadata__": {"patches_seen": "0"}}
    for i, name in enumerate(("weights", "averaged", "first_moment", "second_moment")):
        size = count * bits // 8
        offsets = [i * size, (i + 1) * size]
        header[name] = {"dtype": dtype, "shape": [5, 12], "data_offsets": offsets}
    encoded = json.dumps(header).encode()
    content = struct.pack("<Q", len(encoded)) + encoded + bytes(4 * count * bits // 8)
    (tmp_path / "state.safetensors").write_bytes(content)
    with pytest.raises(RunError, match=r"state\.safetensors (is damaged: its tensor weights|does not fit)"):
        load_state(other)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("patches_seen", "7"),
        ("patches_seen", "2016"),
        ("patches_seen", "x"),
        ("step_size", "nan"),
        ("step_size", "2"),
        ("step_decay", "inf"),
        ("step_decay", "0"),
    ],
)
def test_a_state_that_no_training_has_is_refused(name: str, value: str, folder: Path, tmp_path: Path) -> None:
    run = open_run(folder)
    with safe_open(folder / "state.safetensors", framework="numpy") as file:
        arrays = {tensor: file.get_tensor(tensor) for tensor in file.keys()}  # noqa: SIM118
        said = file.metadata()
    other = dataclasses.replace(run, folder=tmp_path)
    (tmp_path / "state.safetensors").write_bytes(save(arrays, said))
    assert load_state(other) is not None
    (tmp_path / "state.safetensors").write_bytes(save(arrays, {**said, name: value}))
    with pytest.raises(RunError, match=r"state\.safetensors"):
        load_state(other)
    arrays["second_moment"] = np.full_like(arrays["second_moment"], np.nan)
    (tmp_path / "state.safetensors").write_bytes(save(arrays, said))
    with pytest.raises(RunError, match="numbers that no training has"):
        load_state(other)


def test_a_header_larger_than_any_of_ours_is_refused_unread(folder: Path, tmp_path: Path) -> None:
    content = with_header(
        (folder / "checkpoint.safetensors").read_bytes(), lambda header: header + b" " * (1 << 17)
    )
    (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError, match="not a safetensors file"):
        load_checkpoint(tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    "make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")], ids=["pipe", "device"]
)
def test_a_model_that_is_no_regular_file_is_never_waited_for(
    make: Callable[[Path], None], folder: Path, tmp_path: Path
) -> None:
    make(tmp_path / "state.safetensors")
    with pytest.raises(CheckpointError, match="Not a regular file"):
        load_checkpoint(tmp_path / "state.safetensors")
    with pytest.raises(RunError, match="Not a regular file"):
        load_state(dataclasses.replace(open_run(folder), folder=tmp_path))


def test_a_file_that_is_in_use_for_a_moment_is_replaced_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where a file that somebody reads can't be replaced."""
    replace, refusals = Path.replace, iter([PermissionError(13, "Permission denied")] * 2)

    def busy(path: Path, target: Path) -> Path:
        for refusal in refusals:
            raise refusal
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", busy)
    monkeypatch.setattr(files, "_REPLACE_ATTEMPTS", 3)
    monkeypatch.setattr(files, "_SECONDS_BETWEEN_ATTEMPTS", 0)
    files.write_whole(tmp_path / "a", b"content")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"content")]
