"""What a training begins with, where that is not a model."""

import numpy as np
from numpy.typing import NDArray

from model.config import ModelConfig, Rule, Start, TrainingConfig
from model.data.pictures import Pictures, random_patches
from model.training.decorrelation import basis_rows

Floats = NDArray[np.float32]

SEEN_PATCHES = 10_000
"""Random training patches from which a start learns what patches are like."""
BRIGHT_UNITS = 8
"""Units that begin as patches where `pursuit` begins with noise: several that compete for the first rank."""
LEAST_NORM = 2 / 147**0.5
"""Of such a patch, as a share of the norm of a white one."""


def initial_weights(config: ModelConfig, seed: int) -> Floats:
    """Starting weights: normal with standard deviation sqrt(2 / (n_inputs + n_units)) (Bertens 2016).

    NumPy keeps its generator's stream across versions, so a seed gives the same weights everywhere.

    Args:
        config: the shape.
        seed: at least 0.

    Returns:
        (n_units, n_inputs) float32.
    """
    scale = np.sqrt(2.0 / (config.n_inputs + config.n_units))
    draws = np.random.default_rng(seed).standard_normal((config.n_units, config.n_inputs))
    weights: Floats = (draws * scale).astype(np.float32)
    return weights


def starting_weights(config: TrainingConfig, pictures: Pictures) -> Floats:
    """The weights that `config.start` says, (n_units, n_inputs) float32.

    Args:
        config: the settings.
        pictures: the training pictures; noise does not look at them, unless the rule is `pursuit`.

    Raises:
        DataError: a picture is smaller than a patch.
    """
    weights = initial_weights(config.model, config.seed)
    if config.start is Start.NOISE and config.rule is not Rule.PURSUIT:
        return weights
    rng = np.random.default_rng([config.seed, 0, 1])  # a training draws from [seed, number]
    patches = random_patches(pictures, config.model.patch_size, SEEN_PATCHES, rng)
    if config.start is Start.DCT_PAIRS:
        return dct_pairs(config.model, patches, weights)
    bright = patches[np.linalg.norm(patches, axis=1) > LEAST_NORM * config.model.n_inputs**0.5][:BRIGHT_UNITS]
    weights[: len(bright)] = bright[: len(weights)]
    return weights


def dct_pairs(config: ModelConfig, patches: Floats, rest: Floats) -> Floats:
    """The mean patch, and pairs of the basis rows with most energy in opposite signs.

    A code of non-negative activations needs both signs of a direction. Rows have norm sqrt(n_inputs), with
    which an activation times its row is the projection on it.

    Args:
        config: the shape.
        patches: (count, n_inputs) in [0, 1), of which the energies are taken.
        rest: (n_units, n_inputs), of which rows are taken where there are more units than rows.

    Returns:
        (n_units, n_inputs) float32: the mean, then row, minus row, next row ...
    """
    length = np.sqrt(config.n_inputs)
    rows = basis_rows(config.patch_size)[1:]  # without the constant one, for which the mean patch stands
    exact = patches.astype(np.float64)
    energy = ((exact @ rows.T) ** 2).mean(axis=0)
    strongest = rows[np.argsort(-energy, kind="stable")]
    mean = exact.mean(axis=0)
    norm = np.linalg.norm(mean)
    first = mean / norm if norm > 0 else np.full(config.n_inputs, 1 / length)
    pairs = np.stack([strongest, -strongest], axis=1).reshape(-1, config.n_inputs)
    made = length * np.concatenate([first[None], pairs])[: config.n_units]
    return np.concatenate([made.astype(np.float32), rest[len(made) :]])


def signed_pairs(weights: Floats) -> Floats:
    """The nearest filters that are a mean and exact pairs of orthogonal directions: the polar step.

    H = [w_0; (w+ - w-) / 2 of each pair] / sqrt(n_inputs) = U S V^T has the nearest orthogonal Q = U V^T.
    With pairs of all its rows but the first, which no patch answers negatively, every patch can be rebuilt
    exactly.

    Args:
        weights: (2 * n_inputs - 1, n_inputs): the mean, then pairs side by side.

    Returns:
        The same shape, sqrt(n_inputs) times [Q_1; Q_2; -Q_2; Q_3; ...].
    """
    length = np.sqrt(weights.shape[1])
    exact = weights.astype(np.float64)
    half = np.concatenate([exact[:1], (exact[1::2] - exact[2::2]) / 2])
    left, _, right = np.linalg.svd(half / length)
    nearest = left @ right
    pairs = np.stack([nearest[1:], -nearest[1:]], axis=1).reshape(-1, weights.shape[1])
    filters: Floats = (length * np.concatenate([nearest[:1], pairs])).astype(np.float32)
    return filters
