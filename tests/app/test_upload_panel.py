"""Uploads on the Image page: sizes, backgrounds, tilings, names, and how long they are kept."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.panels.upload_panel import offered_sides
from app.state.literal_text import literal

Open = Callable[..., AppTest]


def sentences(app: AppTest) -> str:
    return "\n".join(element.value for element in (*app.warning, *app.error))


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


def test_an_upload_that_no_callback_announced_is_shown(open_app: Open, tmp_path: Path) -> None:
    picture = tmp_path / "own.png"
    Image.new("RGB", (60, 50)).save(picture)
    app = open_app("image")
    before = dict(app.query_params)
    app.file_uploader[0].upload("own.png", picture.read_bytes()).run()
    for key in ("uploads", "choices", "handled_files"):  # a restarted server's session does not have them
        del app.session_state[key]
    for name, value in before.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    assert any("own.png" in m.value for m in app.markdown)
    app.button("put-away").click().run()
    assert not any("own.png" in m.value for m in app.markdown)  # it is added once


def test_the_number_of_an_upload_is_not_used_again(open_app: Open, tmp_path: Path) -> None:
    app = open_app("image")
    for number, (width, height) in enumerate([(60, 50), (60, 50), (90, 80)]):
        picture = tmp_path / "own.png"
        Image.new("RGB", (width, height)).save(picture)
        app.file_uploader[0].upload("own.png", picture.read_bytes()).run()
        assert list(app.session_state["uploads"]) == [number]
        place = str((height - 7) // 2), str((width - 7) // 2)
        assert (app.query_params["row"], app.query_params["col"]) == place
        app.query_params["row"] = "1"
        app.run()
        app.button("put-away").click().run()


@pytest.mark.parametrize("name", ["__init__.png", ":red[hot].png", "![i](x).png", "# heading.png"])
def test_the_name_of_a_file_is_no_markdown(open_app: Open, tmp_path: Path, name: str) -> None:
    picture = tmp_path / "own.png"
    Image.new("RGB", (60, 50)).save(picture)
    app = open_app("image")
    app.file_uploader[0].upload(name, picture.read_bytes()).run()
    assert f"**{literal(name)}**, 60 x 50 pixels" in [m.value for m in app.markdown]
    assert app.button("put-away").label == f"Put {literal(name)} away"
    app.file_uploader[0].upload(name, b"no picture").run()
    assert app.warning[0].value.startswith(f"{literal(name)}: ")
    assert not app.exception


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
    assert offered_sides(*size, patch_size=7) == expected


def test_overlapping_tilings_are_offered_as_far_as_the_browser_can_do(open_app: Open) -> None:
    app = open_app("image", stride="3")
    tiling = app.selectbox[0]
    assert tiling.options[0] == "Side by side: 25 patches"
    assert tiling.options[-1] == "Every 1 px: 676 patches"
    assert tiling.value == 3
    tiling.select(7).run()
    assert app.query_params["stride"] == "7"
    app.query_params["stride"] = "3"  # a step back
    app.run()
    assert app.selectbox[0].value == 3
    assert sentences(app) == ""
