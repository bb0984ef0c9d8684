"""What a sweep trains: every combination of rules, units, patch sizes and seeds, a run folder for each."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from model.config import ModelConfig, Rule, TrainingConfig

MOST_TRAININGS = 10_000


class SweepError(Exception):
    """A sweep that can't be made or finished; the message is one sentence for people."""


@dataclass(frozen=True)
class Job:
    """One training of a sweep.

    Attributes:
        folder: of its run.
        config: its settings.
        source: of its pictures, as `load_dataset` takes it.
    """

    folder: Path
    config: TrainingConfig
    source: str

    @property
    def group(self) -> tuple[str, int, int]:
        """Rule, units and patch size: what trainings that differ in their seed alone have in common."""
        return self.config.rule.value, self.config.model.n_units, self.config.model.patch_size


def planned_jobs(
    out: Path,
    *,
    rules: Sequence[Rule],
    units: Sequence[int],
    patch_sizes: Sequence[int],
    seeds: Sequence[int],
    patches: int,
    source: str,
) -> list[Job]:
    """Every training of a sweep, seeds last.

    Args:
        out: the folder that holds their run folders.
        rules: learning rules.
        units: numbers of units.
        patch_sizes: heights and widths of a patch in pixels.
        seeds: of the random choices.
        patches: to learn from, in each training.
        source: of the pictures, as `load_dataset` takes it.

    Raises:
        SweepError: there are none, or more than MOST_TRAININGS.
        ValueError: a setting is out of range.
    """
    jobs = []
    for rule, n_units, size, seed in itertools.product(rules, units, patch_sizes, seeds):
        config = TrainingConfig(ModelConfig(n_units, size), rule=rule, patches=patches, seed=seed)
        jobs.append(Job(out / f"{rule.value}-{n_units}-{size}-seed{seed}", config, source))
    if not 0 < len({job.folder for job in jobs}) == len(jobs) <= MOST_TRAININGS:
        raise SweepError(f"A sweep has 1 to {MOST_TRAININGS:,} different trainings, not {len(jobs):,}.")
    return jobs
