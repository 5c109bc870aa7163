"""How many neighbours an atom has."""

import numpy as np

from course_lib.analysis.error_bars import Mean, block_average
from course_lib.analysis.frames import as_frames, indices_of
from course_lib.analysis.pairs import near_pairs


def coordination_numbers(atoms, reach, pair=None):
    """Number of neighbours closer than ``reach`` of each atom.

    Parameters
    ----------
    atoms : ase.Atoms
    reach : float
        In Å; the first minimum of g(r) is the usual choice.
    pair : tuple of str, optional
        Neighbours of the second element around atoms of the first; all atoms if not given.

    Returns
    -------
    (N,) array of int
        One number for each atom (of the first element), in their order.
    """
    of, to = (indices_of(atoms, symbol) for symbol in (pair or (None, None)))
    i, _, _ = near_pairs(atoms, reach, of, to)
    return np.bincount(i, minlength=len(atoms))[of]


def mean_coordination(frames, reach, pair=None):
    """Mean coordination number over atoms and frames, a :class:`Mean` (its error needs 4 frames or more)."""
    numbers = [np.mean(coordination_numbers(atoms, reach, pair)) for atoms in as_frames(frames)]
    return block_average(numbers) if len(numbers) >= 4 else Mean(float(np.mean(numbers)), float("nan"))
