"""What no calculator can label gets one sentence, before a program far below stumbles over it."""

import numpy as np
from scipy.spatial.distance import pdist

from course_lib.arguments import check_atoms


def check_structure(atoms):
    """As :func:`course_lib.arguments.check_atoms`, and refuse two atoms of the cell that are less than 0.1 Å apart.

    Copies in the next cell are not looked at: a cheap calculator asks in every step, and this takes 10 µs.
    """
    check_atoms(atoms)
    nearest = pdist(atoms.positions).min(initial=np.inf)
    if nearest < 0.1:
        raise ValueError(f"Two atoms are {nearest:.3f} Å apart: move one of them.")
