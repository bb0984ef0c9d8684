"""The doors through which files come: pictures, checkpoints, talks, runs and archives."""

import io
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import numpy as np
from PIL import Image

from app.talk.beats import STORY, Beat
from app.talk.talk_files import Talk, TalkError, talk_as_file, talk_from_file
from benchmarks.fuzzing.mutations import (
    damaged_bytes,
    damaged_files,
    damaged_json,
    damaged_picture,
    damaged_tensors,
    damaged_zip,
    zip_members,
    zip_of,
)
from benchmarks.fuzzing.watch import Door, Handle
from model.checkpoint import Checkpoint, CheckpointError, load_checkpoint, save_checkpoint
from model.config import ModelConfig, Rule, TrainingConfig
from model.data import archive as cifar_archive
from model.data.pictures import DataError
from model.data.sources import bundled_sample, load_dataset
from model.pictures.limits import PictureError
from model.pictures.reader import read_picture
from model.runs.archive import export_run, import_run
from model.runs.folder import create_run, write_end_status
from model.runs.history import newest_snapshot, past_run, past_runs, recorded_points
from model.runs.metadata import RunMetadata, write_metadata
from model.runs.reading import EndStatus, RunError
from model.runs.recorder import run_training
from model.runs.state import load_state

LONGEST_SENTENCE = 1_000
"""Characters of a refusal."""
BATCH_PICTURES = 8
"""In a batch of the archives made here; the official ones have 10,000. Fewer would be smaller than the
padding of a .tar file, for which the reader leaves a batch's room."""


def refused(error: Exception) -> bool:
    """False, for a case that was refused in one clear sentence.

    Raises:
        AssertionError: it is none.
    """
    text = str(error)
    if len(text.strip().splitlines()) != 1 or len(text) > LONGEST_SENTENCE or "Traceback" in text:
        raise AssertionError(f"refused, but not in one sentence: {text[:2000]!r}") from error
    return False


def pictures(_: Path) -> list[bytes]:
    """Pictures of all formats that are read, small ones."""
    colour = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    image = Image.fromarray(colour)
    exif = Image.Exif()
    exif[0x0112] = 6
    kinds: list[tuple[Image.Image, str, dict[str, Any]]] = [
        (image, "PNG", {}),
        (image.convert("P"), "PNG", {"transparency": 3}),
        (image.convert("RGBA"), "PNG", {"exif": exif}),
        (Image.fromarray(colour[..., 0].astype(np.uint16) * 257), "PNG", {}),
        (image, "JPEG", {"exif": exif}),
        (image.convert("CMYK"), "JPEG", {"progressive": True}),
        (image, "WEBP", {"lossless": True, "exif": exif}),
        (image, "WEBP", {}),
        (image, "AVIF", {}),
        (image.convert("P"), "GIF", {"save_all": True, "append_images": [image.rotate(180).convert("P")]}),
        (image, "BMP", {}),
        (image.convert("1"), "BMP", {}),
    ]
    return [_packed(image, kind, **options) for image, kind, options in kinds]


def _packed(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _picture_door(_: Path) -> Handle:
    def handle(content: bytes) -> bool:
        try:
            pixels = read_picture(content, 7).pixels
        except PictureError as error:
            return refused(error)
        height, width, channels = pixels.shape
        assert (pixels.dtype.name, channels, min(height, width) >= 7) == ("uint8", 3, True)
        return True

    return handle


def _checkpoints(folder: Path) -> list[bytes]:
    weights = np.random.default_rng(0).normal(size=(3, 12)).astype(np.float32)
    file = folder / "a.safetensors"
    save_checkpoint(Checkpoint(weights, ModelConfig(3, 2), Rule.PROGRESSIVE, 1, 1_000, "sample"), file)
    return [file.read_bytes()]


def _checkpoint_door(folder: Path) -> Handle:
    def handle(content: bytes) -> bool:
        file = folder / "a.safetensors"
        file.write_bytes(content)
        try:
            weights = load_checkpoint(file).weights
        except CheckpointError as error:
            return refused(error)
        assert np.isfinite(weights).all()
        return True

    return handle


def _talks(_: Path) -> list[bytes]:
    picture = np.random.default_rng(0).integers(0, 256, (9, 11, 3), np.uint8)
    return [
        talk_as_file(Talk("rank-order", "test", 7, 3, 4, STORY)),
        talk_as_file(Talk("progressive", None, 0, 1, 2, (Beat("ranks", "A sentence."),), picture)),
    ]


def _talk_door(_: Path) -> Handle:
    def handle(content: bytes) -> bool:
        try:
            talk = talk_from_file(content)
        except TalkError as error:
            return refused(error)
        assert talk_from_file(talk_as_file(talk)).beats == talk.beats
        return True

    return handle


def make_run(folder: Path) -> None:
    """A stopped run with every file that a run can have."""
    data = bundled_sample()
    config = TrainingConfig(model=ModelConfig(n_units=5, patch_size=2), patches=2_000)
    run = create_run(folder, config, "sample", data)
    for snapshot in run_training(run, data):  # left half-way
        if snapshot.patches_seen >= 1_000:
            break
    write_end_status(run, EndStatus("failed", "The disk is full."))
    write_metadata(run.folder, RunMetadata("A title", "somebody"))


def _exported_runs(folder: Path) -> list[bytes]:
    make_run(folder / "run")
    file = io.BytesIO()
    export_run(folder / "run", file)
    return [file.getvalue(), zip_of(zip_members(file.getvalue()))]


def _import_door(folder: Path) -> Handle:
    runs = folder / "runs"

    def handle(content: bytes) -> bool:
        shutil.rmtree(runs, ignore_errors=True)
        try:
            name = import_run(io.BytesIO(content), "a", runs)
        except RunError as error:
            assert list(runs.iterdir()) == [], "a refused run left something behind"
            return refused(error)
        _read_run(runs / name)
        return True

    return handle


def _run_folders(folder: Path) -> list[bytes]:
    make_run(folder / "run")
    files = {
        path.relative_to(folder / "run").as_posix(): path.read_bytes()
        for path in sorted((folder / "run").rglob("*"))
        if path.is_file()
    }
    return [zip_of(files)]


def _read_run(folder: Path) -> None:
    """Everything that the program reads of a run.

    Raises:
        CheckpointError: a model in it is damaged.
        RunError: something else is.
    """
    run = past_run(folder).run
    newest_snapshot(run, recorded_points(run))
    load_state(run)


def _run_folder_door(folder: Path) -> Handle:
    runs = folder / "runs"

    def handle(content: bytes) -> bool:
        shutil.rmtree(runs, ignore_errors=True)
        _unpack(content, runs / "a")
        past_runs(runs)  # lists the damaged ones too, and must never fail
        try:
            _read_run(runs / "a")
        except (RunError, CheckpointError) as error:
            return refused(error)
        return True

    return handle


def _unpack(content: bytes, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, data in zip_members(content).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)


def _archives(_: Path) -> list[bytes]:
    random = np.random.default_rng(0)
    size = BATCH_PICTURES * cifar_archive.RECORD_BYTES
    batches = {
        f"{cifar_archive.OFFICIAL_FOLDER}/{name}": random.integers(0, 10, size, np.uint8).tobytes()
        for name in cifar_archive.BATCHES
    }
    return [_tar_of(batches, "w:gz"), _tar_of(batches, "w"), zip_of(batches)]


def _tar_of(files: dict[str, bytes], mode: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def _damaged_archive(content: bytes, random: Random) -> bytes:
    if content.startswith(b"PK"):
        return damaged_zip(content, random)
    if content.startswith(b"\x1f\x8b") or random.random() < 0.3:
        return damaged_bytes(content, random)
    at = random.randrange(0, len(content) + 1, 512)  # a tar is made of such blocks, and some are headers
    return content[:at] + damaged_bytes(content[at : at + 512], random) + content[at + 512 :]


def _archive_door(folder: Path) -> Handle:
    # The same code on small batches: a case takes milliseconds rather than seconds.
    size = BATCH_PICTURES * cifar_archive.RECORD_BYTES
    mock.patch.multiple(cifar_archive, BATCH_PICTURES=BATCH_PICTURES, BATCH_BYTES=size).start()
    return _data_door(lambda content: _written(folder / "cifar.tar.gz", content))


def _written(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


def _data_door(place_of: Callable[[bytes], Path]) -> Handle:
    def handle(content: bytes) -> bool:
        try:
            dataset = load_dataset(str(place_of(content)), patch_size=7)
        except DataError as error:
            return refused(error)
        assert len(dataset.train)
        return True

    return handle


def _picture_folders(folder: Path) -> list[bytes]:
    names = ("a.png", "b.png", "c.png", "d.png", "e.jpg", "sub/f.jpg")
    return [zip_of(dict(zip(names, pictures(folder)[:6], strict=True)))]


def _picture_folder_door(folder: Path) -> Handle:
    def place_of(content: bytes) -> Path:
        shutil.rmtree(folder / "pictures", ignore_errors=True)
        _unpack(content, folder / "pictures")
        return folder / "pictures"

    return _data_door(place_of)


FILE_DOORS = (
    Door("picture", 30_000, pictures, damaged_picture, _picture_door),
    Door("talk", 12_000, _talks, damaged_json, _talk_door),
    Door("checkpoint", 15_000, _checkpoints, damaged_tensors, _checkpoint_door),
    Door("exported run", 8_000, _exported_runs, damaged_zip, _import_door),
    Door("run folder", 18_000, _run_folders, damaged_files, _run_folder_door),
    Door("CIFAR archive", 2_000, _archives, _damaged_archive, _archive_door),
    Door("picture folder", 2_000, _picture_folders, damaged_files, _picture_folder_door),
)
