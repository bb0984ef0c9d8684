"""Dictionary learning, the classic rival: atoms learned so that few of them, with any sign, make a patch.

The atoms are learned online (Mairal, Bach, Ponce and Sapiro 2009, as in scikit-learn): codes by the lasso
with the penalty ALPHA, then one pass of block coordinate descent on the atoms, BATCH patches at a time.
Patches are coded by orthogonal matching pursuit (`omp.py`), which fits all coefficients anew for every
number of atoms. The smaller the penalty, the more atoms the dictionary is made for; ALPHA = 1 is for few.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

ALPHA = 1.0
"""The lasso's penalty while learning, for patches in [0, 1)."""
BATCH = 256


def learn_dictionary(patches: Floats, n_atoms: int, seed: int = 0, passes: int = 1) -> Floats:
    """Learn atoms for some patches.

    Args:
        patches: (count, n_inputs) training patches in [0, 1), count >= 1.
        n_atoms: how many atoms, from 1.
        seed: of the first atoms and of the order of the patches, from 0.
        passes: how many times all patches are gone through, from 1.

    Returns:
        (n_atoms, n_inputs) rows of norm 1, or shorter where an atom is used by no patch.
    """
    # Imported here: it brings in SciPy, which nothing else that a page needs at its start does.
    from sklearn.decomposition import MiniBatchDictionaryLearning  # noqa: PLC0415

    learner = MiniBatchDictionaryLearning(
        n_components=n_atoms,
        alpha=ALPHA,
        batch_size=BATCH,
        max_iter=passes,
        tol=0.0,
        max_no_improvement=None,
        random_state=seed,
    )
    atoms: Floats = learner.fit(patches.astype(np.float64)).components_.astype(np.float32)
    return atoms
