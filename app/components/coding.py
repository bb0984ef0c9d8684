"""What the browser must know of how a model's units are chosen."""

from dataclasses import dataclass

from model.config import Coder


@dataclass(frozen=True)
class Coding:
    """How the units of a patch are chosen.

    Attributes:
        coder: what is shown.
        trained_for: what the model learned for. Only filters that learned for the rank order can be coded
            both ways, and compared.
    """

    coder: Coder
    trained_for: Coder

    def header(self) -> dict[str, str]:
        """The part of a payload's header that `ModelState` in shared/events.js takes."""
        return {"coder": self.coder.value, "trainedFor": self.trained_for.value}
