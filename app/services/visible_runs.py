"""The trainings and the runs on disk, as far as one visitor sees them."""

from app.access import may_change, sees
from app.services.models import model_label
from app.services.runs import owner_of, runs_folder, server_trainings
from model.runs.history import DamagedRun, PastRun, past_runs
from model.runs.metadata import deleted_metadata, deleted_runs


class VisibleRuns:
    """What one visitor sees of the trainings and the runs on disk, read once a script run."""

    def __init__(self, visitor: str) -> None:
        """`visitor` as `app.access` knows them; '' where everything belongs to one user."""
        self.visitor = visitor
        self.trainings = {
            training.name: training
            for training in server_trainings().all()
            if sees(self.visitor, training.request.owner)
        }
        self.past: dict[str, PastRun] = {}
        self.damaged: dict[str, DamagedRun] = {}
        for found in past_runs(runs_folder()):
            if not sees(self.visitor, owner_of(found.name)):
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
        under_way = [name for name in mine if server_trainings().is_under_way(name)]
        return next(iter([*under_way, *mine]), None)

    def may_change(self, name: str) -> bool:
        """Whether the visitor may stop, rename or delete it."""
        return may_change(self.visitor, owner_of(name))

    def deleted(self) -> tuple[str, str] | None:
        """Name and title of the last deletion that the visitor can undo."""
        folder = runs_folder()
        for name in deleted_runs(folder):
            metadata = deleted_metadata(folder, name)
            if may_change(self.visitor, metadata.owner):
                return name, metadata.title or model_label(name)
        return None
