"""How units are chosen, on the pages and in what they give away."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app.exports.images import RebuiltPatch
from app.panels.model_picker import _GROUP_OF, GROUPS, ONE_AFTER_ANOTHER_ONLY
from app.services import models
from app.services.models import BUNDLED, load_model
from model.coding.coder import decompose_by, dictionary_for
from model.coding.pursuit import pursue, pursuit_errors
from model.config import Coder
from model.metrics import measure
from tests.app.test_triggers import press

Open = Callable[..., AppTest]
SWITCH = "coder of rank-order"


@pytest.mark.parametrize("page", ["", "image"], ids=["explore", "image"])
def test_the_switch_changes_how_units_are_chosen_and_the_link_keeps_it(open_app: Open, page: str) -> None:
    app = open_app(page)
    assert app.radio(SWITCH).value == "rank-order"
    assert app.query_params["coder"] == "rank-order"
    app.radio(SWITCH).set_value("pursuit").run()
    assert not app.exception
    assert app.query_params["coder"] == "pursuit"
    app.switch_page("views/explore.py" if page else "views/image.py").run()
    assert app.radio(SWITCH).value == "pursuit"
    app.radio(SWITCH).set_value("rank-order").run()
    assert app.query_params["coder"] == "rank-order"


def test_a_model_with_one_coder_does_not_change_how_the_others_are_shown(open_app: Open) -> None:
    app = open_app(coder="pursuit")
    press(app, "model-chooser", "model", {"name": "pursuit"})
    press(app, "model-chooser", "model", {"name": "progressive"})
    assert app.query_params["coder"] == "pursuit"
    app.radio("coder of progressive").set_value("rank-order").run()
    press(app, "model-chooser", "model", {"name": "pursuit"})
    assert not app.warning
    assert app.query_params["coder"] == "pursuit"
    press(app, "model-chooser", "model", {"name": "rank-order"})
    assert app.query_params["coder"] == "rank-order"


@pytest.mark.parametrize("page", ["", "image", "talk", "train"])
def test_a_model_of_pursuit_is_always_coded_by_it(open_app: Open, page: str) -> None:
    app = open_app(page, model="pursuit")
    assert not app.exception
    assert not app.warning
    assert not [radio for radio in app.radio if radio.label == "How units are chosen"]
    said = [caption.value for caption in app.caption]
    assert (ONE_AFTER_ANOTHER_ONLY in said) == (page in {"", "image"})


def test_a_link_to_a_coder_that_a_model_has_not_is_left_out(open_app: Open) -> None:
    for model, coder, shown in (("pursuit", "rank-order", "pursuit"), ("rank-order", "x", "rank-order")):
        app = open_app(model=model, coder=coder)
        assert not app.exception
        assert "The link's `coder`" in app.warning[0].value
        assert app.query_params["coder"] == shown


def test_every_bundled_model_is_offered_in_a_group(open_app: Open) -> None:
    assert list(_GROUP_OF) == list(BUNDLED)
    assert list(dict.fromkeys(_GROUP_OF.values())) == list(GROUPS)
    for name in BUNDLED:
        app = open_app(model=name)
        assert not app.exception
        assert not app.warning


def test_the_figures_of_a_model_are_those_of_the_chosen_coder(open_app: Open) -> None:
    open_app()
    model = load_model("progressive", "")
    pursued = model.coded_by(Coder.PURSUIT)
    assert pursued.coded_by(Coder.PURSUIT) is pursued
    assert model.coded_by(Coder.PURSUIT) is pursued  # measured once
    assert pursued.measurement.error_by_rank[4] < model.measurement.error_by_rank[4]
    assert pursued.unit_summary(3).largest != model.unit_summary(3).largest
    _, patches = models.measured_patches(7)
    expected = measure(model.checkpoint.weights, patches, Coder.PURSUIT)
    np.testing.assert_array_equal(pursued.measurement.error_by_rank, expected.error_by_rank)


def test_pursuit_is_not_offered_where_a_browser_would_not_answer_in_time(
    monkeypatch: pytest.MonkeyPatch, open_app: Open
) -> None:
    monkeypatch.setattr(models, "MOST_PURSUIT_WORK", 169**2 * 147 - 1)
    app = open_app()
    assert not [radio for radio in app.radio if radio.key == SWITCH]
    assert "The link's `coder`" in open_app(coder="pursuit").warning[0].value


@given(st.integers(0, 2**32 - 1))
def test_a_patch_decomposed_by_pursuit_is_what_the_plain_code_makes_of_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(12, 27)).astype(np.float32)
    patch = rng.random((1, 27), np.float32)
    dictionary = dictionary_for(Coder.PURSUIT, weights)
    code, plain = decompose_by(Coder.PURSUIT, dictionary, patch), pursue(dictionary, patch)
    active = int(code.active_units[0])
    assert active == int((plain.activations > 0).sum())
    np.testing.assert_array_equal(code.rank_order[0, :active], plain.units[0, :active])
    assert sorted(code.rank_order[0]) == list(range(12))
    left = code.pre_activations[0, code.rank_order[0, active:]]
    assert (np.diff(left) <= 0).all()
    rebuilt = RebuiltPatch(dictionary, patch[0], 3, Coder.PURSUIT)
    errors = [rebuilt.error(rank) for rank in range(1, active + 1)]
    np.testing.assert_allclose(errors, pursuit_errors(dictionary, patch, plain)[0, :active], atol=1e-5)
