"""Contenders by name, as on the command line and in the address of the page Compare."""

from collections.abc import Sequence
from pathlib import Path

from model.checkpoint import Checkpoint, load_checkpoint
from model.coding.coder import dictionary_for
from model.comparison.coded import CODERS, OMP, coded_contender
from model.comparison.contender import Contender
from model.comparison.fitted import (
    RIVALS,
    TOP_K,
    dct_contender,
    dictionary_contender,
    matryoshka_contender,
    pca_contender,
    top_k_contender,
)
from model.config import Coder
from model.data.pictures import ASSETS, Dataset
from model.imports.filters import Axes, Scale, load_model_file
from model.rivals.bundled import DICTIONARY, TrainedRivals, load_rivals
from model.rivals.pca import Keep

BUNDLED_MODELS = ("rank-order", "progressive", "progressive-293", "pursuit", "pursuit-338")
"""Names of the models in assets/."""
FEWEST, MOST = 2, 4
"""Sides of a comparison."""
_CODER_LABELS = {Coder.RANK_ORDER.value: "rank order", Coder.PURSUIT.value: "pursuit", OMP: "OMP"}


class ComparisonError(ValueError):
    """A comparison that can't be made; the message says why and what to do."""


def split_name(name: str) -> tuple[str, str | None]:
    """A name and the coder behind its last plus sign; None if there is none that we know.

    Args:
        name: such as 'progressive+omp', or a path, which may hold plus signs of its own.
    """
    base, plus, coder = name.rpartition("+")
    return (base, coder) if plus and base and coder in CODERS else (name, None)


def check_names(names: Sequence[str]) -> None:
    """Raise ComparisonError unless these are FEWEST to MOST names, each another one."""
    if not FEWEST <= len(names) <= MOST:
        raise ComparisonError(f"A comparison takes {FEWEST} to {MOST} models or rivals, not {len(names)}.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ComparisonError(f"{twice[0]} is named twice; compare it with something else.")


def contenders(
    names: Sequence[str], dataset: Dataset, axes: Axes | None = None, scale: Scale | None = None
) -> list[Contender]:
    """The sides of a comparison.

    Args:
        names: of rivals, bundled models or files, each with or without a coder behind a plus sign.
        dataset: whose training pictures PCA is fitted on.
        axes: the order of values in files of filters made elsewhere; None finds out.
        scale: what lengths mean there; None finds out.

    Returns:
        A contender for each name. Rivals take the patch size of the first model.

    Raises:
        ComparisonError: a wrong number of names, or a rival that is not made for these patches.
        CheckpointError: a file can't be read.
        DataError: a picture is smaller than a patch.
        RivalsError: the bundled rivals can't be read.
    """
    check_names(names)
    checkpoints = {
        name: _checkpoint(name, axes, scale) for name in names if split_name(name)[0] not in RIVALS
    }
    sizes = [each.config.patch_size for each in checkpoints.values()]
    size = sizes[0] if sizes else 7
    return [
        model_contender(name, split_name(name)[0], checkpoints[name])
        if name in checkpoints
        else rival_contender(name, dataset, size)
        for name in names
    ]


def model_contender(name: str, label: str, checkpoint: Checkpoint) -> Contender:
    """A model with the coder that its name asks for, or else with its own.

    Args:
        name: with or without a coder behind a plus sign.
        label: of the model, for people.
        checkpoint: the model.
    """
    asked = split_name(name)[1]
    own = checkpoint.rule.coder.value
    coder = asked or own
    seen = checkpoint.patches_seen
    fitted = (
        f"Learned from {seen:,} patches by the rule {checkpoint.rule.value}"
        if seen
        else "Nothing is known of how it was made"
    )
    full = label if coder == own else f"{label} + {_CODER_LABELS[coder]}"
    return coded_contender(
        name, full, checkpoint.weights, coder, fitted, checkpoint.data, (seen or None, None)
    )


def rival_contender(name: str, dataset: Dataset, patch_size: int) -> Contender:
    """A rival, as it is or with its filters in another coder.

    Args:
        name: of a rival, with or without a coder behind a plus sign.
        dataset: whose training pictures PCA is fitted on.
        patch_size: height and width of a patch in pixels.

    Raises:
        ComparisonError: the rival is not made for patches of that size.
        DataError: a picture is smaller than a patch.
        RivalsError: the bundled rivals can't be read.
    """
    base, coder = split_name(name)
    rival = _rival(base, dataset, patch_size)
    if coder is None or (base == DICTIONARY and coder == OMP):
        return rival
    return coded_contender(
        name,
        f"{rival.label.split(' (')[0]} + {_CODER_LABELS[coder]}",
        dictionary_for(Coder.PURSUIT, rival.filters),  # of a norm at which answers are activations
        coder,
        rival.protocol.fitted,
        rival.data,
        (rival.cost.patches, rival.cost.seconds),
        rival.units,
    )


def _rival(name: str, dataset: Dataset, patch_size: int) -> Contender:
    if name in ("pca", "pca-first"):
        return pca_contender(Keep.LARGEST if name == "pca" else Keep.FIRST, dataset, patch_size)
    if name in ("dct", "dct-zigzag"):
        return dct_contender(Keep.LARGEST if name == "dct" else Keep.FIRST, patch_size)
    trained = bundled_rivals()
    if 3 * patch_size**2 != trained.dictionary.shape[1]:
        raise ComparisonError(
            f"{name} is bundled for patches of 7 x 7 pixels, not {patch_size} x {patch_size}; compare with "
            "pca or dct instead."
        )
    if name == DICTIONARY:
        return dictionary_contender(trained)
    return top_k_contender(trained, dataset) if name == TOP_K else matryoshka_contender(trained)


def bundled_rivals() -> TrainedRivals:
    """The rivals in assets/ that were trained beforehand.

    Raises:
        RivalsError: they can't be read.
    """
    return load_rivals(ASSETS / "rivals.safetensors")


def _checkpoint(name: str, axes: Axes | None, scale: Scale | None) -> Checkpoint:
    base, _ = split_name(name)
    if base in BUNDLED_MODELS:
        return load_checkpoint(ASSETS / f"{base}.safetensors")
    if not base.endswith((".safetensors", ".npy", ".npz")) and not Path(base).exists():
        known = ", ".join([*BUNDLED_MODELS, *RIVALS])
        raise ComparisonError(f"{base!r} is neither a file nor one of {known} (+{', +'.join(CODERS)}).")
    return load_model_file(Path(base), axes, scale)
