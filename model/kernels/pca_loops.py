"""The inner loop of `baselines.py`, compiled by Numba."""

import math

import numpy as np
from numba import njit


@njit(fastmath={"reassoc", "contract", "nsz", "arcp"}, error_model="numpy", nogil=True, cache=True)
def errors_by_component(components, coefficients, order, patches, errors):
    """What is missing of each patch with its first k components, for every k, into `errors`."""
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
