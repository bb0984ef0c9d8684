"""Runs as anybody may hand them in: a whole one, and what can stand in place of any of its values."""

import copy
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from model.config import ModelConfig, TrainingConfig
from model.data.sources import bundled_sample
from model.runs.folder import Run, create_run, write_end_status
from model.runs.metadata import RunMetadata, write_metadata
from model.runs.reading import EndStatus
from model.runs.recorder import run_training

CONFIG = TrainingConfig(model=ModelConfig(n_units=5, patch_size=2), patches=2_000)
SECONDS = 1.0
"""Of processor time that reading a damaged run may take."""


def stopped_run(folder: Path) -> Run:
    """A run with everything that a run folder can hold."""
    run = create_run(folder, CONFIG, "sample", bundled_sample())
    training = run_training(run, bundled_sample())
    while next(training).patches_seen < 1_000:
        pass
    training.close()
    write_end_status(run, EndStatus("failed", "The disk is full."))
    write_metadata(run.folder, RunMetadata("A title", "somebody"))
    return run


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to every value within a JSON value, itself too."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    changed = copy.deepcopy(value)
    inside = changed
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = by
    return changed


NUMBERS = ["1e400", "-1e400", "1e-400", "NaN", "Infinity", "-Infinity", "0x10", "1_000", "01", "-0.0", "1.0"]
NESTED = ["[" * 50_000, '{"a":' * 10_000, "[" * 1_000 + "]" * 1_000]
RAW = [*NUMBERS, *NESTED, "9" * 400, "-" + "9" * 400, "9" * 5_000, '"\\ud800"', '"\\udc00x"']
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\ud800", "![x](http://evil)", "a\nb", "x" * 5000, "rank-order", "", "0"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
RAW_MARK = "raw-text-goes-here"


def damaged_json(draw: st.DataObject, content: Any) -> bytes:
    """A JSON value with something else in place of any value in it, or with a field more."""
    place = draw.draw(st.sampled_from(places(content)), label="place")
    raw = draw.draw(st.none() | st.sampled_from(RAW), label="raw")
    by = draw.draw(json_values, label="value") if raw is None else RAW_MARK
    if isinstance(content, dict) and draw.draw(st.booleans(), label="a field more"):
        changed = {**content, draw.draw(st.text(max_size=20), label="name"): by}
    else:
        changed = replaced(content, place, by)
    written = json.dumps(changed)
    written = written if raw is None else written.replace(f'"{RAW_MARK}"', raw)
    return written.encode("utf-8", "surrogatepass")


def changed(content: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """An archive with other files in it."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()
