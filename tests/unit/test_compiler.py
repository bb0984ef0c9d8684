"""Loops are compiled wherever the program is installed."""

import numpy as np
import pytest
from numba.core import caching

from model.kernels.compiler import compiled


def test_a_loop_is_kept_on_disk() -> None:
    @compiled()
    def total(values):  # type: ignore[no-untyped-def]
        return values.sum()

    assert total(np.ones(3)) == 3
    assert total.stats.cache_path is not None


def test_a_loop_runs_where_no_folder_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching.CompileResultCacheImpl, "_locator_classes", [])

    @compiled()
    def total(values):  # type: ignore[no-untyped-def]
        return values.sum()

    assert total(np.ones(3)) == 3
    assert total.stats.cache_path is None
