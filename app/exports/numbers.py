"""Numbers to take away: the code of a patch, Python that computes it, and what the units do."""

import csv
import io
import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.exports.images import RebuiltPatch
from model.analysis.population import Population, skewness
from model.config import PIXEL_SCALE, Coder
from model.kernels.pursuit import STOP

CODE_COLUMNS = ("rank", "unit", "activation", "error")
UNIT_COLUMNS = ("unit", "firing_rate", "mean_activation", "mean_rank", "largest_activation", "skewness")
_READ = """import numpy as np
from safetensors.numpy import load_file

W = load_file("{file}")["weights"]  # ({units}, {inputs}): a row is a unit
x = np.frombuffer(bytes.fromhex("{patch}"), np.uint8) / np.float32({scale})
"""
_AT_ONCE = """p = W @ x / x.size  # how strongly each unit answers
units = np.argsort(-p, kind="stable")  # the rank order
a = np.clip(p, 0, 1)[units]
"""
_ONE_AFTER_ANOTHER = """W = W * np.float32(x.size**0.5) / np.linalg.norm(W, axis=1, keepdims=True)
r, free, units, a = x.astype(float), np.full(len(W), True), [], []
while (p := np.where(free, W @ r / x.size, -1)).max() > {stop}:  # what each answers to what is missing
    units, a = [*units, p.argmax()], [*a, p.max()]
    r, free[units[-1]] = r - a[-1] * W[units[-1]], False
units, a = np.array(units), np.array(a)
"""
_SUM = """R = np.clip(np.cumsum(a[:, None] * W[units], axis=0), 0, 1)  # rebuilt from 1, 2, 3 ... units
errors = np.linalg.norm(x - R, axis=1)
for k in range(1, {shown} + 1):
    print(k, units[k - 1], a[k - 1], errors[k - 1])
"""


def code_rows(rebuilt: RebuiltPatch) -> list[tuple[int, int, float, float]]:
    """The code of a patch: rank, unit, activation and error (L2 norm) of every active unit, by rank."""
    return [
        (rank, rebuilt.unit(rank), rebuilt.activation(rank), rebuilt.error(rank))
        for rank in range(1, rebuilt.last_rank + 1)
    ]


def code_as_csv(rebuilt: RebuiltPatch) -> str:
    """The code of a patch as CSV."""
    return _as_csv(CODE_COLUMNS, code_rows(rebuilt))


def code_as_json(rebuilt: RebuiltPatch, about: dict[str, object]) -> str:
    """The code of a patch as JSON.

    Args:
        rebuilt: the patch.
        about: what it is and what it is coded by, under names of their own.
    """
    code = [dict(zip(CODE_COLUMNS, row, strict=True)) for row in code_rows(rebuilt)]
    return json.dumps({**about, "patch": rebuilt.patch.tolist(), "code": code})


def code_as_python(rebuilt: RebuiltPatch, weights: NDArray[np.float32], file: str) -> str:
    """Python that reads the model and prints the code of the patch; it needs NumPy and safetensors.

    Args:
        rebuilt: the patch.
        weights: (n_units, n_inputs) of the model.
        file: of its checkpoint.
    """
    patch = np.rint(rebuilt.patch * np.float32(PIXEL_SCALE)).astype(np.uint8).tobytes().hex()
    units, inputs = weights.shape
    read = _READ.format(file=file, units=units, inputs=inputs, patch=patch, scale=PIXEL_SCALE)
    one_after_another = _ONE_AFTER_ANOTHER.format(stop=STOP / inputs**0.5)
    choose = _AT_ONCE if rebuilt.coder is Coder.RANK_ORDER else one_after_another
    return read + choose + _SUM.format(shown=rebuilt.last_rank)


def units_as_csv(population: Population) -> str:
    """What every unit of a model does over the patches of a population, as CSV: a row for each unit.

    The mean rank is over the patches that make a unit active, n_units + 1 for a dead unit; everything else is
    over all patches.
    """
    figures = zip(
        population.firing_rate,
        population.mean_activation,
        population.mean_rank,
        population.activations.max(axis=0),
        [skewness(population.activations[:, unit]) for unit in range(population.activations.shape[1])],
        strict=True,
    )
    return _as_csv(UNIT_COLUMNS, [(unit, *map(float, row)) for unit, row in enumerate(figures)])


def _as_csv(columns: Sequence[str], rows: Sequence[Sequence[float]]) -> str:
    file = io.StringIO()
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(columns)
    lines.writerows(rows)
    return file.getvalue()
