"""The loops as plain Python give what they give compiled."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.unit.uncompiled import results

ROOT = Path(__file__).resolve().parents[2]


def test_the_loops_give_the_same_without_being_compiled(tmp_path: Path) -> None:
    file = tmp_path / "uncompiled.npz"
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    subprocess.run(
        [sys.executable, "-m", "tests.unit.uncompiled", file], cwd=ROOT, env=environment, check=True
    )
    compiled = results()
    with np.load(file) as uncompiled:
        assert set(uncompiled.files) == compiled.keys()
        for name, expected in compiled.items():
            np.testing.assert_allclose(uncompiled[name], expected, rtol=1e-4, atol=1e-5, err_msg=name)
    assert 0 < compiled["active"].sum() < compiled["active"].size
    assert (compiled["1000 units, stride 3"] > compiled["9 units, stride 3"]).any()
