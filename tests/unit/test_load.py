"""`model.load`, and the example of the README that uses it."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

import model
from model.checkpoint import CheckpointError, load_checkpoint
from model.data.pictures import ASSETS

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_example_of_the_readme_encodes_ranks_rebuilds_and_learns(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    example = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert example is not None
    names: dict[str, object] = {}
    exec(example[1], names)
    ours, rebuilt, loss = names["ours"], names["rebuilt"], names["loss"]
    assert isinstance(ours, torch.nn.Module)
    assert isinstance(rebuilt, torch.Tensor)
    assert isinstance(loss, torch.Tensor)
    assert rebuilt.shape == (64, 10, 147)
    before = load_checkpoint(ASSETS / "progressive.safetensors").weights
    after = next(ours.parameters()).detach().numpy()
    assert not np.array_equal(before, after)
    patches = names["patches"]
    assert isinstance(patches, torch.Tensor)
    untouched = model.load("progressive").progressive_reconstruction(patches, ranks=20)
    at_first = (patches[:, None] - untouched).square().sum(dim=2).mean()
    assert loss < at_first


def test_a_checkpoint_is_loaded_by_its_path_and_what_is_none_gets_one_sentence(tmp_path: Path) -> None:
    path = ASSETS / "rank-order.safetensors"
    for name in (path, str(path), "rank-order"):
        assert (model.load(name).weights.detach().numpy() == load_checkpoint(path).weights).all()
    with pytest.raises(CheckpointError, match="no readable checkpoint at nothing"):
        model.load("nothing")
    with pytest.raises(CheckpointError, match="is damaged or is not a checkpoint"):
        model.load(ASSETS / "icon.png")
