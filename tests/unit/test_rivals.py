"""The rivals beside PCA: plane waves, dictionary learning, sparse autoencoders."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import orthogonal_mp_gram

from model.checkpoint import load_checkpoint
from model.data.pictures import ASSETS, Dataset, random_patches
from model.rivals.bundled import RivalsError, SparseWeights, TrainedRivals, load_rivals, save_rivals
from model.rivals.dct import dct_components, zigzag
from model.rivals.dictionary_learning import learn_dictionary
from model.rivals.omp import omp_errors
from model.rivals.pca import Keep, errors_by_component
from model.rivals.sparse_autoencoder import (
    SparseAutoencoder,
    Training,
    top_k,
    train_sparse_autoencoder,
)
from model.rivals.sparse_errors import best_models, errors_of_several, sparse_errors


def sparse_weights(seed: int, n_latents: int, n_inputs: int) -> SparseWeights:
    rng = np.random.default_rng(seed)
    decoder = rng.normal(size=(n_latents, n_inputs))
    decoder /= np.linalg.norm(decoder, axis=1, keepdims=True)
    parts = (rng.normal(size=decoder.shape), rng.normal(size=n_latents), decoder, rng.random(n_inputs))
    return SparseWeights(*(part.astype(np.float16).astype(np.float32) for part in parts))


def slow_sparse_error(weights: SparseWeights, patch: np.ndarray, k: int) -> float:
    """One patch, one k, one latent after another."""
    latents = []
    for row, bias in zip(weights.encoder, weights.encoder_bias, strict=True):
        answer = bias + sum(
            float(w) * (float(x) - float(b)) for w, x, b in zip(row, patch, weights.bias, strict=True)
        )
        latents.append(max(0.0, float(answer)))
    order = sorted(range(len(latents)), key=lambda i: -latents[i])
    made = weights.bias.astype(float)
    for i in order[:k]:
        made = made + latents[i] * weights.decoder[i]
    return float(np.linalg.norm(patch - np.clip(made, 0, 1)))


def test_the_zigzag_is_that_of_jpeg() -> None:
    assert zigzag(3) == [(0, 0), (0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (1, 2), (2, 1), (2, 2)]


@pytest.mark.parametrize("side", [2, 7])
def test_waves_are_orthonormal_and_begin_with_grey(side: int) -> None:
    waves = dct_components(side)
    assert waves @ waves.T == pytest.approx(np.eye(3 * side**2), abs=1e-5)
    assert np.abs(waves[0]) == pytest.approx(np.full(3 * side**2, (3 * side**2) ** -0.5), abs=1e-6)
    # The second and third are flat too, of one colour against others: every colour by itself is flat.
    for wave in waves[:3].reshape(3, side * side, 3):
        assert np.ptp(wave, axis=0) == pytest.approx(np.zeros(3), abs=1e-6)
    # In zigzag order the fourth wave changes from left to right, and not from top to bottom.
    fourth = waves[3].reshape(side, side, 3)
    assert np.ptp(fourth, axis=0).max() < 1e-6 < np.ptp(fourth, axis=1).max()


def test_on_the_bundled_pictures_the_waves_err_as_they_are_known_to(sample: Dataset) -> None:
    test = random_patches(sample.test, 7, 4000, np.random.default_rng(0))
    errors = errors_by_component(dct_components(7), test, Keep.LARGEST).mean(axis=0)
    assert errors[[0, 4, 9, 19, 49]] == pytest.approx([1.766, 0.812, 0.535, 0.306, 0.089], rel=0.04)
    assert errors[-1] < 1e-4


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n_latents=st.integers(1, 12), ranks=st.integers(1, 12))
def test_sparse_errors_are_those_of_the_slow_loop(seed: int, n_latents: int, ranks: int) -> None:
    ranks = min(ranks, n_latents)
    weights = sparse_weights(seed, n_latents, 12)
    patches = np.random.default_rng(seed + 1).random((3, 12), np.float32)
    errors, used = sparse_errors(weights, patches, ranks)
    for i, patch in enumerate(patches):
        slow = [slow_sparse_error(weights, patch, k) for k in range(1, ranks + 1)]
        assert errors[i] == pytest.approx(slow, abs=1e-4)
    assert (used.sum(axis=1) <= ranks).all()


def test_each_number_of_latents_is_answered_by_the_best_model_with_no_more_than_it_was_made_for() -> None:
    few, many = sparse_weights(0, 6, 12), sparse_weights(1, 6, 12)
    patches = np.random.default_rng(2).random((40, 12), np.float32)
    models = {4: many, 2: few}
    by_few, by_many = sparse_errors(few, patches, 2)[0], sparse_errors(many, patches, 4)[0]
    chosen = best_models(models, patches)
    for k, key in enumerate(chosen, 1):
        means = {2: by_few[:, min(k, 2) - 1].mean(), 4: by_many[:, min(k, 4) - 1].mean()}
        assert key == min(means, key=means.__getitem__)
    errors, used = errors_of_several(models, [2, 4, 2, 4, 4, 2], patches)
    expected = [by_few[:, 0], by_many[:, 1], by_few[:, 1], by_many[:, 3], by_many[:, 3], by_few[:, 1]]
    assert (errors == np.stack(expected, axis=1)).all()
    assert (used == sparse_errors(many, patches, 4)[1]).all()


def test_top_k_leaves_the_largest_and_autograd_sees_only_them() -> None:
    latents = torch.tensor([[1.0, 3.0, 2.0]], requires_grad=True)
    kept = top_k(latents, 2)
    assert kept.tolist() == [[0, 3, 2]]
    kept.sum().backward()
    assert latents.grad is not None
    assert latents.grad.tolist() == [[0, 1, 1]]


@pytest.mark.parametrize("training", [Training(2), Training(2, (4, 8))], ids=["top-k", "matryoshka"])
def test_training_finds_the_few_directions_that_patches_are_made_of(training: Training) -> None:
    # Patches are 0.2 plus one of eight pixels lit; two latents are enough for each.
    def draw(count: int) -> np.ndarray:
        rng = np.random.default_rng(count)
        lit = np.eye(8, dtype=np.float32)[rng.integers(8, size=count)]
        return np.float32(0.2) + lit * rng.uniform(0.3, 0.7, (count, 1)).astype(np.float32)

    settings_ = Training(training.k, training.prefixes, n_latents=8, batches=400)
    model = train_sparse_autoencoder(settings_, draw)
    patches = torch.from_numpy(draw(500))
    with torch.no_grad():
        before = (patches - model.bias).norm(dim=1).mean()
        after = (patches - model.decode(top_k(model.latents(patches), 2))).norm(dim=1).mean()
    assert after < 0.5 * before
    assert model.decoder.norm(dim=1).detach().numpy() == pytest.approx(np.ones(8), abs=1e-5)


def test_a_model_in_torch_and_its_errors_without_torch_agree() -> None:
    weights = sparse_weights(3, 7, 12)
    model = SparseAutoencoder(torch.from_numpy(weights.decoder), torch.from_numpy(weights.bias))
    with torch.no_grad():
        model.encoder.copy_(torch.from_numpy(weights.encoder))
        model.decoder.copy_(torch.from_numpy(weights.decoder))
        model.encoder_bias.copy_(torch.from_numpy(weights.encoder_bias))
        patches = np.random.default_rng(4).random((6, 12), np.float32)
        made = model.decode(top_k(model.latents(torch.from_numpy(patches)), 3)).clamp(0, 1).numpy()
    expected = np.linalg.norm(patches - made, axis=1)
    assert sparse_errors(weights, patches, 3)[0][:, -1] == pytest.approx(expected, abs=1e-5)


def test_a_dictionary_is_learned_and_coded_as_scikit_learn_does() -> None:
    rng = np.random.default_rng(0)
    atoms = rng.normal(size=(10, 12))
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    chosen = rng.random((600, 10)) < 0.2
    patches = (0.5 + 0.2 * (chosen * rng.normal(size=(600, 10))) @ atoms).astype(np.float32)
    dictionary = learn_dictionary(patches, 10)
    assert dictionary.dtype == np.float32
    assert (np.linalg.norm(dictionary, axis=1) <= 1 + 1e-5).all()
    kept = dictionary[np.linalg.norm(dictionary, axis=1) > 0.5].astype(np.float64)
    kept /= np.linalg.norm(kept, axis=1, keepdims=True)
    ranks = 4
    errors, _ = omp_errors(kept.astype(np.float32), patches[:20], ranks)
    gram, products = kept @ kept.T, kept @ patches[:20].T.astype(np.float64)
    paths = orthogonal_mp_gram(gram, products, n_nonzero_coefs=ranks, return_path=True)
    for k in range(ranks):
        made = np.clip(kept.T @ paths[:, :, k], 0, 1).T
        assert errors[:, k] == pytest.approx(np.linalg.norm(patches[:20] - made, axis=1), abs=1e-4)


@pytest.fixture(scope="module")
def some_rivals() -> TrainedRivals:
    names = [*(f"topk-{k}" for k in (5, 10, 20, 50)), "matryoshka-sae", "dictionary-learning"]
    return TrainedRivals(
        dictionary=np.eye(12, dtype=np.float32),
        top_k={k: sparse_weights(k, 9, 12) for k in (5, 10, 20, 50)},
        matryoshka=sparse_weights(1, 9, 12),
        data="stars",
        patches={name: 1000 + place for place, name in enumerate(names)},
        seconds=dict.fromkeys(names, 2.5),
    )


def test_the_file_gives_back_what_was_put_into_it(some_rivals: TrainedRivals, tmp_path: Path) -> None:
    save_rivals(some_rivals, tmp_path / "rivals.safetensors")
    read = load_rivals(tmp_path / "rivals.safetensors")
    assert (read.dictionary == some_rivals.dictionary).all()
    for k, weights in some_rivals.top_k.items():
        assert all(
            (a == b).all() for a, b in zip(vars(weights).values(), vars(read.top_k[k]).values(), strict=True)
        )
    assert (read.matryoshka.decoder == some_rivals.matryoshka.decoder).all()
    assert (read.data, read.patches, read.seconds) == ("stars", some_rivals.patches, some_rivals.seconds)


def test_a_file_that_is_something_else_gets_one_sentence(tmp_path: Path) -> None:
    for file in (ASSETS / "progressive.safetensors", ASSETS / "icon.png", tmp_path / "missing"):
        with pytest.raises(RivalsError, match=r"^The trained rivals in .* can't be read .*fit_rivals`\.$"):
            load_rivals(file)


def test_the_bundled_rivals_are_as_good_as_the_note_says(sample: Dataset) -> None:
    rivals = load_rivals(ASSETS / "rivals.safetensors")
    assert rivals.data == "sample"
    test = random_patches(sample.test, 7, 1000, np.random.default_rng(0))
    dictionary = omp_errors(rivals.dictionary, test, 50)[0].mean(axis=0)
    # Measured elsewhere with the same settings on all of CIFAR-10.
    assert dictionary[[1, 4, 9]] == pytest.approx([0.995, 0.708, 0.533], rel=0.08)
    ours = omp_errors(load_checkpoint(ASSETS / "rank-order.safetensors").weights, test, 50)[0].mean(axis=0)
    assert ours[[4, 9, 19, 49]] == pytest.approx([0.751, 0.464, 0.246, 0.098], rel=0.08)
    for k in (5, 10, 20, 50):
        errors, used = sparse_errors(rivals.top_k[k], test, k)
        assert (used.sum(axis=1) <= k).all()
        # Each is better at its own k than the model for the next smaller one.
        if k > 5:
            smaller = rivals.top_k[k // 2 if k < 50 else 20]
            assert errors[:, -1].mean() < sparse_errors(smaller, test, k)[0][:, -1].mean()
