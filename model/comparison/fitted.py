"""The rivals as contenders: PCA, the DCT, dictionary learning and sparse autoencoders."""

import time
from collections.abc import Sequence
from functools import partial

import numpy as np

from model.comparison.coded import COSTED, OMP, coded_contender
from model.comparison.contender import Contender, Cost, Flags, Floats, Protocol
from model.comparison.sums import sums_of_components, sums_of_latents
from model.data.pictures import Dataset, random_patches
from model.rivals.bundled import DICTIONARY, MATRYOSHKA, SparseWeights, TrainedRivals
from model.rivals.dct import dct_components
from model.rivals.pca import FITTED_PATCHES, Keep, errors_by_component, principal_components
from model.rivals.sparse_errors import best_models, errors_of_several, sparse_errors

TOP_K = "topk-sae"
RIVALS = {
    "pca": "PCA (largest)",
    "pca-first": "PCA (first)",
    "dct": "DCT (largest)",
    "dct-zigzag": "DCT (zigzag)",
    DICTIONARY: "Dictionary learning",
    TOP_K: "Top-k autoencoder",
    MATRYOSHKA: "Matryoshka autoencoder",
}
"""The rivals' names and labels."""
TRAINED = (DICTIONARY, TOP_K, MATRYOSHKA)
"""Those that are bundled, for one patch size, because training them takes minutes."""
FIT_SEED = 1
CHOICE_PATCHES = 3000
"""Training patches on which one of several models is chosen."""

_NOTHING_FITTED = "Nothing is fitted"
_CHOSEN = {
    Keep.LARGEST: "The k components with the largest coefficients of the patch, of either sign, are added",
    Keep.FIRST: "The first k components are added",
}


def pca_contender(keep: Keep, dataset: Dataset, patch_size: int) -> Contender:
    """PCA, fitted now on training patches.

    Args:
        keep: which components are kept.
        dataset: whose training pictures it is fitted on.
        patch_size: height and width of a patch in pixels.

    Raises:
        DataError: a picture is smaller than a patch.
    """
    train = random_patches(dataset.train, patch_size, FITTED_PATCHES, np.random.default_rng(FIT_SEED))
    began = time.perf_counter()
    components = principal_components(train)
    seconds = time.perf_counter() - began
    fitted = f"Fitted on {FITTED_PATCHES:,} patches of the training pictures in {seconds:.1f} s"
    name = "pca" if keep is Keep.LARGEST else "pca-first"
    return _of_components(name, components, keep, fitted, dataset.name, (FITTED_PATCHES, seconds))


def dct_contender(keep: Keep, patch_size: int) -> Contender:
    """The DCT times three colours, which nobody fits.

    Args:
        keep: which waves are kept; FIRST goes in zigzag order.
        patch_size: height and width of a patch in pixels.
    """
    name = "dct" if keep is Keep.LARGEST else "dct-zigzag"
    return _of_components(name, dct_components(patch_size), keep, _NOTHING_FITTED, "", (0, 0.0))


def _of_components(
    name: str, components: Floats, keep: Keep, fitted: str, data: str, cost: tuple[int, float]
) -> Contender:
    order = " in zigzag order" if name == "dct-zigzag" else ""
    return Contender(
        name=name,
        label=RIVALS[name],
        protocol=Protocol(True, False, keep is Keep.FIRST, _CHOSEN[keep] + order, fitted),
        cost=Cost(*cost, components.size, min(COSTED, len(components))),
        patch_size=round((components.shape[1] / 3) ** 0.5),
        data=data,
        filters=components,
        errors=partial(_component_errors, components, keep),
        rebuild=partial(sums_of_components, components, keep),
        units="components",
    )


def _component_errors(components: Floats, keep: Keep, patches: Floats, most: int) -> tuple[Floats, Flags]:
    errors = errors_by_component(components, patches, keep)[:, :most]
    return errors, np.ones((len(patches), len(components)), np.bool_)


def dictionary_contender(trained: TrainedRivals) -> Contender:
    """Dictionary learning, coded by orthogonal matching pursuit.

    Args:
        trained: the bundled rivals.
    """
    patches, seconds = trained.patches[DICTIONARY], trained.seconds[DICTIONARY]
    return coded_contender(
        DICTIONARY,
        RIVALS[DICTIONARY],
        trained.dictionary,
        OMP,
        _learned(patches, seconds),
        trained.data,
        (patches, seconds),
        "atoms",
    )


def top_k_contender(trained: TrainedRivals, dataset: Dataset) -> Contender:
    """Top-k sparse autoencoders, one for each of a few k.

    Args:
        trained: the bundled rivals.
        dataset: on whose training pictures the model to ask is chosen for each number of latents.
    """
    size = round((trained.matryoshka.decoder.shape[1] / 3) ** 0.5)
    train = random_patches(dataset.train, size, CHOICE_PATCHES, np.random.default_rng(FIT_SEED))
    chosen = best_models(trained.top_k, train)
    ks = sorted(trained.top_k)
    patches = sum(trained.patches[f"topk-{k}"] for k in ks)
    seconds = sum(trained.seconds[f"topk-{k}"] for k in ks)
    several = ", ".join(str(k) for k in ks[:-1]) + f" and {ks[-1]}"
    largest = trained.top_k[ks[-1]]
    protocol = Protocol(
        signed=False,
        anew=True,
        fixed_order=False,
        choice=f"Models made for {several} latents; for each k the largest latents of the best of them",
        fitted=_learned(patches, seconds) + " for all of them",
        free=f"Every sum begins with a learned bias that costs no latent; at most {ks[-1]} are active",
    )
    return Contender(
        name=TOP_K,
        label=RIVALS[TOP_K],
        protocol=protocol,
        cost=Cost(patches, seconds, largest.encoder.size, COSTED),
        patch_size=size,
        data=trained.data,
        filters=largest.decoder,
        errors=partial(_top_k_errors, trained, chosen),
        rebuild=partial(_top_k_sums, trained, chosen),
        units="latents",
    )


def _top_k_errors(
    trained: TrainedRivals, chosen: list[int], patches: Floats, most: int
) -> tuple[Floats, Flags]:
    return errors_of_several(trained.top_k, chosen[:most], patches)


def _top_k_sums(trained: TrainedRivals, chosen: list[int], patches: Floats, ks: Sequence[int]) -> Floats:
    """With each number of latents by the model that is chosen for it."""
    models = [chosen[min(k, len(chosen)) - 1] for k in ks]
    sums = np.empty((len(ks), *patches.shape), np.float32)
    for made_for in set(models):
        at = [i for i, model in enumerate(models) if model == made_for]
        wanted = [min(ks[i], made_for) for i in at]
        sums[at] = sums_of_latents(trained.top_k[made_for], patches, wanted)
    return sums


def matryoshka_contender(trained: TrainedRivals) -> Contender:
    """The Matryoshka sparse autoencoder.

    Args:
        trained: the bundled rivals.
    """
    weights: SparseWeights = trained.matryoshka
    patches, seconds = trained.patches[MATRYOSHKA], trained.seconds[MATRYOSHKA]
    protocol = Protocol(
        signed=False,
        anew=False,
        fixed_order=False,
        choice="One model, trained with changing numbers of latents; the k largest latents are added",
        fitted=_learned(patches, seconds),
        free="Every sum begins with a learned bias that costs no latent",
    )
    return Contender(
        name=MATRYOSHKA,
        label=RIVALS[MATRYOSHKA],
        protocol=protocol,
        cost=Cost(patches, seconds, weights.encoder.size, COSTED),
        patch_size=round((weights.decoder.shape[1] / 3) ** 0.5),
        data=trained.data,
        filters=weights.decoder,
        errors=partial(_matryoshka_errors, weights),
        rebuild=partial(sums_of_latents, weights),
        units="latents",
    )


def _matryoshka_errors(weights: SparseWeights, patches: Floats, most: int) -> tuple[Floats, Flags]:
    return sparse_errors(weights, patches, min(most, len(weights.decoder)))


def _learned(patches: int, seconds: float) -> str:
    return f"Learned from {patches:,} patches of the training pictures in {seconds:,.0f} s"
