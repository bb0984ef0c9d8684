"""Two sparse autoencoders of today, trained by autograd: top-k and Matryoshka.

Both have an encoder and a decoder of their own, biases, and non-negative activations ("latents"):

    z = TopK(ReLU(E (x - b) + c), K),   R = z D + b,   rows of D of norm 1

- *Top-k* (Gao et al. 2024): only the K largest latents stay; one model for each K. The loss is |x - R|^2;
  latents that have long been silent learn to rebuild what the others leave ("AuxK"), or they would stay dead.
- *Matryoshka* (Bussmann et al. 2025): the first m latents alone must rebuild the patch too, for each m of
  PREFIXES, so that early latents are general and later ones special. The loss is the mean of |x - R|^2 over
  these prefixes. The paper fixes the mean K; here K is drawn for each batch from TRAINED_KS, so that one
  model can be asked for any number of latents.

The sum begins with the bias b, which costs no unit: an advantage over all other rivals, mostly at small k.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Floats = NDArray[np.float32]

TRAINED_KS = (5, 10, 20, 50)
PREFIXES = (11, 21, 42, 85, 169)
"""Of the Matryoshka model: each about twice the one before."""
BATCH = 256
STEP = 2e-3
STEP_DECAY = 0.03
AUXILIARY_LATENTS = 40
AUXILIARY_SHARE = 1 / 32
"""The weight of the loss that revives silent latents, as Gao et al. chose it."""
SILENT_AFTER = 200
"""Batches without an activation after which a latent counts as silent."""

DrawPatches = Callable[[int], Floats]
"""Gives so many random training patches, (count, n_inputs) in [0, 1)."""


class SparseAutoencoder(nn.Module):
    """The model of both; they differ in how they are trained.

    Attributes:
        encoder: (n_latents, n_inputs).
        encoder_bias: (n_latents,).
        decoder: (n_latents, n_inputs), rows of norm 1.
        bias: (n_inputs,), where every sum begins.
    """

    def __init__(self, decoder: Tensor, bias: Tensor) -> None:
        """Make a model whose encoder begins as its decoder.

        Args:
            decoder: (n_latents, n_inputs) directions; they are brought to norm 1.
            bias: (n_inputs,).
        """
        super().__init__()
        directions = decoder / decoder.norm(dim=1, keepdim=True).clamp_min(1e-12)
        self.encoder = nn.Parameter(directions.clone())
        self.encoder_bias = nn.Parameter(torch.zeros(len(decoder), device=decoder.device))
        self.decoder = nn.Parameter(directions)
        self.bias = nn.Parameter(bias.clone())

    def latents(self, patches: Tensor) -> Tensor:
        """All latents before any is left out: (batch, n_inputs) in [0, 1) -> (batch, n_latents), >= 0."""
        return ((patches - self.bias) @ self.encoder.T + self.encoder_bias).relu()

    def decode(self, latents: Tensor) -> Tensor:
        """(batch, n_latents) -> (batch, n_inputs), not clipped."""
        return latents @ self.decoder + self.bias

    @torch.no_grad()
    def normalise(self) -> None:
        """Bring the decoder's rows back to norm 1."""
        self.decoder.div_(self.decoder.norm(dim=1, keepdim=True).clamp_min(1e-12))


@dataclass(frozen=True)
class Training:
    """How a sparse autoencoder is trained.

    Attributes:
        k: latents that stay, from 1; None draws one of TRAINED_KS for each batch.
        prefixes: the loss is the mean over these numbers of first latents, the last of them all latents;
            empty for all latents alone.
        n_latents: how many latents.
        batches: of BATCH patches.
        seed: of the first weights and of the draws of k.
        device: where torch computes, such as 'cpu' or 'cuda'.
    """

    k: int | None
    prefixes: tuple[int, ...] = ()
    n_latents: int = 169
    batches: int = 12_000
    seed: int = 0
    device: str = "cpu"


def top_k(latents: Tensor, k: int) -> Tensor:
    """Leave the k largest of each row, and zeros.

    Args:
        latents: (batch, n_latents), any sign.
        k: how many stay, from 1; all if there are fewer.

    Returns:
        The same shape.
    """
    kept = latents.topk(min(k, latents.shape[1]), dim=1)
    return torch.zeros_like(latents).scatter(1, kept.indices, kept.values)


def train_sparse_autoencoder(training: Training, draw: DrawPatches) -> SparseAutoencoder:
    """Train a model by autograd and Adam.

    Args:
        training: how.
        draw: gives training patches.

    Returns:
        The trained model, on the CPU.

    Raises:
        RuntimeError: torch has no such device.
    """
    torch.manual_seed(training.seed)
    rng = np.random.default_rng(training.seed)
    device = torch.device(training.device)
    first = torch.from_numpy(draw(8 * training.n_latents)).to(device)
    mean = first.mean(dim=0)
    model = SparseAutoencoder(torch.randn(training.n_latents, len(mean), device=device), mean)
    optimizer = torch.optim.Adam(model.parameters(), lr=STEP, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, STEP_DECAY ** (1 / training.batches))
    silent = torch.zeros(training.n_latents, dtype=torch.long, device=device)
    for _ in range(training.batches):
        k = training.k if training.k is not None else int(rng.choice(TRAINED_KS))
        patches = torch.from_numpy(draw(BATCH)).to(device)
        loss = _loss(model, patches, k, training.prefixes, silent)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        model.normalise()
    return model.cpu()


def _loss(
    model: SparseAutoencoder, patches: Tensor, k: int, prefixes: tuple[int, ...], silent: Tensor
) -> Tensor:
    """The loss of a batch; `silent` counts on, for each latent, the batches since it was last active."""
    everything = model.latents(patches)
    kept = top_k(everything, k)
    silent += 1
    silent[(kept > 0).any(dim=0)] = 0
    losses = [_squares(patches, model.decode(_first(kept, m))) for m in prefixes or (kept.shape[1],)]
    loss = torch.stack(losses).mean()
    dead = silent > SILENT_AFTER
    if dead.any():
        raw = (patches - model.bias) @ model.encoder.T + model.encoder_bias
        revived = top_k(raw.masked_fill(~dead, -torch.inf), min(AUXILIARY_LATENTS, int(dead.sum()))).relu()
        left = (patches - model.decode(kept)).detach()
        loss = loss + AUXILIARY_SHARE * _squares(left, revived @ model.decoder)
    return loss


def _first(latents: Tensor, count: int) -> Tensor:
    """The first latents alone, the others 0."""
    return torch.cat([latents[:, :count], torch.zeros_like(latents[:, count:])], dim=1)


def _squares(wanted: Tensor, made: Tensor) -> Tensor:
    return (wanted - made).square().sum(dim=1).mean()
