from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.components.payload import pack
from app.panels.upload_panel import sizes
from app.services import pictures
from model import __version__
from model.checkpoint import Checkpoint, save_checkpoint
from model.config import ModelConfig, Rule
from model.data.pictures import Dataset, pictures_of_one_size

Open = Callable[..., AppTest]


def sentences(app: AppTest) -> str:
    return "\n".join(element.value for element in (*app.warning, *app.error))


@pytest.mark.parametrize("page", ["", "train", "image", "talk"], ids=["explore", "train", "image", "talk"])
def test_every_page_opens_without_a_word_of_complaint(open_app: Open, page: str) -> None:
    app = open_app(page)
    assert not app.exception
    assert sentences(app) == ""


@pytest.mark.parametrize("page", ["", "train", "image", "talk"], ids=["explore", "train", "image", "talk"])
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


def test_one_visit_makes_one_entry_in_the_browsers_history(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = []
    change = type(st.query_params).from_dict
    monkeypatch.setattr(
        type(st.query_params),
        "from_dict",
        lambda self, values: changes.append(values) or change(self, values),
    )
    open_app()
    assert len(changes) == 1


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


def test_an_upload_is_shown_and_can_be_put_away(open_app: Open, tmp_path: Path) -> None:
    picture = tmp_path / "own.png"
    Image.fromarray(np.full((50, 60, 3), 90, np.uint8)).save(picture)
    app = open_app("image")
    app.file_uploader[0].upload("own.png", picture.read_bytes()).run()
    assert any("own.png" in m.value and "60 x 50" in m.value for m in app.markdown)
    app.switch_page("views/explore.py").run()
    app.switch_page("views/image.py").run()
    assert any("own.png" in m.value for m in app.markdown)
    assert not app.exception


def test_places_in_an_upload_do_not_outlive_it(open_app: Open, tmp_path: Path) -> None:
    picture = tmp_path / "own.png"
    Image.fromarray(np.full((101, 67, 3), 90, np.uint8)).save(picture)
    app = open_app("image")
    app.file_uploader[0].upload("own.png", picture.read_bytes()).run()
    assert (app.query_params["row"], app.query_params["col"]) == ("47", "30")
    app.button("put-away").click().run()
    assert (app.query_params["row"], app.query_params["col"]) == ("12", "12")
    assert sentences(app) == ""


def test_a_large_upload_is_offered_in_sizes_that_say_what_they_cost(open_app: Open, tmp_path: Path) -> None:
    picture = tmp_path / "large.jpg"
    Image.new("RGB", (4000, 3000), (90, 80, 70)).save(picture)
    app = open_app("image")
    app.file_uploader[0].upload("large.jpg", picture.read_bytes()).run()
    assert any("large.jpg" in m.value and "512 x 384" in m.value for m in app.markdown)
    size = app.selectbox("size 0")
    assert size.label == "Size (the file has 4000 x 3000 pixels)"
    assert size.options == [
        "128 x 96: 266 patches",
        "256 x 192: 1,036 patches",
        "512 x 384: 4,070 patches",
        "1024 x 768: 16,170 patches, about 2 s",
        "2048 x 1536: 64,460 patches, about 5 s",
    ]
    size.select(1024).run()
    assert not app.exception
    assert any("large.jpg" in m.value and "1024 x 768" in m.value for m in app.markdown)
    assert app.query_params["row"] == "380"  # the middle of it


def test_only_the_newest_uploads_file_is_kept(open_app: Open, tmp_path: Path) -> None:
    app = open_app("image")
    for name in ("first.png", "second.png"):
        picture = tmp_path / name
        Image.new("RGB", (900, 600)).save(picture)
        app.file_uploader[0].upload(name, picture.read_bytes()).run()
    assert app.selectbox("size 1").value == 512
    app.query_params["image"] = "0"
    app.run()
    assert any("upload it again" in caption.value for caption in app.caption)
    assert not app.exception


def test_a_transparent_upload_is_laid_on_the_colour_that_is_chosen(open_app: Open, tmp_path: Path) -> None:
    picture = tmp_path / "clear.png"
    Image.new("RGBA", (50, 60), (0, 0, 0, 0)).save(picture)
    app = open_app("image")
    app.file_uploader[0].upload("clear.png", picture.read_bytes()).run()

    def shown() -> np.ndarray:
        return app.session_state["uploads"][0].picture

    assert (shown() == 255).all()
    app.color_picker("ground 0").pick("#0080ff").run()
    assert not app.exception
    assert (shown() == (0, 128, 255)).all()


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((8000, 6000), [128, 256, 512, 1024, 2048]),
        ((6000, 6000), [128, 256, 512, 1024, 1773]),
        ((300, 200), [128, 256, 300]),
        ((100, 60), [100]),
        ((9000, 100), [1024, 2048, 9000]),
    ],
    ids=str,
)
def test_sizes_are_offered_up_to_what_the_browser_can_do(size: tuple[int, int], expected: list[int]) -> None:
    assert sizes(*size, patch_size=7) == expected


def test_overlapping_tilings_are_offered_as_far_as_the_browser_can_do(open_app: Open) -> None:
    app = open_app("image", stride="3")
    tiling = app.selectbox[0]
    assert tiling.options[0] == "Side by side: 25 patches"
    assert tiling.options[-1] == "Every 1 px: 676 patches"
    assert tiling.value == 3
    tiling.select(7).run()
    assert "stride" not in app.query_params
    assert sentences(app) == ""


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
    assert name not in app.query_params


def test_a_payload_refuses_types_the_browser_cannot_read() -> None:
    with pytest.raises(ValueError, match="float64"):
        pack({}, values=np.zeros(3))
