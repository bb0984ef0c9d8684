"""A contender: anything that rebuilds a patch from k components, with its rules of play in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

Errors = Callable[[Floats, int], tuple[Floats, Flags]]
"""Patches (batch, n_inputs) in [0, 1) and the most components -> every patch's error by rank, (batch, ranks)
with ranks up to that number, and which components each patch uses, (batch, n_components)."""

Rebuild = Callable[[Floats, Sequence[int]], Floats]
"""Patches (batch, n_inputs) in [0, 1) and rising numbers of components -> the patches rebuilt from so many,
(len(numbers), batch, n_inputs) in [0, 1]."""


@dataclass(frozen=True)
class Protocol:
    """How a contender spends its components: what must be known before two curves are compared.

    Attributes:
        signed: whether a component may be taken away as well as added.
        anew: whether all coefficients are fitted anew for every k, instead of one code that is cut at k.
        fixed_order: whether the first k components are the same for every patch.
        choice: how components are chosen, in words.
        fitted: what it was fitted on and for how long, in words.
        free: what it has that costs no component, in words; empty for nothing.
    """

    signed: bool
    anew: bool
    fixed_order: bool
    choice: str
    fitted: str
    free: str = ""

    def in_words(self) -> str:
        """All of it in three or four sentences; every contender is clipped to [0, 1] alike."""
        sentences = [
            f"{self.choice}.",
            f"Coefficients {'may be negative' if self.signed else 'are never negative'}; "
            + ("they are fitted anew for every k" if self.anew else "one code is cut after k components")
            + ("" if not self.fixed_order else ", in the same order for every patch")
            + "; sums are clipped to [0, 1].",
            f"{self.fitted}.",
        ]
        if self.free:
            sentences.append(f"{self.free}.")
        return " ".join(sentences)


@dataclass(frozen=True)
class Cost:
    """What a contender costs.

    Attributes:
        patches: that it learned from; 0 for none; None if unknown.
        seconds: of learning, on the machine where it was trained; 0 for none; None if unknown.
        multiplications: to code one patch up to `at_components` components, roughly.
        at_components: that number.
    """

    patches: int | None
    seconds: float | None
    multiplications: int
    at_components: int

    def as_json(self) -> dict[str, int | float | None]:
        """Every figure under its own name."""
        return {
            "patches": self.patches,
            "seconds": self.seconds,
            "multiplications": self.multiplications,
            "at_components": self.at_components,
        }


@dataclass(frozen=True)
class Contender:
    """One side of a comparison.

    Attributes:
        name: as on the command line and in the address, such as 'progressive+omp'.
        label: for people.
        protocol: its rules of play.
        cost: what it costs.
        patch_size: height and width of a patch in pixels.
        data: name of the pictures that it learned from; empty for none.
        filters: (n_components, n_inputs), what it adds up; for pictures and for matching.
        errors: measures it.
        rebuild: shows what is measured.
        units: of its components, in words: 'units', 'components', 'atoms' or 'latents'.
    """

    name: str
    label: str
    protocol: Protocol
    cost: Cost
    patch_size: int
    data: str
    filters: Floats
    errors: Errors
    rebuild: Rebuild
    units: str = "units"

    @property
    def n_inputs(self) -> int:
        """Values in a patch."""
        return int(self.filters.shape[1])
