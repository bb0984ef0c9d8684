"""The loop behind `pca.py`, compiled by Numba."""

import math

import numpy as np

from model.kernels.compiler import compiled


@compiled(fastmath={"reassoc", "contract", "nsz", "arcp"})
def errors_by_component(components, coefficients, order, patches, errors):
    """The norm of the residual of each patch with its first k components, for every k.

    Args:
        components: (components, n_inputs) float32, orthonormal rows.
        coefficients: (batch, components) float32.
        order: (batch, ranks) the components of each patch in the order in which they are used.
        patches: (batch, n_inputs) float32 in [0, 1).
        errors: (batch, ranks) float32, filled for k = 1 ... ranks.
    """
    total = np.empty(components.shape[1], np.float32)
    for i in range(len(patches)):
        total[:] = 0
        for k in range(order.shape[1]):
            chosen = order[i, k]
            squared = np.float32(0)
            for j in range(len(total)):
                total[j] += coefficients[i, chosen] * components[chosen, j]
                missing = patches[i, j] - min(max(total[j], np.float32(0)), np.float32(1))
                squared += missing * missing
            errors[i, k] = math.sqrt(squared)
