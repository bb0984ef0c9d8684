"""The beats that a talk can have, and the standard talk."""

from dataclasses import dataclass

TITLES = {
    "patch": "What a patch is",
    "filters": "169 filters",
    "ranks": "This patch, rank by rank",
    "few": "Few units do most of the work",
    "picture": "A whole picture",
    "map": "Where the units are spent",
    "live": "Training from noise, live",
    "author": "The author's curve beside ours",
    "rules": "The paper's rule against the progressive one",
    "pca": "Against PCA, honestly",
}
"""The beats in the order of the story, by what links and files call them."""


@dataclass(frozen=True)
class Beat:
    """One screen of a talk.

    Attributes:
        beat: one of TITLES.
        sentence: the speaker's own, shown under the beat's; '' for none.
    """

    beat: str
    sentence: str = ""


STORY = tuple(Beat(name) for name in TITLES)
