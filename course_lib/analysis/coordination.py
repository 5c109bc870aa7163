"""How many neighbours an atom has."""

import numpy as np

from course_lib.analysis.frames import indices_of_pair
from course_lib.analysis.pairs import near_pairs


def coordination_numbers(atoms, reach, pair=None):
    """Number of neighbours closer than ``reach`` of each atom.

    Parameters
    ----------
    atoms : ase.Atoms
        The structure.
    reach : float
        Distance in Å up to which atoms count as neighbours; the first minimum of g(r) is the usual choice.
    pair : tuple of str, optional
        Neighbours of the second element around atoms of the first; all atoms if not given.

    Returns
    -------
    (N,) array of int
        Number of neighbours of each atom (of the first element), in the order of the atoms.
    """
    of, to = indices_of_pair(atoms, pair)
    i, _, _ = near_pairs(atoms, reach, of, to)
    return np.bincount(i, minlength=len(atoms))[of]
