"""The page Compare: its link, what it refuses, and the numbers that its board gets."""

import io
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.compare.measuring import Side, pairs_between, sides_of, verdict_between
from app.compare.options import compare_options
from app.compare.own_filters import keep_filters
from app.compare.payload import board_data, scaled_down
from app.services.pictures import bundled_pictures, measured_patches
from model.analysis.picture_quality import quality
from model.checkpoint import Checkpoint, load_checkpoint
from model.coding.picture_code import encode_picture, reconstruct_values
from model.comparison.measured import verdict_of, warnings
from model.config import Coder, ModelConfig, Rule
from model.data.pictures import ASSETS
from model.imports.filters import Scale
from model.metrics import measure
from tests.app.test_triggers import press

Open = Callable[..., AppTest]
DEFAULT = ["progressive", "pca"]


def compared(app: AppTest) -> list[str]:
    boxes = [app.selectbox(f"compared {place}").value for place in ("First", "Second", "Third", "Fourth")]
    return [name for name in boxes if name is not None]


def test_the_link_says_what_is_compared_and_a_change_of_page_keeps_it(open_app: Open) -> None:
    app = open_app("compare", models="pursuit,dct,progressive+omp")
    assert not app.exception
    assert not app.warning
    assert compared(app) == ["pursuit", "dct", "progressive+omp"]
    app.selectbox("compared Third").set_value(None).run()
    assert app.query_params["models"] == "pursuit,dct"
    del app.query_params["models"]  # as the browser does on a change of page
    app.switch_page("views/explore.py").run()
    app.switch_page("views/compare.py").run()
    assert compared(app) == ["pursuit", "dct"]


@pytest.mark.parametrize(
    "nonsense", ["progressive", "progressive,nothing", "pca,pca", "pca,dct,pca-first,dct-zigzag,pursuit", ""]
)
def test_a_link_that_makes_no_sense_is_dropped_with_a_notice(open_app: Open, nonsense: str) -> None:
    app = open_app("compare", models=nonsense)
    assert not app.exception
    assert "models" in app.warning[0].value
    assert compared(app) == DEFAULT


def test_nobody_is_offered_twice_and_a_fourth_can_be_added(open_app: Open) -> None:
    app = open_app("compare")
    for place, other in (("First", "PCA (largest)"), ("Second", "Progressive rule")):
        assert other not in app.selectbox(f"compared {place}").options
    app.selectbox("compared Fourth").set_value("dct").run()
    assert not app.exception
    assert app.query_params["models"] == "progressive,pca,dct"
    assert compared(app) == ["progressive", "pca", "dct"]


@pytest.fixture
def fresh_caches() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def bundled(name: str) -> Checkpoint:
    return load_checkpoint(ASSETS / f"{name}.safetensors")


def sides_for(*names: str) -> list[Side]:
    rivals = {"pca", "dct", "topk-sae"}
    checkpoints = [None if name in rivals else bundled(name.split("+")[0]) for name in names]
    return sides_of(names, [name.replace("+", " + ") for name in names], checkpoints)


def test_the_board_gets_the_numbers_of_the_model(fresh_caches: None) -> None:
    sides = sides_for("progressive", "pca")
    assert not sides[0].is_measured
    found = [side.measured() for side in sides]
    assert sides[0].is_measured
    assert sides[0].measured() is found[0]  # never twice
    picture = bundled_pictures().test.picture(3)
    header, arrays = board_data(sides, "verdict", [], picture, 5, 9)
    weights = bundled("progressive").weights
    _, patches = measured_patches(7)
    expected = measure(weights, patches, Coder.RANK_ORDER)
    np.testing.assert_allclose(arrays["mean0"], expected.error_by_rank, rtol=1e-5)
    assert header["sides"][0]["sum"] == pytest.approx(expected.error_sum)
    patch = picture[5:12, 9:16].reshape(1, -1) / 256
    assert (arrays["patch0"] == picture[5:12, 9:16].reshape(-1)).all()
    # What is painted is what is measured, but for the rounding of 147 values to bytes.
    shown = np.linalg.norm(patch - arrays["sums1"] / 256, axis=1)
    np.testing.assert_allclose(shown, arrays["errors1"], atol=0.03)
    code = encode_picture(picture, weights, 7, 7, Coder.RANK_ORDER)
    for place, k in enumerate(header["pictureRanks"]):
        psnr = quality(picture, reconstruct_values(code, weights, k)).psnr
        assert header["sides"][0]["psnr"][place] == pytest.approx(psnr, abs=0.01)
    assert header["ranks"] == 169
    assert header["note"] == ""
    assert arrays["mean1"][-1] == arrays["mean1"][146]  # PCA has 147 components; nothing is left to add


def test_the_verdict_is_that_of_the_numbers_and_a_search_ends_all_curves(fresh_caches: None) -> None:
    sides = sides_for("progressive", "pca", "rank-order+omp")
    found = [side.measured() for side in sides]
    assert verdict_between(sides) == verdict_of(found)
    picture = bundled_pictures().test.picture(3)
    header, arrays = board_data(sides, "", [], picture, 0, 0)
    assert header["ranks"] == 50
    assert header["note"].startswith("Compared up to k = 50")
    assert all(len(arrays[f"fvu{i}"]) == 50 for i in range(3))
    pairs = pairs_between(sides[0], sides[1])
    assert header["pairs"][0]["first"] == pairs.first[:48].tolist()
    assert (np.diff(np.abs(header["pairs"][0]["likeness"])) <= 0).all()


def test_models_of_other_patch_sizes_are_shown_with_a_warning_and_without_a_verdict(
    fresh_caches: None,
) -> None:
    rng = np.random.default_rng(0)
    shape = ModelConfig(9, 5)
    small = Checkpoint(rng.normal(size=(9, 75)).astype(np.float32), shape, Rule.RANK_ORDER, 0, 10, "stars")
    sides = sides_of(["progressive", "mine"], ["Progressive", "Mine"], [bundled("progressive"), small])
    found = [side.measured() for side in sides]
    said = warnings(found)
    assert said[0].startswith("Patch sizes differ (5 x 5 and 7 x 7 pixels)")
    assert "They learned from different pictures" in said[1]
    assert verdict_between(sides).startswith("No verdict")
    header, arrays = board_data(sides, "", said, bundled_pictures().test.picture(3), 25, 25)
    assert header["pairs"] == []
    assert len(arrays["patch1"]) == 75


def test_a_large_picture_is_scaled_down_but_not_below_a_patch() -> None:
    assert scaled_down(np.zeros((300, 600, 3), np.uint8), 7).shape == (48, 96, 3)
    assert scaled_down(np.zeros((9, 900, 3), np.uint8), 7).shape == (7, 96, 3)
    own = np.zeros((32, 32, 3), np.uint8)
    assert scaled_down(own, 7) is own


def as_npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def test_filters_of_ones_own_become_a_model_for_every_page(open_app: Open) -> None:
    filters = bundled("rank-order").weights[:40]
    directions = filters / np.linalg.norm(filters, axis=1, keepdims=True)
    app = open_app("compare")
    app.session_state["own-filters-drawer"] = True
    app.run()
    app.file_uploader("own-filters").upload("m*ine.npy", as_npy(directions), "").run()
    app.button("own-filters-take").click().run()
    assert not app.exception
    assert [each.value for each in app.warning] == []
    name = compared(app)[0]
    assert compared(app) == [name, *DEFAULT]
    assert app.selectbox("compared First").options.count("m*ine.npy") == 1
    app.switch_page("views/explore.py").run()
    press(app, "model-chooser", "model", {"name": name})
    assert not app.exception
    assert [each.value for each in app.warning] == []
    assert app.query_params["model"] == name
    app.switch_page("views/train.py").run()
    assert not app.exception


def test_what_is_no_filters_or_is_not_clear_gets_a_notice(open_app: Open) -> None:
    app = open_app("compare")
    app.session_state["own-filters-drawer"] = True
    app.run()
    for content, reason in (
        (b"nothing", "is damaged or is not a checkpoint or a file of filters"),
        (as_npy(bundled("rank-order").weights), "which may mean something; choose it below"),
    ):
        app.file_uploader("own-filters").set_value(None)
        app.file_uploader("own-filters").upload("it.npy", content, "").run()
        app.button("own-filters-take").click().run()
        assert not app.exception
        assert reason in app.warning[0].value
        assert compared(app) == DEFAULT
    app.selectbox("own-filters-scale").set_value("they are weights of a rank-ordered model").run()
    app.button("own-filters-take").click().run()
    assert len(compared(app)) == 3


def test_anothers_filters_are_not_to_be_seen(open_app: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    open_app("compare")
    name = keep_filters("mine.npy", as_npy(bundled("rank-order").weights), None, Scale.AS_IS, "somebody")
    assert name in compare_options("somebody")
    assert name not in compare_options("somebody else")
