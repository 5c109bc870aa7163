"""The neighbourhood of every atom as directed edges: what all learned potentials are built on."""

from dataclasses import dataclass

import numpy as np

from course_lib.potentials.pair_engine import neighbour_list


@dataclass(frozen=True)
class Edges:
    """All pairs closer than a cutoff, both ways round, in any cell.

    Each edge belongs to the atom ``i`` that looks. Whatever has been differentiated with respect to the edges gives
    forces by :func:`forces_from_edges`.

    Attributes
    ----------
    i, j : (P,) arrays of int
        Who looks, and at whom; sorted by i.
    D : (P, 3) array
        From i to j (or to its periodic copy), in Å.
    r : (P,) array
        Length of D.
    numbers : (N,) array of int
        Atomic numbers.
    """

    i: np.ndarray
    j: np.ndarray
    D: np.ndarray
    r: np.ndarray
    numbers: np.ndarray

    def __len__(self):
        return len(self.i)

    @classmethod
    def of(cls, atoms, cutoff):
        """The edges of ``atoms`` (ase.Atoms) up to ``cutoff`` in Å."""
        if len(atoms) == 0:
            raise ValueError("There are no atoms: an energy needs at least one.")
        i, j, _, D = neighbour_list(atoms.positions, atoms.cell.array, atoms.pbc, cutoff)
        r = np.linalg.norm(D, axis=1)
        if len(r) and r.min() < 1e-6:
            at = np.argmin(r)
            raise ValueError(f"Atoms {i[at]} and {j[at]} lie on the same spot: move one of them.")
        return cls(i, j, D, r, atoms.numbers.copy())

    def pairs_at_a_corner(self):
        """Every unordered pair of edges that share their first atom.

        Returns
        -------
        a, b : (T,) arrays of int
            Indices of the two edges, a < b.
        """
        start = np.searchsorted(self.i, np.arange(len(self.numbers) + 1))
        degree = np.diff(start)
        a, b = [], []
        for n in np.unique(degree):
            if n < 2:
                continue
            first, second = np.triu_indices(n, 1)
            corner = start[:-1][degree == n, None]
            a.append((corner + first).ravel())
            b.append((corner + second).ravel())
        if not a:
            return np.zeros(0, int), np.zeros(0, int)
        return np.concatenate(a), np.concatenate(b)


def forces_from_edges(dE_dD, i, j, n_atoms):
    """Forces from the derivatives of the energy with respect to the edges D = r_j - r_i.

    F_k = sum over edges from k of dE/dD - sum over edges to k of dE/dD

    Parameters
    ----------
    dE_dD : (P, 3) array
        In eV/Å.
    i, j : (P,) arrays of int
    n_atoms : int

    Returns
    -------
    (N, 3) array
        In eV/Å.
    """
    return np.stack(
        [np.bincount(i, g, n_atoms) - np.bincount(j, g, n_atoms) for g in np.asarray(dE_dD).T],
        axis=1,
    )
