"""On Train, curves that can't be compared are drawn on the same axes only with a warning."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from app.services.runs import runs_folder
from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.runs.folder import create_run

Open = Callable[..., AppTest]


def new_run(name: str, units: int, size: int, source: str = "sample") -> None:
    config = TrainingConfig(ModelConfig(units, size), patches=64)
    create_run(runs_folder() / name, config, source, bundled_sample())


def warned(app: AppTest) -> list[str]:
    assert not app.exception
    return [
        each.value.split(" ", 1)[1] for each in app.caption if each.value.startswith(":material/warning:")
    ]


def test_curves_of_other_shapes_and_pictures_are_drawn_with_a_warning(open_app: Open) -> None:
    app = open_app("train")
    assert warned(app) == []
    new_run("alike", 169, 7)
    new_run("more", 200, 7)
    new_run("small", 16, 3)
    new_run("stars", 169, 7, "cifar10")

    def sentences(*runs: str) -> list[str]:
        app.query_params["run"] = ",".join(runs)
        return warned(app.run())

    assert sentences("alike") == []
    (alone,) = sentences("small")
    assert "169 units and 7 x 7 patches, this run has 16 units and 3 x 3 patches" in alone
    others = sentences("alike", "more", "small", "stars")
    assert others == [
        "more has another number of units: objectives can't be compared.",
        "small has patches of another size: heights can't be compared.",
        "stars learned from, and is measured on, other pictures.",
    ]
