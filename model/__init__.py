"""The rank-ordered autoencoder of Bertens (2016), apart from any user interface.

Nothing in this package imports the app. Start reading at `autoencoder.py`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.autoencoder import RankOrderedAutoencoder

__version__ = "0.2.0"
"""The version of the whole program: the one place where it stands."""


def load(checkpoint: str | Path) -> "RankOrderedAutoencoder":
    """A trained model as a torch module, to encode with, to rebuild with, to train on by autograd.

    Args:
        checkpoint: a file that `python -m model train` wrote, or the name of a bundled model, such as
            'progressive'.

    Returns:
        The module; its only parameter is `weights`, (n_units, n_inputs) float32.

    Raises:
        model.checkpoint.CheckpointError: there is no such file, or it is damaged.
    """
    # Imported here, so that what needs the version alone need not load torch.
    import torch  # noqa: PLC0415

    from model.autoencoder import RankOrderedAutoencoder  # noqa: PLC0415
    from model.checkpoint import load_checkpoint  # noqa: PLC0415

    path = Path(checkpoint)
    bundled = Path(__file__).resolve().parent.parent / "assets" / f"{path.name}.safetensors"
    if path.parent == Path() and not path.suffix and bundled.is_file() and not path.exists():
        path = bundled
    found = load_checkpoint(path)
    return RankOrderedAutoencoder(torch.from_numpy(found.weights), found.config)
