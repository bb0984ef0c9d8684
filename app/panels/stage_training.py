"""The training that the stage starts: a run like any other, watched from the talk."""

from app import state
from app.components.talk_feed import talk_feed
from app.services import catalog
from app.services.training_pictures import SAMPLE, loader
from app.training.job import TrainingRequest
from model.config import TrainingConfig


def stage_training() -> None:
    """Mount what starts and follows it."""
    talk_feed(*state.staged_run(), on_start=_start, on_stop=_stop, key="feed")


def _start(request: int) -> None:
    """Train anew; what an earlier request of this visitor still trains is stopped."""
    _stop()
    training_request = TrainingRequest(TrainingConfig(), SAMPLE, loader(SAMPLE), owner=state.visitor())
    try:
        state.set_staged_run(request, catalog.trainings().start(training_request))
    except RuntimeError as error:
        state.set_staged_run(request, None, str(error))


def _stop() -> None:
    _, run, _ = state.staged_run()
    training = catalog.trainings().find(run)
    if training is not None and training.under_way:
        training.stop()
