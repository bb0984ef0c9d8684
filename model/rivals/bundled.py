"""The rivals that take minutes to train, as they are bundled: one safetensors file, read with limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from model.files import write_whole
from model.tensor_files import TensorFileError, read_tensors

Floats = NDArray[np.float32]

FORMAT = "rankscope-rivals-1"
LARGEST_FILE = 32 * 1024 * 1024
_TRAINED_KS = (5, 10, 20, 50)
_PARTS = ("encoder", "encoder_bias", "decoder", "bias")
MATRYOSHKA = "matryoshka-sae"
DICTIONARY = "dictionary-learning"


class RivalsError(Exception):
    """The bundled rivals can't be read; the message says why and what to do."""


@dataclass(frozen=True)
class SparseWeights:
    """A trained sparse autoencoder (`sparse_autoencoder.py` says how it codes).

    Attributes:
        encoder: (n_latents, n_inputs).
        encoder_bias: (n_latents,).
        decoder: (n_latents, n_inputs), rows of norm 1.
        bias: (n_inputs,).
    """

    encoder: Floats
    encoder_bias: Floats
    decoder: Floats
    bias: Floats


@dataclass(frozen=True)
class TrainedRivals:
    """All rivals that a script trains.

    Attributes:
        dictionary: (n_atoms, n_inputs) of dictionary learning, rows of norm 1 or shorter.
        top_k: the top-k autoencoders by the number of latents that each was trained for.
        matryoshka: the Matryoshka autoencoder.
        data: name of the pictures they learned from.
        patches: how many patches each learned from, by 'dictionary-learning', 'topk-5' and so on.
        seconds: how long that took, by the same names.
    """

    dictionary: Floats
    top_k: Mapping[int, SparseWeights]
    matryoshka: SparseWeights
    data: str
    patches: Mapping[str, int]
    seconds: Mapping[str, float]


def save_rivals(rivals: TrainedRivals, path: Path) -> None:
    """Write the file; the sparse autoencoders as float16, which changes their errors by less than 0.1 %.

    Args:
        rivals: all of them.
        path: of the file, in a folder that is there.

    Raises:
        OSError: it can't be written.
    """
    tensors = {DICTIONARY: np.ascontiguousarray(rivals.dictionary, np.float32)}
    for name, weights in _named(rivals):
        for part in _PARTS:
            tensors[f"{name}.{part}"] = np.ascontiguousarray(getattr(weights, part), np.float16)
    metadata = {"format": FORMAT, "data": rivals.data}
    for name, count in rivals.patches.items():
        metadata[f"{name}.patches"] = str(count)
        metadata[f"{name}.seconds"] = f"{rivals.seconds[name]:.1f}"
    write_whole(path, save(tensors, metadata))


def load_rivals(path: Path) -> TrainedRivals:
    """Read what `save_rivals` wrote.

    Args:
        path: of the file.

    Raises:
        RivalsError: it is missing, damaged, or something else.
    """
    names = [*(f"topk-{k}" for k in _TRAINED_KS), MATRYOSHKA]
    dtypes = {DICTIONARY: "F32", **{f"{name}.{part}": "F16" for name in names for part in _PARTS}}
    try:
        tensors, metadata = read_tensors(path, dtypes, LARGEST_FILE)
        if metadata.get("format") != FORMAT:
            raise TensorFileError(f"its format is not {FORMAT}")
        sparse = {
            name: SparseWeights(*(tensors[f"{name}.{part}"].astype(np.float32) for part in _PARTS))
            for name in names
        }
        learned = [DICTIONARY, *names]
        return TrainedRivals(
            dictionary=tensors[DICTIONARY],
            top_k={k: sparse[f"topk-{k}"] for k in _TRAINED_KS},
            matryoshka=sparse[MATRYOSHKA],
            data=metadata["data"],
            patches={name: int(metadata[f"{name}.patches"]) for name in learned},
            seconds={name: float(metadata[f"{name}.seconds"]) for name in learned},
        )
    except (OSError, TensorFileError, KeyError, ValueError) as error:
        raise RivalsError(
            f"The trained rivals in {path.name} can't be read ({error}); run `python -m scripts.fit_rivals`."
        ) from error


def _named(rivals: TrainedRivals) -> list[tuple[str, SparseWeights]]:
    return [*((f"topk-{k}", weights) for k, weights in rivals.top_k.items()), (MATRYOSHKA, rivals.matryoshka)]
