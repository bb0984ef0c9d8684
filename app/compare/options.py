"""What can be compared: models with any coder, and rivals; by name and label."""

from app.services.models import BUNDLED, load_checkpoint_of, model_label, model_names
from model.checkpoint import Checkpoint
from model.comparison.coded import CODERS, OMP
from model.comparison.fitted import RIVALS
from model.comparison.names import split_name
from model.config import Coder

DEFAULT = ("progressive", "pca")
_ALSO = ("dictionary-learning+pursuit", "topk-sae+omp", "matryoshka-sae+omp")
"""Rivals' filters with another coder, which are offered too."""
_CODER_LABELS = {Coder.RANK_ORDER.value: "all at once", Coder.PURSUIT.value: "pursuit", OMP: "OMP"}


def compare_options(visitor: str) -> dict[str, str]:
    """All that a visitor can compare, label by name: models, rivals, then both with other coders.

    Args:
        visitor: as `app.access.visitor_of` returns it.
    """
    models = {name: model_label(name) for name in model_names(visitor)}
    others: dict[str, str] = {}
    for name, label in models.items():
        own = "pursuit" if name in BUNDLED and name.startswith("pursuit") else ""
        others |= {f"{name}+{coder}": f"{label} + {_CODER_LABELS[coder]}" for coder in CODERS if coder != own}
    for name in _ALSO:
        base, coder = split_name(name)
        others[name] = f"{RIVALS[base]} + {_CODER_LABELS[coder or '']}"
    return {**models, **RIVALS, **others}


def checkpoint_of(name: str, visitor: str) -> Checkpoint | None:
    """The model behind a name; None behind a rival's.

    Args:
        name: with or without a coder.
        visitor: who wants it.

    Raises:
        CheckpointError: it is gone, or damaged.
    """
    base, _ = split_name(name)
    return None if base in RIVALS else load_checkpoint_of(base, visitor)
