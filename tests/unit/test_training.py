"""Training: a reproducible row of snapshots in which the error falls."""

# Long because one training is looked at from many sides.

import dataclasses
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.config import Coder, Emphasis, ModelConfig, OptimizerKind, Rule, Start, TrainingConfig
from model.data.pictures import Corners, DataError, Dataset, Pictures
from model.kernels.compiled import Learner
from model.kernels.pursuit_learner import PursuitLearner, unit_rows
from model.training import loop as training
from model.training.loop import (
    MEASURED_PATCHES,
    Snapshot,
    StepRequest,
    checkpoint_of,
    snapshot_schedule,
    train,
)
from model.training.optimizer import Optimizer, StepSize, initial_state
from model.training.phases import phases
from model.training.starts import initial_weights, starting_weights

EVERY_RULE = pytest.mark.parametrize("rule", list(Rule), ids=str)
SMALL = TrainingConfig(ModelConfig(n_units=16, patch_size=4), patches=5_000, seed=5)


def last(config: TrainingConfig, dataset: Dataset) -> Snapshot:
    *_, snapshot = train(config, dataset)
    return snapshot


@pytest.fixture(scope="module")
def snapshots(sample: Dataset) -> list[Snapshot]:
    return list(train(SMALL, sample))


def test_the_first_snapshot_is_the_start_before_any_update(snapshots: list[Snapshot]) -> None:
    assert snapshots[0].patches_seen == 0
    np.testing.assert_array_equal(snapshots[0].weights, initial_weights(SMALL.model, SMALL.seed))


def test_the_last_snapshot_is_the_end(snapshots: list[Snapshot]) -> None:
    assert snapshots[-1].patches_seen == SMALL.patches
    assert all(a.patches_seen < b.patches_seen for a, b in pairwise(snapshots))


def test_snapshots_hold_finite_weights_of_the_models_shape(snapshots: list[Snapshot]) -> None:
    for snapshot in snapshots:
        assert snapshot.weights.shape == (16, 48)
        assert snapshot.weights.dtype == np.float32
        assert np.isfinite(snapshot.weights).all()


@pytest.mark.parametrize("split", ["train", "test"])
def test_every_snapshot_measures_the_model_it_holds_on_the_same_patches(
    split: str, snapshots: list[Snapshot], sample: Dataset
) -> None:
    place = ("train", "test").index(split)
    rng = np.random.default_rng([SMALL.seed, place])
    patches = training.random_patches(sample.split(split), 4, training.MEASURED_PATCHES, rng)
    for snapshot in snapshots:
        measured = getattr(snapshot, split)
        expected = training.measure(snapshot.weights, patches)
        np.testing.assert_allclose(measured.error_by_rank, expected.error_by_rank, rtol=1e-6)
        assert measured.patches == training.MEASURED_PATCHES


def test_the_same_seed_gives_the_same_snapshots(snapshots: list[Snapshot], sample: Dataset) -> None:
    again = list(train(SMALL, sample))
    assert [s.patches_seen for s in again] == [s.patches_seen for s in snapshots]
    for one, other in zip(snapshots, again, strict=True):
        np.testing.assert_array_equal(one.weights, other.weights)
        np.testing.assert_array_equal(one.train.error_by_rank, other.train.error_by_rank)
        np.testing.assert_array_equal(one.test.error_by_rank, other.test.error_by_rank)


def test_another_seed_gives_another_start_and_another_end(snapshots: list[Snapshot], sample: Dataset) -> None:
    others = list(train(dataclasses.replace(SMALL, seed=6), sample))
    for mine, other in ((snapshots[0], others[0]), (snapshots[-1], others[-1])):
        assert np.abs(mine.weights - other.weights).max() > 0.01


def test_snapshots_do_not_change_afterwards(snapshots: list[Snapshot], sample: Dataset) -> None:
    kept, copies = [], []
    for snapshot in train(SMALL, sample):
        kept.append(snapshot)
        copies.append((snapshot.weights.copy(), snapshot.test.error_by_rank.copy()))
    assert len(kept) == len(snapshots) > 3
    for snapshot, (weights, errors) in zip(kept, copies, strict=True):
        np.testing.assert_array_equal(snapshot.weights, weights)
        np.testing.assert_array_equal(snapshot.test.error_by_rank, errors)
    with pytest.raises(dataclasses.FrozenInstanceError):
        kept[0].patches_seen = 1  # type: ignore[misc]


def test_scribbling_on_a_snapshot_does_not_reach_the_training(
    snapshots: list[Snapshot], sample: Dataset
) -> None:
    for snapshot in train(SMALL, sample):
        final = snapshot.weights.copy()
        snapshot.weights[:] = np.nan
    np.testing.assert_array_equal(final, snapshots[-1].weights)


def test_a_training_can_be_closed_early(snapshots: list[Snapshot], sample: Dataset) -> None:
    running = train(SMALL, sample)
    first, second = next(running), next(running)
    running.close()
    assert list(running) == []
    np.testing.assert_array_equal(first.weights, snapshots[0].weights)
    np.testing.assert_array_equal(second.weights, snapshots[1].weights)


def test_the_test_pictures_are_never_learned_from(snapshots: list[Snapshot], sample: Dataset) -> None:
    swapped = last(SMALL, Dataset("other", sample.train, sample.train))
    np.testing.assert_array_equal(swapped.weights, snapshots[-1].weights)
    assert swapped.test.final_error != snapshots[-1].test.final_error


@pytest.mark.parametrize("patches", [1, 2, 33])
def test_a_training_may_be_shorter_than_a_batch(patches: int, sample: Dataset) -> None:
    start, *_, end = train(dataclasses.replace(SMALL, patches=patches, batch_size=64), sample)
    assert (start.patches_seen, end.patches_seen) == (0, patches)
    assert np.abs(end.weights - start.weights).max() > 0.01


def test_the_step_decays_exponentially_and_every_patch_is_learned_from_once(
    sample: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[float] = []
    learned = []

    def record(self: Learner, pictures: Pictures, corners: tuple, size: int, batch: int, each: list) -> None:
        steps.extend(each)
        learned.append(corners)
        assert (pictures, size, batch) == (sample.train, 4, 32)

    monkeypatch.setattr(Learner, "learn", record)
    config = dataclasses.replace(SMALL, batch_size=32, step_size=0.2, step_decay=0.05)
    list(train(config, sample))
    assert sum(len(corners.first) for corners in learned) == 5_000
    batches = -(-5_000 // 32)
    expected = [0.2 * 0.05 ** (i * 32 / 5_000) for i in range(batches)]
    np.testing.assert_allclose(steps, expected, rtol=1e-5)
    firsts = [tuple(corners.first[:32]) for corners in learned]
    assert len(set(firsts)) == len(firsts)  # never the same list of patches twice


def test_another_seed_draws_other_patches(sample: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[int, ...]] = []
    monkeypatch.setattr(
        Learner, "learn", lambda self, pictures, corners, *_: drawn.append(tuple(corners.first))
    )
    for seed in (5, 6, 5):
        list(train(dataclasses.replace(SMALL, patches=50, seed=seed), sample))
    assert drawn[0] == drawn[2] != drawn[1]


@settings(max_examples=60, deadline=None)
@given(patches=st.one_of(st.integers(1, 500), st.integers(1, 100_000_000)))
def test_snapshots_are_due_from_start_to_end_and_denser_at_first(patches: int) -> None:
    due = snapshot_schedule(TrainingConfig(patches=patches))
    assert due[0] == 0
    assert due[-1] == patches
    assert all(a < b for a, b in pairwise(due))
    assert sum(point <= patches / 2 for point in due) >= len(due) / 2
    assert len(due) <= 200


def test_the_start_is_normal_with_the_papers_spread() -> None:
    weights = initial_weights(ModelConfig(169, 7), 0)
    assert weights.shape == (169, 147)
    assert weights.dtype == np.float32
    assert weights.mean() == pytest.approx(0, abs=0.002)
    assert weights.std() == pytest.approx((2 / (147 + 169)) ** 0.5, rel=0.02)
    within = np.abs(weights) < weights.std()
    assert within.mean() == pytest.approx(0.6827, abs=0.01)


@EVERY_RULE
def test_the_error_falls_during_a_short_training(rule: Rule, sample: Dataset) -> None:
    start, *_, end = train(TrainingConfig(rule=rule, patches=20_000), sample)
    for split in ("train", "test"):
        before, after = getattr(start, split), getattr(end, split)
        assert after.final_error < before.final_error / 2
        assert after.error_sum < before.error_sum / 2
        assert after.objective < before.objective / 2


def test_progressive_beats_the_papers_rule_and_that_beats_the_gated_one(sample: Dataset) -> None:
    ends = {rule: last(TrainingConfig(rule=rule, patches=60_000), sample).test for rule in Rule}
    best, paper, gated = (
        ends[rule].error_sum for rule in (Rule.PROGRESSIVE, Rule.RANK_ORDER, Rule.SATURATION_GATED)
    )
    assert best < 0.8 * paper
    assert paper < 0.95 * gated


def test_weights_that_run_off_to_infinity_end_the_training_with_one_sentence(
    sample: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overflow(*_: object) -> None:
        endless = np.full((SMALL.model.n_units, SMALL.model.n_inputs), np.inf, np.float32)
        monkeypatch.setattr(Learner, "weights", property(lambda _: endless))

    monkeypatch.setattr(Learner, "learn", overflow)
    with pytest.raises(FloatingPointError, match=r"^The weights ran off to infinity.*\.$"):
        list(train(SMALL, sample))


def test_pictures_smaller_than_a_patch_are_refused(as_pictures: Callable[..., Pictures]) -> None:
    tiny = as_pictures(np.zeros((3, 20, 3)))
    with pytest.raises(DataError, match="at least 4 x 4"):
        next(train(SMALL, Dataset("tiny", tiny, tiny)))


def test_a_checkpoint_records_where_its_weights_come_from(snapshots: list[Snapshot], sample: Dataset) -> None:
    config = dataclasses.replace(SMALL, rule=Rule.PROGRESSIVE)
    checkpoint = checkpoint_of(snapshots[1], config, sample)
    np.testing.assert_array_equal(checkpoint.weights, snapshots[1].weights)
    assert checkpoint.config == SMALL.model
    assert (checkpoint.rule, checkpoint.seed) == (Rule.PROGRESSIVE, 5)
    assert (checkpoint.patches_seen, checkpoint.data) == (snapshots[1].patches_seen, "sample")


@pytest.mark.parametrize("patches", [1023, 1024, 2500], ids=str)
def test_the_updates_alone_are_the_training_without_its_snapshots(patches: int, sample: Dataset) -> None:
    config = dataclasses.replace(SMALL, patches=patches)
    optimizer = Optimizer(config, sample.train, initial_state(config, sample.train))
    while optimizer.patches_seen < patches:
        optimizer.advance(1000)
    np.testing.assert_array_equal(optimizer.weights, last(config, sample).weights)


KINDS = {
    "decorrelated": SMALL,
    "plain": dataclasses.replace(SMALL, optimizer=OptimizerKind.PLAIN),
    "progressive": dataclasses.replace(SMALL, rule=Rule.PROGRESSIVE),
    "pursuit": dataclasses.replace(SMALL, rule=Rule.PURSUIT),
    "few units": dataclasses.replace(SMALL, rule=Rule.PURSUIT, emphasis=Emphasis.FEW_UNITS),
    "pairs of waves": TrainingConfig(ModelConfig(23, 2), Rule.PROGRESSIVE, start=Start.DCT_PAIRS),
}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20, deadline=None)
@given(data=st.data(), batch=st.sampled_from([1, 7, 16, 100]))
def test_a_training_cut_up_anywhere_and_taken_up_again_ends_in_the_same_weights(
    kind: str, sample: Dataset, data: st.DataObject, batch: int
) -> None:
    config = dataclasses.replace(KINDS[kind], patches=1500, batch_size=batch)
    state = initial_state(config, sample.train)
    while state.patches_seen < config.patches:
        optimizer = Optimizer(config, sample.train, state)
        optimizer.advance(data.draw(st.integers(1, 80)))
        state = optimizer.state()
    np.testing.assert_array_equal(optimizer.weights, last(config, sample).weights)


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_snapshot_shows_the_start_to_the_last_bit(kind: str, sample: Dataset) -> None:
    config = dataclasses.replace(KINDS[kind], patches=200)
    first = next(train(config, sample))
    np.testing.assert_array_equal(first.weights, starting_weights(config, sample.train))


def test_pursuit_has_a_short_first_phase_with_larger_batches_and_its_own_steps(
    sample: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bool, int, int, list[float]]] = []

    def record(
        self: PursuitLearner, pictures: Pictures, corners: Corners, size: int, batch: int, steps
    ) -> None:
        seen.append((self.at_own_rank, batch, len(corners.first), list(steps)))

    monkeypatch.setattr(PursuitLearner, "learn", record)
    config = TrainingConfig(ModelConfig(16, 4), Rule.PURSUIT, patches=11_000)
    list(train(config, sample))
    first = [call for call in seen if call[0]]
    second = seen[len(first) :]
    assert {call[:2] for call in first} == {(True, 32)}
    assert {call[:2] for call in second} == {(False, 8)}
    assert sum(call[2] for call in first) == 2 * 11_000 // 11 // 32 * 32
    assert sum(call[2] for call in seen) == 11_000
    for phase in (first, second):
        steps = [step for call in phase for step in call[3]]
        assert steps[0] == pytest.approx(config.step_size)
        assert steps[-1] == pytest.approx(config.step_size * config.step_decay, rel=0.1)
        assert all(a > b for a, b in pairwise(steps))


def test_the_second_phase_of_pursuit_begins_with_the_averaged_weights_and_fresh_moments(
    sample: Dataset,
) -> None:
    config = TrainingConfig(ModelConfig(16, 4), Rule.PURSUIT, patches=11_000)
    boundary = phases(config)[0].end
    optimizer = Optimizer(config, sample.train, initial_state(config, sample.train))
    while optimizer.patches_seen < boundary:
        optimizer.advance(64)
    state = optimizer.state()
    assert state.patches_seen == boundary
    np.testing.assert_array_equal(state.weights, unit_rows(state.averaged))
    assert not state.first_moment.any()
    assert not state.second_moment.any()


def test_what_pursuit_learns_is_measured_by_pursuit(sample: Dataset) -> None:
    config = TrainingConfig(ModelConfig(60, 5), Rule.PURSUIT, patches=11_000)
    start, *_, end = train(config, sample)
    rng = np.random.default_rng([config.seed, 1])
    patches = training.random_patches(sample.test, 5, training.MEASURED_PATCHES, rng)
    by_pursuit = training.measure(end.weights, patches, Coder.PURSUIT)
    np.testing.assert_allclose(end.test.error_by_rank, by_pursuit.error_by_rank, rtol=1e-6)
    assert end.test.error_sum < 0.5 * start.test.error_sum
    assert by_pursuit.error_sum < 0.5 * training.measure(end.weights, patches).error_sum


def test_an_emphasis_on_few_units_is_better_with_few_and_worse_with_many(sample: Dataset) -> None:
    few, many = (
        last(TrainingConfig(ModelConfig(100, 5), Rule.PURSUIT, patches=55_000, emphasis=emphasis), sample)
        for emphasis in (Emphasis.FEW_UNITS, Emphasis.MANY_UNITS)
    )
    assert (few.test.error_by_rank[:5] < many.test.error_by_rank[:5]).all()
    assert few.test.error_by_rank[-1] > many.test.error_by_rank[-1]


def test_pairs_of_waves_for_every_direction_end_as_exact_pairs(sample: Dataset) -> None:
    config = TrainingConfig(ModelConfig(95, 4), Rule.PROGRESSIVE, patches=3_000, start=Start.DCT_PAIRS)
    *_, before, end = train(config, sample)
    np.testing.assert_array_equal(end.weights[1::2], -end.weights[2::2])
    assert np.abs(before.weights[1::2] + before.weights[2::2]).max() > 0
    assert end.test.final_error < 1e-3
    fewer = last(dataclasses.replace(config, model=ModelConfig(93, 4)), sample)
    assert np.abs(fewer.weights[1::2] + fewer.weights[2::2]).max() > 0


def test_the_decorrelated_optimizer_learns_faster_than_the_plain_one(sample: Dataset) -> None:
    plain, decorrelated = (
        last(TrainingConfig(rule=rule, patches=60_000, optimizer=optimizer), sample).test.error_sum
        for rule in (Rule.PROGRESSIVE,)
        for optimizer in (OptimizerKind.PLAIN, OptimizerKind.DECORRELATED)
    )
    assert decorrelated < 0.97 * plain


def test_a_pace_sees_every_single_update_and_changes_nothing_by_it(
    snapshots: list[Snapshot], sample: Dataset
) -> None:
    config = dataclasses.replace(SMALL, patches=1200)
    slowly = list(train(config, sample, pace=lambda: StepRequest(updates=1, show=True)))
    assert [s.patches_seen for s in slowly] == [*range(0, 1200, config.batch_size), 1200]
    at_once = list(train(config, sample))
    recorded = [s for s in slowly if s.recorded]
    assert [s.patches_seen for s in recorded] == [s.patches_seen for s in at_once]
    for one, other in zip(recorded, at_once, strict=True):
        np.testing.assert_array_equal(one.weights, other.weights)
    moved = [np.abs(b.weights - a.weights).max() for a, b in pairwise(slowly)]
    assert min(moved) > 0  # what is shown moves with every update


def test_a_snapshot_between_draws_can_be_gone_on_from(sample: Dataset) -> None:
    config = dataclasses.replace(SMALL, patches=3_000)
    asked = iter([StepRequest(updates=5, show=True, record=True)])
    running = train(config, sample, pace=lambda: next(asked, StepRequest()))
    next(running)
    halted = next(running)
    assert halted.recorded
    assert halted.patches_seen == 5 * config.batch_size
    *_, resumed = train(config, sample, halted.state)
    np.testing.assert_array_equal(resumed.weights, last(config, sample).weights)


def test_another_step_size_counts_from_the_next_update_and_is_part_of_the_state(sample: Dataset) -> None:
    config = dataclasses.replace(SMALL, patches=4 * SMALL.batch_size)
    tiny = StepSize(1e-9, 1.0)
    stretches = iter(
        [StepRequest(2, show=True), StepRequest(1, show=True, step=tiny), StepRequest(1, show=True)]
    )
    _, before, after, end = train(config, sample, pace=lambda: next(stretches))
    assert before.state.step == StepSize(config.step_size, config.step_decay)
    assert after.state.step == end.state.step == tiny
    np.testing.assert_allclose(end.state.weights, before.state.weights, atol=1e-7)


def test_a_training_can_start_from_given_weights(sample: Dataset) -> None:
    given_weights = last(SMALL, sample).weights
    start, *_, end = train(SMALL, sample, initial=given_weights)
    np.testing.assert_array_equal(start.weights, given_weights)
    assert start.patches_seen == 0
    assert np.abs(end.weights - given_weights).max() > 0.01


@pytest.mark.parametrize("patches", [110_000, 500_000, 1_000_000, 20_000_000])
def test_measuring_takes_a_small_part_of_a_training(patches: int) -> None:
    # Measuring one patch takes less than half of what learning from one takes.
    measured = 2 * MEASURED_PATCHES * len(snapshot_schedule(TrainingConfig(patches=patches)))
    assert 0.4 * measured < (0.12 if patches < 240_000 else 0.06) * patches


def test_large_models_are_recorded_less_often() -> None:
    small, large = (
        len(snapshot_schedule(TrainingConfig(ModelConfig(units, size))))
        for units, size in ((169, 7), (1024, 16))
    )
    assert small > 100
    assert 10 < large < 30


def test_a_long_draw_is_cut_into_short_stretches(sample: Dataset) -> None:
    config = TrainingConfig(ModelConfig(512, 12), patches=100_000)
    optimizer = Optimizer(config, sample.train, initial_state(config, sample.train))
    optimizer.advance(1000)
    assert 0 < optimizer.patches_seen <= 256
