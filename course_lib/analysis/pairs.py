"""Pairs of near atoms in any cell: skewed, small, periodic in some directions or in none.

The neighbour list is that of the pair engine. A copy of an atom counts as another atom, so a cell may be smaller than
the reach.
"""

import numpy as np

from course_lib.arguments import check_atoms, chosen_atoms, positive
from course_lib.compiled import njit
from course_lib.potentials import pair_engine


def near_pairs(atoms, reach, of=None, to=None):
    """Every pair closer than ``reach``, in both orders.

    Parameters
    ----------
    atoms : ase.Atoms
        The structure.
    reach : float
        Largest distance of a pair in Å.
    of, to : arrays of int, optional
        Only pairs with i in ``of`` and j in ``to``; by default all atoms.

    Returns
    -------
    i, j : (P,) arrays of int
        Central atom and neighbour (or the atom of which it is a copy) of each pair, sorted by i.
    d : (P, 3) array
        Vectors from i to j in Å.
    """
    i, j, _, d = pair_engine.list_pairs(*_for_kernel(atoms, reach))
    if of is None and to is None:
        return i, j, d
    wanted = _chosen(atoms, of)[i] & _chosen(atoms, to)[j]
    return i[wanted], j[wanted], d[wanted]


def distance_histogram(atoms, reach, bins, of=None, to=None):
    """Number of distances in each of ``bins`` equal bins from 0 to ``reach`` (Å); each pair counts in both orders."""
    order, _, owner, _, _, place, start, near = pair_engine.find_neighbours(*_for_kernel(atoms, reach))
    of, to = (_chosen(atoms, chosen)[order][owner.astype(np.int64)] for chosen in (of, to))
    return _count(place, start, near, of, to, bins / reach, np.zeros(bins, np.int64))


def _for_kernel(atoms, reach):
    check_atoms(atoms)
    reach = positive("The reach (Å)", reach)
    return *pair_engine.as_kernel_arrays(atoms.positions, atoms.cell, atoms.pbc, reach), reach


def _chosen(atoms, indices):
    """Whether each atom is one of ``indices``."""
    chosen = np.full(len(atoms), indices is None)
    if indices is not None:
        chosen[chosen_atoms("The choice of atoms", indices, len(atoms))] = True
    return chosen


@njit(error_model="numpy")
def _count(place, start, near, of, to, per_length, counts):
    one, last = np.uint64(1), np.uint64(len(counts) - 1)
    for n in range(np.uint64(len(start) - 1)):
        x, y, z, n_of, n_to = place[n, 0], place[n, 1], place[n, 2], of[n], to[n]
        for k in range(start[n], start[n + one]):
            t = near[k]
            dx, dy, dz = place[t, 0] - x, place[t, 1] - y, place[t, 2] - z
            bin_of_pair = min(np.uint64(np.sqrt(dx * dx + dy * dy + dz * dz) * per_length), last)
            counts[bin_of_pair] += (n_of & to[t]) + (of[t] & n_to)
    return counts
