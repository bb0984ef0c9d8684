"""The cache that is limited in bytes."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services import byte_cache
from app.services.byte_cache import ByteCache
from app.services.models import BUNDLED, MOST_MODEL_BYTES, load_model
from model.analysis.population import measure_population


def test_the_least_recently_used_values_are_dropped_beyond_the_bytes() -> None:
    cache = ByteCache[bytes](10, len)
    for key, size in (("a", 4), ("b", 4)):
        assert cache.get(key, lambda size=size: bytes(size)) == bytes(size)
    cache.get("a", lambda: pytest.fail("a is kept"))
    cache.get("c", lambda: bytes(4))
    assert cache.bytes_kept == 8
    cache.get("a", lambda: pytest.fail("a was used later than b"))
    assert cache.get("b", lambda: b"anew") == b"anew"


def test_a_value_larger_than_all_may_take_is_kept_alone() -> None:
    cache = ByteCache[bytes](10, len)
    cache.get("small", lambda: bytes(4))
    cache.get("large", lambda: bytes(11))
    cache.get("large", lambda: pytest.fail("it is kept"))
    assert cache.get("small", lambda: b"anew") == b"anew"


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 12)), max_size=60))
def test_no_use_takes_more_than_the_bytes(uses: list[tuple[int, int]]) -> None:
    cache = ByteCache[bytes](10, len)
    for key, size in uses:
        cache.get(key, lambda size=size: bytes(size))
        assert cache.bytes_kept <= 10


def test_what_several_threads_want_is_computed_once() -> None:
    cache, computed, wanted = ByteCache[bytes](10, len), [], threading.Barrier(4)

    def compute() -> bytes:
        computed.append(1)
        return b"value"

    def want() -> bytes:
        wanted.wait()
        return cache.get("key", compute)

    with ThreadPoolExecutor(4) as threads:
        assert [future.result() for future in [threads.submit(want) for _ in range(4)]] == [b"value"] * 4
    assert computed == [1]


def test_a_value_that_cannot_be_computed_is_tried_again() -> None:
    cache = ByteCache[bytes](10, len)
    with pytest.raises(ZeroDivisionError):
        cache.get("key", lambda: bytes(1 // 0))
    assert cache.get("key", lambda: b"value") == b"value"


def test_the_size_of_a_population_is_that_of_all_it_caches() -> None:
    rng = np.random.default_rng(0)
    weights, patches = rng.normal(size=(9, 27)).astype(np.float32), rng.random((50, 27), np.float32)
    population = measure_population(weights, patches)
    arrays = (population.activations, population.ranks, population.occupancy)
    assert population.nbytes == sum(array.nbytes for array in arrays)


def test_the_bundled_models_fit_in_both_ways_to_choose_units_and_some_more() -> None:
    models = [
        load_model(name, "").coded_by(coder) for name in BUNDLED for coder in load_model(name, "").coders
    ]
    sizes = [model.nbytes for model in models]
    assert sum(sizes) + 4 * sizes[0] <= MOST_MODEL_BYTES


def test_what_nobody_asked_for_lately_may_be_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(byte_cache.time, "monotonic", lambda: now)
    cache, computed = ByteCache[bytes](100, len), []

    def value(key: str) -> bytes:
        return cache.get(key, lambda: computed.append(key) or b"xxx")  # type: ignore[func-returns-value]

    for key in ("kept", "old", "used"):
        value(key)
    now = 50.0
    value("used")
    now = 100.0
    cache.drop_unused(60, lambda key: key != "kept")
    assert cache.bytes_kept == 6
    assert [value(key) for key in ("kept", "used", "old")] == [b"xxx"] * 3
    assert computed == ["kept", "old", "used", "old"]
    cache.drop_unused(60, lambda _: True)  # "used" was asked for again at 100
    assert cache.bytes_kept == 9
