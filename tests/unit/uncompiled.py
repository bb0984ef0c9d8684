"""What the compiled loops give on a small case, for a process in which they are plain Python.

`NUMBA_DISABLE_JIT=1 python -m tests.unit.uncompiled FILE.npz` writes it. In such a process the loops can be
followed line by line: by a debugger, and by the measurement of coverage, which sees nothing of compiled code.
"""

import sys

import numpy as np

from model.analysis.picture_quality import best_ranks, quality_by_rank, tile_errors
from model.coding.coder import dictionary_for
from model.coding.picture_code import encode_picture
from model.config import Coder, Rule
from model.data.pictures import Corners, Pictures, random_corners
from model.kernels.compiled import PIXELS, Learner, ascent_direction, patch_errors
from model.kernels.pursuit import Pursuer
from model.kernels.pursuit_learner import PursuitLearner, pursuit_direction, unit_rows
from model.kernels.thread_pool import using_processors
from model.rivals.omp import omp_errors
from model.rivals.pca import Keep, errors_by_component, principal_components
from model.training.decorrelation import basis


def results() -> dict[str, np.ndarray]:
    """Every public function that runs a compiled loop, on seven units and patches of 3 x 3 pixels."""
    rng = np.random.default_rng(0)
    weights = rng.normal(0, 2, (7, 27)).astype(np.float32)
    weights[3] = 3  # saturated by a bright patch
    patches = rng.random((11, 27), np.float32)
    pixels = rng.integers(0, 256, (90, 3), np.uint8)
    one = np.zeros(1, np.int64)
    pictures = Pictures(pixels, np.array([[9, 10]]), one - 1, one)
    found = {}
    corners = random_corners(pictures, 3, 20, np.random.default_rng(1))
    steps = np.array([0.1, 0.05, 0.02], np.float32)
    for rule in (Rule.RANK_ORDER, Rule.PROGRESSIVE, Rule.SATURATION_GATED):
        for processors, own_basis in ((1, PIXELS), (2, PIXELS), (2, basis(3))):
            learner = Learner(rule, weights, own_basis)
            with using_processors(processors):
                learner.learn(pictures, corners, 3, 8, steps)
            found[f"{rule} learned by {processors} in {len(own_basis.down)}"] = learner.weights
        found[f"{rule} direction"] = ascent_direction(rule, weights, patches)
    found |= pursuit_results(weights, patches, pictures, corners)
    found["errors"], found["active"] = patch_errors(weights, patches)
    with using_processors(1):
        found["errors by one"], found["active by one"] = patch_errors(weights, patches)
    components = principal_components(patches)
    for keep in Keep:
        found[f"PCA, {keep} components"] = errors_by_component(components, patches, keep)
    picture = pixels.reshape(9, 10, 3)
    for stride in (2, 3):
        code = encode_picture(picture, weights, 3, stride)
        qualities = quality_by_rank(code, picture, weights)
        found[f"quality, stride {stride}"] = np.array([[each.psnr, each.mean_error] for each in qualities])
        errors = tile_errors(code, picture, weights)
        found[f"tile errors, stride {stride}"] = errors.whole
        for budget in (0, 9, 1000):
            found[f"{budget} units, stride {stride}"] = best_ranks(errors, code, budget)
    return found


def pursuit_results(
    weights: np.ndarray, patches: np.ndarray, pictures: Pictures, corners: Corners
) -> dict[str, np.ndarray]:
    """The same of the loops that choose units one after another."""
    found = {}
    steps = np.array([0.1, 0.05, 0.02], np.float32)
    dictionary = dictionary_for(Coder.PURSUIT, weights)
    for at_own_rank in (False, True):
        pursuit = PursuitLearner(unit_rows(weights), np.ones(5, np.float32), 0.9, at_own_rank=at_own_rank)
        for processors in (1, 2):
            with using_processors(processors):
                pursuit.learn(pictures, corners, 3, 8, steps)
        found[f"pursuit learned, own rank {at_own_rank}"] = pursuit.weights
        found[f"pursuit direction, own rank {at_own_rank}"] = pursuit_direction(
            unit_rows(weights), patches, np.ones(5, np.float32), at_own_rank=at_own_rank
        )
    found["pursuit errors"], found["pursuit units"] = Pursuer(dictionary).errors(patches)
    found["OMP errors"], found["OMP units"] = omp_errors(weights, patches)
    return found


if __name__ == "__main__":
    np.savez(sys.argv[1], **results())
