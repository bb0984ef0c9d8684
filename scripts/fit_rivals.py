"""Make assets/rivals.safetensors anew: dictionary learning and the sparse autoencoders, trained.

Usage: python -m scripts.fit_rivals [--data sample] [--device cpu] [--out FILE]

They learn from the training pictures alone. It takes some ten minutes on one processor.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from model.data.pictures import ASSETS, Pictures, random_patches
from model.data.sources import load_dataset
from model.rivals.bundled import DICTIONARY, MATRYOSHKA, SparseWeights, TrainedRivals, save_rivals
from model.rivals.dictionary_learning import learn_dictionary
from model.rivals.sparse_autoencoder import (
    BATCH,
    PREFIXES,
    TRAINED_KS,
    DrawPatches,
    SparseAutoencoder,
    Training,
    train_sparse_autoencoder,
)

Made = TypeVar("Made")

PATCH_SIZE = 7
UNITS = 169
DICTIONARY_PATCHES = 100_000
DATA_SEED = 1


def main() -> None:
    """Train them all and keep them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="sample", help="'sample', 'cifar10', an archive or a folder")
    parser.add_argument("--device", default="cpu", help="where torch computes")
    parser.add_argument("--out", type=Path, default=ASSETS / "rivals.safetensors")
    options = parser.parse_args()
    dataset = load_dataset(options.data, None, PATCH_SIZE)
    draw = _drawing_from(dataset.train)
    seconds: dict[str, float] = {}
    patches: dict[str, int] = {}

    def timed(name: str, count: int, make: Callable[[], Made]) -> Made:
        began = time.perf_counter()
        made = make()
        seconds[name], patches[name] = time.perf_counter() - began, count
        print(f"{name}: {seconds[name]:.0f} s", flush=True)
        return made

    def sparse(name: str, training: Training) -> SparseWeights:
        count = training.batches * BATCH
        return as_arrays(timed(name, count, lambda: train_sparse_autoencoder(training, draw)))

    top_k = {k: sparse(f"topk-{k}", Training(k, device=options.device)) for k in TRAINED_KS}
    matryoshka = sparse(MATRYOSHKA, Training(None, PREFIXES, device=options.device))
    learned_from = draw(DICTIONARY_PATCHES)
    dictionary = timed(DICTIONARY, DICTIONARY_PATCHES, lambda: learn_dictionary(learned_from, UNITS))
    save_rivals(TrainedRivals(dictionary, top_k, matryoshka, dataset.name, patches, seconds), options.out)
    print(f"{options.out.name}: {options.out.stat().st_size / 1e3:.0f} kB")


def as_arrays(model: SparseAutoencoder) -> SparseWeights:
    """The weights of a trained model, without torch."""
    with torch.no_grad():
        return SparseWeights(
            *(each.numpy() for each in (model.encoder, model.encoder_bias, model.decoder, model.bias))
        )


def _drawing_from(pictures: Pictures) -> DrawPatches:
    rng = np.random.default_rng(DATA_SEED)
    return lambda count: random_patches(pictures, PATCH_SIZE, count, rng)


if __name__ == "__main__":
    main()
