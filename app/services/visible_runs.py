"""The runs that one visitor sees: those on disk and those of this server's trainings."""

from app.access import may_change, sees
from app.services.models import model_label
from app.services.runs import owner_of, runs_folder, server_trainings
from app.training.job import Training
from model.config import ModelConfig
from model.runs.history import DamagedRun, PastRun, past_runs
from model.runs.metadata import deleted_metadata, deleted_runs


class VisibleRuns:
    """The runs that one visitor sees, as they are when this is created: once in a script run.

    Attributes:
        visitor: as `app.access.visitor_of` returns it.
        trainings: of this server, by the name of their run.
        past: runs on disk, by name; those that are being trained too.
        damaged: runs on disk that can't be read, by name.
    """

    def __init__(self, visitor: str) -> None:
        """Read the folder of runs for `visitor`; '' on a server for one user."""
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
        """The names of the runs that can be watched, the newest first."""
        return sorted({*self.trainings, *self.past}, reverse=True)

    def listed(self) -> list[str]:
        """The names of all runs, damaged ones too, the newest first."""
        return sorted({*self.trainings, *self.past, *self.damaged}, reverse=True)

    def latest(self) -> str | None:
        """The newest of the visitor's own runs that is being trained, else the newest of their own."""
        own = [name for name in self.names() if self.may_change(name)]
        under_way = [name for name in own if server_trainings().is_under_way(name)]
        return next(iter([*under_way, *own]), None)

    def shape(self, name: str | None) -> ModelConfig | None:
        """The shape of a run's model; None if there is no such run."""
        if training := self.trainings.get(name or ""):
            return training.request.config.model
        past = self.past.get(name or "")
        return past.run.config.model if past else None

    def source(self, name: str) -> str:
        """Where a run's pictures come from; '' if there is no such run."""
        if training := self.trainings.get(name):
            return training.request.source
        past = self.past.get(name)
        return past.run.source if past else ""

    def state(self, name: str | None) -> str:
        """The state of a run's training, or of the run on disk; '' if there is no such run."""
        if training := self.trainings.get(name or ""):
            return training.report().state.value
        past = self.past.get(name or "")
        return past.state if past else ""

    def may_change(self, name: str) -> bool:
        """Whether the visitor may stop, rename or delete the run `name`."""
        return may_change(self.visitor, owner_of(name))

    def own_training(self, name: str | None) -> Training | None:
        """A run's training if it is under way and the visitor may change it."""
        training = self.trainings.get(name or "")
        return training if training and training.under_way and self.may_change(training.name) else None

    def deleted(self) -> tuple[str, str] | None:
        """Name and title of the run whose deletion the visitor can undo: the one deleted last."""
        folder = runs_folder()
        for name in deleted_runs(folder):
            metadata = deleted_metadata(folder, name)
            if may_change(self.visitor, metadata.owner):
                return name, metadata.title or model_label(name)
        return None
