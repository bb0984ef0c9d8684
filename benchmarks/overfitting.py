"""Test error against the number of training pictures. Usage: python -m benchmarks.overfitting --data cifar10.

For each number of pictures the paper's rule and dictionary learning are trained on random patches of that
many pictures alone, and measured on the same test patches and on patches of their own training pictures.
Prints one JSON line, and the table of it as Markdown before that. About two minutes for each number of
pictures.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from model.coding.coder import coded_errors
from model.config import Coder, Rule, TrainingConfig
from model.data.pictures import Dataset, Pictures, pictures_of_one_size, random_patches
from model.data.sources import load_dataset
from model.rivals.dictionary_learning import learn_dictionary
from model.rivals.omp import omp_errors
from model.training.optimizer import BATCHES_PER_DRAW, Optimizer, initial_state

PICTURES = (50, 200, 800, 3200, 50_000)
RANKS = (1, 2, 5, 10, 20, 50)
RULE_PATCHES = 300_000
DICTIONARY_PATCHES = 50_000
MEASURED = 3000
PATCH_SIZE, UNITS = 7, 169

Floats = NDArray[np.float32]
Measure = Callable[[Floats], Floats]


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="cifar10")
    parser.add_argument("--pictures", type=int, nargs="+", default=PICTURES)
    options = parser.parse_args()
    dataset = load_dataset(options.data, None, PATCH_SIZE)
    test = random_patches(dataset.test, PATCH_SIZE, MEASURED, np.random.default_rng(0))
    rows = []
    for count in options.pictures:
        some = first_pictures(dataset, count)
        for name, learn in (("rank-order", _by_the_paper), ("dictionary-learning", _by_dictionary)):
            began = time.perf_counter()
            measure = learn(some)
            seconds = time.perf_counter() - began
            own = random_patches(some.train, PATCH_SIZE, MEASURED, np.random.default_rng(1))
            on_test, on_train = (measure(patches).mean(axis=0) for patches in (test, own))
            rows.append(
                {
                    "method": name,
                    "pictures": len(some.train),
                    "seconds": round(seconds, 1),
                    "ranks": RANKS,
                    "test": [round(float(on_test[k - 1]), 4) for k in RANKS],
                    "train": [round(float(on_train[k - 1]), 4) for k in RANKS],
                }
            )
            print(f"{name}, {count} pictures: {seconds:.0f} s", file=sys.stderr, flush=True)
    print(as_table(rows))
    print(json.dumps({"data": dataset.name, "patches": MEASURED, "rows": rows}))


def first_pictures(dataset: Dataset, count: int) -> Dataset:
    """The same data with `count` training pictures drawn at random, fewer if there are not as many.

    Args:
        dataset: with training pictures of one size.
        count: how many to keep, from 1.
    """
    chosen = np.random.default_rng(2).permutation(len(dataset.train))[:count]
    squares = np.stack([dataset.train.picture(int(i)) for i in chosen])
    some: Pictures = pictures_of_one_size(
        squares, dataset.train.labels[chosen], dataset.train.numbers[chosen]
    )
    return Dataset(dataset.name, some, dataset.test)


def as_table(rows: list[dict[str, object]]) -> str:
    """Markdown: a row for each method and number of pictures, test error / training error at each rank.

    Args:
        rows: as they are printed as JSON.
    """
    lines = [
        "| | pictures | " + " | ".join(f"k = {k}" for k in RANKS) + " |",
        "|---" * (2 + len(RANKS)) + "|",
    ]
    for row in rows:
        test, train = row["test"], row["train"]
        assert isinstance(test, list)
        assert isinstance(train, list)
        cells = [f"{a:.3f} / {b:.3f}" for a, b in zip(test, train, strict=True)]
        lines.append(f"| `{row['method']}` | {row['pictures']:,} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _by_the_paper(dataset: Dataset) -> Measure:
    config = TrainingConfig(rule=Rule.RANK_ORDER, patches=RULE_PATCHES)
    optimizer = Optimizer(config, dataset.train, initial_state(config, dataset.train))
    while optimizer.patches_seen < RULE_PATCHES:
        optimizer.advance(BATCHES_PER_DRAW)
    weights = optimizer.weights
    return lambda patches: coded_errors(Coder.RANK_ORDER, weights, patches)[0]


def _by_dictionary(dataset: Dataset) -> Measure:
    train = random_patches(dataset.train, PATCH_SIZE, DICTIONARY_PATCHES, np.random.default_rng(3))
    dictionary = learn_dictionary(train, UNITS)
    return lambda patches: omp_errors(dictionary, patches, max(RANKS))[0]


if __name__ == "__main__":
    main()
