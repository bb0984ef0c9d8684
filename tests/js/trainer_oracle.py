"""What a training in the browser must learn: the rules in plain torch, and Adam in plain NumPy."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from model.autoencoder import RankOrderedAutoencoder
from model.checkpoint import load_checkpoint
from model.config import ModelConfig, Rule
from model.data.pictures import ASSETS, random_patches
from model.data.sources import bundled_sample
from model.rules import ascent_direction
from model.training.decorrelation import basis_rows
from model.training.starts import initial_weights
from tests.js.encoding import base64_of

PATCH_SIZE = 7
UPDATES = 40
STEP = 0.03


def trainer() -> dict[str, Any]:
    """Both rules from noise and from a learned model, batches of 8 and 16, and the error of a model."""
    rng = np.random.default_rng(5)
    patches = random_patches(bundled_sample().train, PATCH_SIZE, 16 * UPDATES, rng)
    learned = load_checkpoint(ASSETS / "rank-order.safetensors").weights
    starts = {"noise": initial_weights(ModelConfig(), 3), "learned": learned}
    cases = [
        {
            "rule": rule.value,
            "start": base64_of(weights),
            "batch": batch,
            "learned": base64_of(learn(rule, weights, patches, batch)),
        }
        for rule, batch in ((Rule.RANK_ORDER, 8), (Rule.PROGRESSIVE, 16))
        for weights in starts.values()
    ]
    model = RankOrderedAutoencoder(torch.from_numpy(learned), ModelConfig())
    with torch.no_grad():
        rebuilt = model(torch.from_numpy(patches[:50])).numpy()
    errors = np.linalg.norm(patches[:50] - rebuilt, axis=1)
    return {
        "patchSize": PATCH_SIZE,
        "step": STEP,
        "updates": UPDATES,
        "patches": base64_of(patches),
        "cases": cases,
        "weights": base64_of(learned),
        "errors": errors.tolist(),
    }


def learn(
    rule: Rule, weights: NDArray[np.float32], patches: NDArray[np.float32], batch: int
) -> NDArray[np.float32]:
    """UPDATES steps of Adam in the decorrelated basis, in double precision but for the directions."""
    basis = basis_rows(PATCH_SIZE)
    rows = weights.astype(np.float64) @ basis.T
    first, second = np.zeros_like(rows), np.zeros_like(rows)
    for update in range(1, UPDATES + 1):
        seen = torch.from_numpy(patches[(update - 1) * batch : update * batch] @ basis.T)
        model = RankOrderedAutoencoder(torch.from_numpy(rows), ModelConfig()).double()
        model.weights.data = torch.from_numpy(rows)
        direction = ascent_direction(rule, model, seen, clipped=False).numpy()
        first = 0.9 * first + 0.1 * direction
        second = 0.99 * second + 0.01 * direction**2
        root = np.sqrt(second / (1 - 0.99**update)) + 1e-8
        rows = rows + STEP * first / (1 - 0.9**update) / root
    learned: NDArray[np.float32] = (rows @ basis).astype(np.float32)
    return learned
