"""The beats that a talk can have, and the standard talk, which has all of them."""

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
"""The title of each beat by its name in links and files, in the order of the standard talk."""


@dataclass(frozen=True)
class Beat:
    """One screen of a talk.

    Attributes:
        beat: one of TITLES.
        sentence: of the speaker's, shown below the beat's own; '' for none.
        note: for the speaker's own window; '' for none.
    """

    beat: str
    sentence: str = ""
    note: str = ""


STORY = tuple(Beat(name) for name in TITLES)
