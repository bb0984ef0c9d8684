"""The Train page's settings: what is offered to whom, and what a training is made of."""

import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.access import ONE_USER, SETTING
from app.panels.run_table import _row
from app.services.runs import server_trainings
from app.services.training_pictures import SAMPLE, picture_loader
from app.services.visible_runs import VisibleRuns
from app.state import training_choices
from app.state.uploads import Upload
from app.state.widget_keys import PRESET
from app.training.job import Training, TrainingRequest
from app.training.limits import FOR_EACH_VISITOR, FOR_ONE_USER, LimitError
from app.training.report import State
from model.checkpoint import save_checkpoint
from model.config import Emphasis, ModelConfig, Rule, Start, TrainingConfig
from model.data.sources import bundled_sample
from model.runs.folder import InitialModel, create_run
from model.runs.metadata import RunMetadata, write_metadata
from model.runs.recorder import run_training
from model.training.loop import checkpoint_of
from tests.app.test_triggers import press

Open = Callable[..., AppTest]
ME = "a" * 32
TINY = TrainingConfig(ModelConfig(n_units=16, patch_size=3), patches=2_000)


def set_up(app: AppTest, **settings: object) -> None:
    for name, value in settings.items():
        app.session_state[training_choices.setting_key(name)] = value


def trained(app: AppTest) -> Training:
    """Press Train and wait for the end."""
    app.button("start").click().run()
    assert not app.exception
    training = server_trainings().find(app.session_state["started_run"])
    assert training is not None
    while training.under_way:
        time.sleep(0.01)
    return training


def sentences_of_link(app: AppTest, **parameters: str) -> str:
    """What a page says when it is opened with a link."""
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return "\n".join(warning.value for warning in app.warning)


def sources(app: AppTest) -> list[str]:
    return list(app.selectbox(training_choices.setting_key("source")).options)


def test_a_training_is_what_the_settings_say(open_app: Open) -> None:
    app = open_app("train")
    set_up(app, units=16, patch_size=3, patches=2_000, rule="progressive", seed=7, step_size=0.05)
    training = trained(app)
    assert training.report().message == ""
    assert training.request.config == TrainingConfig(
        TINY.model, Rule.PROGRESSIVE, patches=2_000, seed=7, step_size=0.05
    )
    app.run()
    assert training.name in app.query_params["run"]


def test_own_pictures_are_offered_and_learned_from(open_app: Open) -> None:
    app = open_app("train")
    assert not any("own picture" in words for words in sources(app))
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 255, (20 + i, 30, 3), np.uint8) for i in range(2)]
    app.session_state["uploads"] = {
        i: Upload(f"{i}.png", p, p.shape[:2], False, "#ffffff", None) for i, p in enumerate(pictures)
    }
    app.run()
    assert any("2 own pictures" in words for words in sources(app))
    set_up(app, source="uploads", units=16, patch_size=3, patches=500)
    training = trained(app)
    assert training.report().message == ""
    checkpoint = training.report().checkpoint
    assert checkpoint is not None
    assert checkpoint.data == "own pictures"

    app.session_state["uploads"] = {}
    app.run()
    assert not app.exception
    assert not any("own picture" in words for words in sources(app))
    assert app.session_state[training_choices.setting_key("source")] == "sample"


def test_a_folder_is_learned_from_without_its_small_pictures_and_the_table_says_so(
    open_app: Open, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, side in (("large.png", 20), ("tiny.png", 2)):
        Image.fromarray(np.full((side, side, 3), 90, np.uint8)).save(folder / name)
    app = open_app("train")
    set_up(app, units=16, patch_size=3, patches=500, source="folder", folder=str(folder))
    training = trained(app)
    assert training.report().state is State.FINISHED
    (sentence,) = training.report().left_out
    assert sentence.startswith("tiny.png is smaller than a patch")
    visible = VisibleRuns("")
    assert _row(visible, training.name, None, compared=False).message == f"1 file was left out: {sentence}."


def test_a_training_begins_with_a_model_and_takes_its_shape(open_app: Open, tmp_path: Path) -> None:
    folder = tmp_path / "rankscope" / "runs"
    run = create_run(folder / "20260101-101112-rank-order", TINY, "sample", bundled_sample())
    list(run_training(run, bundled_sample()))
    app = open_app("train")
    set_up(app, start=run.folder.name, patches=1_000)
    training = trained(app)
    assert training.request.config.model == TINY.model
    start = training.request.start
    assert isinstance(start, InitialModel)
    assert start.name == "2026-01-01 10:11:12, rank-order"


def test_one_of_many_visitors_reads_no_folder_and_sees_no_run_of_others(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app("train")
    assert any("folder" in words for words in sources(app))
    monkeypatch.setenv(SETTING, "many")
    monkeypatch.setattr(
        "app.state.visitor.visitor_of", lambda _: None
    )  # a browser without our cookie: a stranger
    app = open_app("train")
    assert not any("folder" in words for words in sources(app))
    set_up(app, units=16, patch_size=3, patches=500)
    mine = trained(app)
    assert len(mine.request.owner) == 32
    warnings = sentences_of_link(open_app("train"), run=mine.name, model=mine.name)
    assert "The link's `run`" in warnings
    assert "The link's `model`" in warnings
    with pytest.raises(ValueError, match="not open to visitors"):
        picture_loader("/etc", 7)


@pytest.mark.parametrize("name", ["20260101-101112-rank-order", "../../outside"])
def test_a_crafted_initial_model_starts_nothing(
    open_app: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    sample, private = bundled_sample(), tmp_path / "rankscope" / "runs" / "20260101-101112-rank-order"
    *_, last = run_training(create_run(private, TINY, "sample", sample), sample)
    write_metadata(private, RunMetadata(owner="b" * 32))
    save_checkpoint(checkpoint_of(last, TINY, sample), tmp_path / "outside" / "checkpoint.safetensors")
    monkeypatch.setenv(SETTING, "many")
    monkeypatch.setattr("app.state.visitor.visitor_of", lambda _: None)
    monkeypatch.setattr("app.panels.training_form.model_names", lambda _: ["rank-order", name])
    app = open_app("train")
    set_up(app, start=name)
    app.run()
    app.button("start").click().run()
    assert not app.exception
    assert len(app.warning) == 1
    assert server_trainings().all() == []


def test_a_training_that_has_loaded_an_uploaded_picture_does_not_keep_it() -> None:
    picture = np.zeros((20, 30, 3), np.uint8)
    kept = weakref.ref(picture)
    load = picture_loader("uploads", 7, [picture])
    del picture
    assert kept() is not None
    assert load(lambda done, total: None).train.picture(0).shape == (20, 30, 3)
    assert kept() is None


def test_fewer_trainings_wait_of_one_of_many_visitors_than_of_the_one_user(
    open_app: Open, one_slot: None
) -> None:
    for owner, limits in ((ME, FOR_EACH_VISITOR), (ONE_USER, FOR_ONE_USER)):
        trainings = server_trainings()
        endless = TrainingRequest(
            replace(TINY, patches=100_000_000),
            SAMPLE,
            picture_loader(SAMPLE, TINY.model.patch_size),
            owner=owner,
        )
        first = trainings.find(trainings.start(endless))
        while first is not None and first.report().state is not State.RUNNING:
            time.sleep(0.01)
        for _ in range(limits.of_visitor):
            trainings.start(endless)
        with pytest.raises(LimitError, match=f"^{limits.of_visitor} of your trainings are waiting"):
            trainings.start(endless)
        trainings.stop_all()
        st.cache_resource.clear()
    assert FOR_EACH_VISITOR.of_visitor < FOR_ONE_USER.of_visitor


@pytest.mark.parametrize("named", ["nowhere", "a,b", ",", "../..", "x" * 500])
def test_a_link_to_runs_that_do_not_exist_is_left_out(open_app: Open, named: str) -> None:
    app = open_app("train")
    assert "The link's `run`" in sentences_of_link(app, run=named)
    assert "run" not in app.query_params


def test_a_checkpoint_of_another_shape_is_no_start(tmp_path: Path) -> None:
    sample = bundled_sample()
    run = create_run(tmp_path / "a", TINY, "sample", sample)
    *_, last = run_training(run, sample)
    other = TrainingConfig(ModelConfig(9, 3), patches=10)
    with pytest.raises(ValueError, match="other units"):
        create_run(
            tmp_path / "b", other, "sample", sample, InitialModel("a", checkpoint_of(last, TINY, sample))
        )


def test_the_step_follows_the_rule_unless_it_was_chosen(open_app: Open) -> None:
    app = open_app("train")

    def settings() -> tuple[float, float, int]:
        names = ("step_size", "step_decay", "batch_size")
        return tuple(app.session_state[training_choices.setting_key(name)] for name in names)

    def recipe(rule: Rule) -> tuple[float, float, int]:
        config = TrainingConfig(rule=rule)
        return config.step_size, config.step_decay, config.batch_size

    assert settings() == recipe(Rule.RANK_ORDER)
    for rule in (Rule.PROGRESSIVE, Rule.SATURATION_GATED, Rule.RANK_ORDER):
        app.radio(training_choices.setting_key("rule")).set_value(rule.value).run()
        assert not app.exception
        assert settings() == recipe(rule)
    app.number_input(training_choices.setting_key("step_size")).set_value(0.07).run()
    app.radio(training_choices.setting_key("rule")).set_value("progressive").run()
    assert settings() == (0.07, *recipe(Rule.PROGRESSIVE)[1:])


def test_pursuit_is_trained_and_its_settings_are_taken_up_again(open_app: Open) -> None:
    app = open_app("train")
    assert training_choices.setting_key("emphasis") not in {radio.key for radio in app.radio}
    app.selectbox(PRESET).set_value("Pursuit, few units").run()
    set_up(app, units=16, patch_size=3, patches=2_000)
    app.run()
    assert app.radio(training_choices.setting_key("emphasis")).value == "few-units"
    training = trained(app)
    config = TrainingConfig(TINY.model, Rule.PURSUIT, patches=2_000, emphasis=Emphasis.FEW_UNITS)
    assert training.request.config == config
    app = open_app("train", model=training.name)
    assert not app.warning
    press(app, "run-list", "act", {"action": "duplicate", "run": training.name, "title": ""})
    app.run()
    assert trained(app).request.config == config


def test_a_training_can_begin_with_pairs_of_waves(open_app: Open) -> None:
    app = open_app("train")
    app.selectbox(PRESET).set_value("Waves in pairs, 293 units").run()
    set_up(app, patches=2_000)
    assert trained(app).request.config == TrainingConfig(
        ModelConfig(n_units=293), Rule.PROGRESSIVE, patches=2_000, start=Start.DCT_PAIRS
    )
