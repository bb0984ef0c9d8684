from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from model.analysis.filter_mosaic import filter_bytes
from model.config import ModelConfig, TrainingConfig
from model.data.pictures import DataError, Dataset
from model.training.loop import Snapshot, train
from model.training.recording import load_recording, record, save_recording


@pytest.fixture(scope="module")
def snapshots(sample: Dataset) -> list[Snapshot]:
    return list(train(TrainingConfig(ModelConfig(n_units=4, patch_size=3), patches=4096), sample))


def test_filters_are_scaled_each_by_itself() -> None:
    weights = np.array([[-1, 0, 1], [10, 11, 14], [2, 2, 2]], np.float32)
    np.testing.assert_array_equal(filter_bytes(weights), [[0, 128, 255], [0, 64, 255], [128, 128, 128]])


def test_a_recording_holds_what_the_snapshots_were(snapshots: list[Snapshot], tmp_path: Path) -> None:
    path = tmp_path / "recording.safetensors"
    save_recording(record(snapshots, 3, 12.5), path)
    again = load_recording(path)
    assert again.seconds == 12.5
    np.testing.assert_array_equal(again.patches, [s.patches_seen for s in snapshots])
    np.testing.assert_allclose(again.test_error, [s.test.final_error for s in snapshots], rtol=1e-6)
    assert again.points[0] == 0
    assert again.points[-1] == len(snapshots) - 1
    for point, filters in zip(again.points, again.filters, strict=True):
        np.testing.assert_array_equal(filters, filter_bytes(snapshots[point].weights))


def test_more_frames_than_snapshots_are_not_made_up(snapshots: list[Snapshot]) -> None:
    assert len(record(snapshots[:2], 16, 1.0).points) == 2


@pytest.mark.parametrize("damage", ["missing", "cut off", "something else"])
def test_a_damaged_recording_is_named_in_one_sentence(
    snapshots: list[Snapshot], tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "recording.safetensors"
    save_recording(record(snapshots, 3, 1.0), path)
    if damage == "missing":
        path.unlink()
    elif damage == "cut off":
        path.write_bytes(path.read_bytes()[:-7])
    else:
        save_file({"weights": np.zeros((2, 2), np.float32)}, path)
    with pytest.raises(DataError, match=r"recording.safetensors is missing or damaged"):
        load_recording(path)
