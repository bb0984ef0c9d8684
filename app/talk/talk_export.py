"""A talk as one HTML file: its pictures, its models, the recorded training, and pictures to train on."""

import numpy as np

from app.components.payload import pack
from app.exports.html_talk import talk_html
from app.panels.picture_picker import ChosenPicture, cifar_picture
from app.services.models import LoadedModel, load_model, model_label
from app.services.pictures import BUNDLED_PATCH_SIZE, bundled_pictures
from app.talk.beats import Beat
from app.talk.payload import talk_payload
from app.talk.talk_files import NOT_HERE, Talk, TalkError
from model.checkpoint import CheckpointError
from model.config import TrainingConfig
from model.data.pictures import random_patches

TRAINING_PICTURES = 192
"""Pictures that a training in the file learns from; all of the sample would make the file too large."""
TEST_PATCHES = 500
"""On which it is measured."""
TRAINING_PATCHES = 200_000
"""That a training in the file learns from: it reaches the author's error after about half of them."""


def talk_as_html(
    model: LoadedModel, picture: ChosenPicture, place: tuple[int, int], beats: tuple[Beat, ...]
) -> bytes:
    """The talk that the stage shows, as a file that needs no server.

    Args:
        model: decomposes patch and picture.
        picture: each side at least the patch size of `model` and of the bundled models.
        place: row and column of the patch's upper left pixel.
        beats: one or more, in order.

    Raises:
        CheckpointError, DataError: a bundled file is missing or damaged.
        TalkTooLargeError: model or picture is too large.
    """
    title = f"Talk: {picture.title} ({model_label(model.name)})"
    return talk_html(title, talk_payload(model, picture, place, beats, for_file=True), training_payload())


def saved_talk_as_html(talk: Talk) -> bytes:
    """The same of a talk that 'Save this talk' wrote, by the user of this machine.

    Args:
        talk: as `talk_from_file` reads it.

    Raises:
        TalkError: its model or its picture is not here.
        DataError, TalkTooLargeError: as `talk_as_html`.
    """
    try:
        model = load_model(talk.model, "")
    except CheckpointError as error:
        raise TalkError(NOT_HERE) from error
    if talk.picture is not None:
        picture = ChosenPicture("own", 0, None, "a picture of the speaker's", talk.picture)
    else:
        try:
            picture = cifar_picture(talk.split or "test", talk.image)
        except IndexError as error:
            raise TalkError(
                "This talk shows a picture of CIFAR-10 that is not in the bundled sample."
            ) from error
    size = max(model.checkpoint.config.patch_size, BUNDLED_PATCH_SIZE)
    height, width, _ = picture.pixels.shape
    if min(height, width) < size:
        raise TalkError(
            f"The picture in this talk is smaller than {size} x {size} pixels; choose another one."
        )
    place = min(talk.row, height - size), min(talk.col, width - size)
    return talk_as_html(model, picture, place, talk.beats)


def training_payload() -> bytes:
    """What a training in the file learns from and is measured on, for `components/talk_trainer`.

    Raises:
        DataError: the bundled pictures are missing or damaged.
    """
    pictures = bundled_pictures()
    config = TrainingConfig(patches=TRAINING_PATCHES)
    size = config.model.patch_size
    positions = np.linspace(0, len(pictures.train) - 1, TRAINING_PICTURES).astype(int)
    shown = np.stack([pictures.train.picture(int(position)) for position in positions])
    test = random_patches(pictures.test, size, TEST_PATCHES, np.random.default_rng(0))
    header = {
        "rule": config.rule.value,
        "patchSize": size,
        "units": config.model.n_units,
        "patches": config.patches,
        "batch": config.batch_size,
        "step": config.step_size,
        "decay": config.step_decay,
        "side": shown.shape[1],
    }
    return pack(header, pictures=shown, test=np.rint(test * 256).astype(np.uint8))
