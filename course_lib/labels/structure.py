"""Refuse structures that no calculator can label, with one clear sentence."""

import numpy as np
from scipy.spatial.distance import pdist

from course_lib.arguments import check_atoms


def check_structure(atoms):
    """Like :func:`course_lib.arguments.check_atoms`; also refuse two atoms of the cell less than 0.1 Å apart.

    Periodic copies are not checked, to save time: a cheap calculator calls this in every step, and it takes 10 µs.
    """
    check_atoms(atoms)
    nearest = pdist(atoms.positions).min(initial=np.inf)
    if nearest < 0.1:
        raise ValueError(f"Two atoms are {nearest:.3f} Å apart: move one of them.")
