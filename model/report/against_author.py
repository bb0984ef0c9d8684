"""Whether a model can be set beside the author's record, and whether it is as good."""

from collections.abc import Sequence

from model.config import CHANNELS, ModelConfig
from model.data.sources import NAMED_SOURCES
from model.report.subject import Subject

TOLERANCE = 2.0
"""Per cent above the author's error that pass for equal: another draw of test patches moves it by one."""
Row = tuple[str, float, float, float]


def unlike_author(subject: Subject) -> str:
    """Why a model's training can't be compared with the author's run, in a sentence; '' if it can.

    Args:
        subject: the model. A folder of pictures is not told from CIFAR-10 if it is called like that.
    """
    paper, (units, inputs) = ModelConfig(), subject.dictionary.shape
    if (units, inputs) != (paper.n_units, paper.patch_size**2 * CHANNELS):
        size = subject.patch_size
        return (
            f"The author's curves are of {paper.n_units} units and {paper.patch_size} x {paper.patch_size} "
            f"patches, this model has {units} units and {size} x {size} patches: heights can't be compared."
        )
    if subject.data not in NAMED_SOURCES:
        return (
            "This model learned from, and its training is measured on, other pictures than the author's: "
            "heights can't be compared."
        )
    return ""


def beside_author_in_words(rows: Sequence[Row], unlike: str = "") -> tuple[str, bool | None]:
    """Whether a model's errors are as small as the author's.

    Args:
        rows: from `figures.author_table`.
        unlike: why the two can't be compared; '' if they can.

    Returns:
        A sentence, and whether no figure is more than TOLERANCE per cent above the author's; None where that
        can't be said.
    """
    if unlike or not rows:
        return f"No verdict. {unlike}".strip(), None
    worst, *_, percent = max(rows, key=lambda row: row[-1])
    above = [name for name, *_, more in rows if more > TOLERANCE]
    if above:
        told = f"{', '.join(above)}. The largest difference, {percent:+.1f} %, is at: {worst}."
        return f"Worse than the author's record by more than {TOLERANCE:.0f} %: {told}", False
    return (
        f"As good as the author's record, or better: no figure is more than {TOLERANCE:.0f} % above his. "
        f"The least favourable, {percent:+.1f} %, is: {worst}."
    ), True
