"""The trainings and the runs on disk, as far as this visitor sees them."""

from app import state
from app.access import may_change, sees
from app.services import catalog
from model.runs.history import DamagedRun, PastRun, past_runs
from model.runs.metadata import deleted_metadata, deleted_runs


class VisibleRuns:
    """What this visitor sees of the trainings and the runs on disk, read once a script run."""

    def __init__(self) -> None:
        self.visitor = state.visitor()
        self.trainings = {
            training.name: training
            for training in catalog.trainings().all()
            if sees(self.visitor, training.request.owner)
        }
        self.past: dict[str, PastRun] = {}
        self.damaged: dict[str, DamagedRun] = {}
        for found in past_runs(catalog.runs_folder()):
            if not sees(self.visitor, catalog.owner_of(found.name)):
                continue
            if isinstance(found, PastRun):
                self.past[found.name] = found
            elif found.name not in self.trainings:
                self.damaged[found.name] = found

    def names(self) -> list[str]:
        """Every run that can be watched, the latest first."""
        return sorted({*self.trainings, *self.past}, reverse=True)

    def listed(self) -> list[str]:
        """Every run, the damaged ones too, the latest first."""
        return sorted({*self.trainings, *self.past, *self.damaged}, reverse=True)

    def latest(self) -> str | None:
        """What this visitor most likely looks for: a training under way, else the last run, of their own."""
        mine = [name for name in self.names() if self.may_change(name)]
        under_way = [name for name in mine if catalog.trainings().is_under_way(name)]
        return next(iter([*under_way, *mine]), None)

    def may_change(self, name: str) -> bool:
        """Whether the visitor may stop, rename or delete it."""
        return may_change(self.visitor, catalog.owner_of(name))

    def deleted(self) -> tuple[str, str] | None:
        """Name and title of the last deletion that the visitor can undo."""
        folder = catalog.runs_folder()
        for name in deleted_runs(folder):
            metadata = deleted_metadata(folder, name)
            if may_change(self.visitor, metadata.owner):
                return name, metadata.title or catalog.model_label(name)
        return None
