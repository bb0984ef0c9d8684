from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.components import address_bar
from app.components.payload import pack
from app.services import pictures
from model import __version__
from model.analysis import unit_summary
from model.analysis.population import correlated_units
from model.checkpoint import Checkpoint, save_checkpoint
from model.config import ModelConfig, Rule
from model.data.pictures import Dataset, pictures_of_one_size

Open = Callable[..., AppTest]


def sentences(app: AppTest) -> str:
    return "\n".join(element.value for element in (*app.warning, *app.error))


@pytest.mark.parametrize("page", ["", "train", "image", "compare", "paper", "talk"])
def test_every_page_opens_without_a_word_of_complaint(open_app: Open, page: str) -> None:
    app = open_app(page)
    assert not app.exception
    assert sentences(app) == ""


@pytest.mark.parametrize("page", ["", "train", "image", "compare", "talk"])
def test_the_foot_of_every_page_tells_the_version(open_app: Open, page: str) -> None:
    assert open_app(page).caption[-1].value == f"Rankscope {__version__}"


def test_the_address_says_what_is_shown(open_app: Open) -> None:
    app = open_app()
    assert app.query_params["model"] == "rank-order"
    assert app.query_params["split"] == "test"
    assert app.query_params["row"] == "12"


def test_a_link_is_obeyed(open_app: Open) -> None:
    app = open_app(model="progressive", split="train", image="6", row="0", col="25")
    assert not app.exception
    assert sentences(app) == ""
    assert app.query_params["col"] == "25"
    assert app.query_params["image"] == "6"


@pytest.mark.parametrize("name", ["model", "split", "image", "row", "col", "k", "beat"])
@pytest.mark.parametrize(
    "nonsense",
    ["", "-1", "12345", "1e3", "9" * 400, "NaN", "../../etc/passwd", "<script>", "%00", "²", "١"],
    ids=[
        "empty",
        "negative",
        "too large",
        "float",
        "huge",
        "NaN",
        "path",
        "markup",
        "null",
        "square",
        "arabic",
    ],
)
def test_nonsense_in_the_address_is_left_out_with_a_notice(open_app: Open, name: str, nonsense: str) -> None:
    app = open_app(**{name: nonsense})
    assert not app.exception
    assert f"The link's `{name}`" in sentences(app)
    assert nonsense == "" or app.query_params.get(name) != nonsense


@pytest.mark.parametrize("nonsense", ["169", "-1", "x"])
def test_a_unit_that_does_not_exist_is_left_out_with_a_notice(open_app: Open, nonsense: str) -> None:
    app = open_app(unit=nonsense)
    assert "The link's `unit`" in sentences(app)
    assert int(app.query_params["unit"]) in range(169)


def test_a_link_to_a_picture_of_somebody_elses_is_left_out(open_app: Open) -> None:
    app = open_app(split="own", image="0")
    assert not app.exception
    assert "The link's `split`" in sentences(app)
    assert app.query_params["split"] == "test"


def test_an_arrival_replaces_the_address_and_adds_no_entry_to_the_history(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced: list[Mapping[str, str] | None] = []
    monkeypatch.setattr(address_bar, "address_bar", replaced.append)
    monkeypatch.setattr(type(st.query_params), "from_dict", lambda *_: pytest.fail("an entry was added"))
    open_app("train")
    explore, train = replaced
    assert explore is not None
    assert (explore["model"], explore["image"]) == ("rank-order", "90")
    assert train is not None
    assert train["model"] == "rank-order"


def test_one_click_makes_one_entry_in_the_browsers_history(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = tmp_path / "own.png"
    Image.new("RGB", (60, 50)).save(picture)
    app = open_app("image", row="3", col="4")
    changes = []
    change = type(st.query_params).from_dict
    monkeypatch.setattr(
        type(st.query_params),
        "from_dict",
        lambda self, values: changes.append(dict(values)) or change(self, values),
    )
    app.file_uploader[0].upload("own.png", picture.read_bytes()).run()
    assert [entry["split"] for entry in changes] == ["own"]
    app.button("put-away").click().run()
    assert [entry["split"] for entry in changes] == ["own", "test"]


def test_a_step_back_shows_what_was_chosen_then_and_writes_nothing(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app(image="44", row="3", col="4", unit="7")
    before = dict(app.query_params)
    app.query_params["image"], app.query_params["unit"] = "90", "9"
    app.run()
    for name, value in before.items():
        app.query_params[name] = value
    monkeypatch.setattr(type(st.query_params), "from_dict", lambda *_: pytest.fail("the link was written"))
    app.run()
    assert not app.exception
    assert dict(app.query_params) == before


def two_script_runs() -> None:
    """The first is interrupted before it has written the link; the second shows unit and row of the link."""
    import streamlit as st

    from app.state import url

    if "interrupted" not in st.session_state:
        st.session_state["interrupted"] = True
        url.change_link({"unit": "9", "row": "3"})
    else:
        st.session_state["shown"] = [url.linked_text(name) for name in ("unit", "row")]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ({"unit": "7", "k": "5"}, ["9", "3"]),  # only the rank moved, which makes no entry
        ({"unit": "2", "k": "4"}, ["2", None]),  # a step back
    ],
)
def test_a_step_back_wins_over_the_script_run_that_it_interrupts(
    address: dict[str, str], shown: list[str | None]
) -> None:
    app = AppTest.from_function(two_script_runs)
    app.query_params["unit"], app.query_params["k"] = "7", "4"
    app.run()
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    assert app.session_state["shown"] == shown


def test_all_of_cifar10_is_looked_at_once_it_has_been_downloaded(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    squares = np.zeros((3, 32, 32, 3), np.uint8)
    everything = pictures_of_one_size(squares, np.array([0, 1, 2]), np.array([7000, 7001, 7002]))
    monkeypatch.setattr(pictures, "downloaded_cifar10", lambda: Dataset("cifar10", everything, everything))
    app = open_app(image="7001")
    assert not app.exception
    assert sentences(app) == ""
    assert app.query_params["image"] == "7001"


def test_a_choice_survives_a_change_of_page(open_app: Open) -> None:
    app = open_app(model="progressive", image="44", row="3", col="4")
    app.switch_page("views/train.py").run()
    app.switch_page("views/explore.py").run()
    chosen = {name: app.query_params[name] for name in ("model", "image", "row", "col")}
    assert chosen == {"model": "progressive", "image": "44", "row": "3", "col": "4"}


def test_a_damaged_model_is_named_in_one_sentence_and_the_other_is_shown(
    open_app: Open, own_assets: Path
) -> None:
    (own_assets / "rank-order.safetensors").write_bytes(b"not a checkpoint")
    app = open_app()
    assert not app.exception
    assert "Paper's rule can't be used." in sentences(app)
    assert len(app.subheader) == 3  # the page below the switch is there


def test_without_any_model_the_page_says_so_and_stops(open_app: Open, own_assets: Path) -> None:
    for path in own_assets.glob("*.safetensors"):
        path.unlink()
    app = open_app()
    assert not app.exception
    assert sentences(app).count("can't be used") >= 2


def test_a_model_with_other_patches_is_shown_on_every_page(open_app: Open, tmp_path: Path) -> None:
    config = ModelConfig(n_units=25, patch_size=11)
    weights = np.random.default_rng(0).normal(0, 0.1, (25, config.n_inputs)).astype(np.float32)
    run = "20260101-101112-progressive"
    path = tmp_path / "rankscope" / "runs" / run / "checkpoint.safetensors"
    save_checkpoint(Checkpoint(weights, config, Rule.PROGRESSIVE, 0, 1, "sample"), path)
    for page in ("", "image", "train"):
        app = open_app(page, model=run, row="21", col="21")
        assert not app.exception
        assert sentences(app) == ""


def test_a_model_without_a_single_active_unit_is_shown(open_app: Open, tmp_path: Path) -> None:
    weights = np.full((9, 147), -1, np.float32)
    run = "20260101-101112-rank-order"
    path = tmp_path / "rankscope" / "runs" / run / "checkpoint.safetensors"
    save_checkpoint(Checkpoint(weights, ModelConfig(n_units=9), Rule.RANK_ORDER, 0, 1, "sample"), path)
    for page in ("", "image"):
        app = open_app(page, model=run)
        assert not app.exception


def test_what_explore_shows_of_a_unit_is_computed_once_for_each_model_and_unit(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = []
    monkeypatch.setattr(
        unit_summary, "correlated_units", lambda *args: computed.append(args[1]) or correlated_units(*args)
    )
    app = open_app(unit="5")
    app.run()
    app.query_params["row"] = "3"
    app.run()
    assert computed == [5]
    app.query_params["unit"] = "6"
    app.run()
    app.query_params["unit"] = "5"
    app.run()
    assert computed == [5, 6]
    app.query_params["model"] = "progressive"
    app.run()
    assert computed == [5, 6, 5]


def test_a_link_to_a_way_to_spend_units_is_obeyed(open_app: Open) -> None:
    app = open_app("image", mode="budget", budget="400", error="0.75", unit="9", k="7")
    assert not app.exception
    assert sentences(app) == ""
    assert app.query_params["mode"] == "budget"


@pytest.mark.parametrize(
    ("name", "nonsense"),
    [
        *(("mode", "x"), ("mode", ""), ("budget", "-1"), ("budget", "4226"), ("budget", "1e3")),
        *(("error", "-0.5"), ("error", "nan"), ("error", "101"), ("error", "1e-1"), ("error", "٣")),
        *(("stride", "0"), ("stride", "8"), ("stride", "x")),
    ],
)
def test_nonsense_about_spending_units_is_left_out_with_a_notice(
    open_app: Open, name: str, nonsense: str
) -> None:
    app = open_app("image", **{name: nonsense})
    assert not app.exception
    assert f"The link's `{name}`" in sentences(app)
    assert app.query_params.get(name) == ("7" if name == "stride" else None)


def test_a_payload_refuses_types_the_browser_cannot_read() -> None:
    with pytest.raises(ValueError, match="float64"):
        pack({}, values=np.zeros(3))
