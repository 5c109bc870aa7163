"""What no calculator can label gets one sentence, before a program far below stumbles over it."""

import numpy as np
from scipy.spatial.distance import pdist


def check_structure(atoms):
    """Raise one sentence for a structure that has no label.

    Parameters
    ----------
    atoms : ase.Atoms

    Raises
    ------
    ValueError
        Without atoms, with element X, with positions or cell vectors that are no finite numbers, and where two atoms of
        the cell are less than 0.1 Å apart; copies in the next cell are not looked at.
    """
    if len(atoms) == 0:
        raise ValueError("There are no atoms: an energy needs at least one.")
    if not (np.isfinite(atoms.positions).all() and np.isfinite(atoms.cell.array).all()):
        raise ValueError("Some positions or cell vectors are not finite numbers: check the structure.")
    if atoms.numbers.min() < 1:
        raise ValueError("Atoms of element X have no atomic number: name the element of every atom.")
    nearest = pdist(atoms.positions).min(initial=np.inf)  # a cheap calculator asks in every step: this takes 10 µs
    if nearest < 0.1:
        raise ValueError(f"Two atoms are {nearest:.3f} Å apart: move one of them.")
