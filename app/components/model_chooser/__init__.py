"""The chooser on top of every page: bundled models as buttons, trained ones in a list, and figures."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import msgspec

from app.components import declare
from app.components.payload import pack
from app.components.triggers import read_trigger

_mount = declare("model_chooser")


@dataclass(frozen=True)
class Choice:
    """A model to choose.

    Attributes:
        name: of the model.
        label: its name for people.
        group: of bundled models, the one that it belongs to; '' for a model that was trained here.
    """

    name: str
    label: str
    group: str


class Chosen(msgspec.Struct, frozen=True):
    """The name of the model that the visitor has chosen."""

    name: str


def model_chooser(
    choices: list[Choice],
    groups: Mapping[str, str],
    chosen: str,
    figures: str,
    *,
    on_choose: Callable[[str], None],
    key: str,
) -> None:
    """Show the chooser.

    Args:
        choices: all models that the visitor may choose.
        groups: the groups of bundled models in order, each with a sentence about it.
        chosen: the name of the one that is shown.
        figures: how good that one is, in one line.
        on_choose: called with the name of a choice before the next script run, when the visitor chooses it.
        key: of the component on the page.
    """

    def chose() -> None:
        model = read_trigger(key, "model", Chosen)
        if model and any(model.name == choice.name for choice in choices):
            on_choose(model.name)

    header = {
        "choices": [asdict(choice) for choice in choices],
        "groups": [{"name": name, "sentence": sentence} for name, sentence in groups.items()],
        "chosen": chosen,
        "figures": figures,
    }
    _mount(data=pack(header), key=key, on_model_change=chose)
