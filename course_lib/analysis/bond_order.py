"""Steinhardt's bond order: whether the neighbourhood of an atom is that of a crystal, and of which crystal."""

import numpy as np
from scipy.special import sph_harm_y

from course_lib.analysis.pairs import near_pairs
from course_lib.arguments import check_atoms, whole


def bond_order(atoms, l=6, reach=None, averaged=False):
    """Local bond order parameter of each atom; rotations do not change it.

    q_lm(i) = 1/n_i sum_j Y_lm(direction i to j),  q_l(i) = sqrt(4 pi/(2l+1) sum_m |q_lm(i)|^2)

    Steinhardt, Nelson and Ronchetti 1983, doi:10.1103/PhysRevB.28.784. Perfect crystals: fcc q4 = 0.191,
    q6 = 0.575; hcp 0.097, 0.485; bcc with 14 neighbours 0.036, 0.511 (Mickel et al. 2013, doi:10.1063/1.4774084).

    Parameters
    ----------
    atoms : ase.Atoms
        The structure.
    l : int
        Degree l of the spherical harmonics; 4 and 6 are usual.
    reach : float, optional
        Distance in Å up to which atoms count as neighbours; by default the 12 nearest atoms are the neighbours.
    averaged : bool
        Average q_lm over the atom and its neighbours first, which distinguishes liquid and crystal far better:
        Lechner and Dellago 2008, doi:10.1063/1.2977970.

    Returns
    -------
    (N,) array
        q_l of each atom, between 0 and 1; 0 for an atom without neighbours.
    """
    i, j, d = _neighbours(atoms, reach)
    q_lm, count = _q_lm(i, d, l, len(atoms))
    if averaged:
        around = np.zeros_like(q_lm)
        np.add.at(around, i, q_lm[j])
        q_lm = (q_lm + around) / (1 + count[:, None])
    return _length(q_lm, l)


def global_bond_order(atoms, l=6, reach=None):
    """Q_l of all bonds together: equal to :func:`bond_order` in a crystal, about 1/sqrt(bonds) in a liquid."""
    i, _, d = _neighbours(atoms, reach)
    q_lm, count = _q_lm(i, d, l, len(atoms))
    return float(_length(count @ q_lm / max(np.sum(count), 1), l))


def _q_lm(i, d, l, n):
    whole("l", l, least=0)
    r = np.linalg.norm(d, axis=1)
    polar, azimuth = np.arccos(np.clip(d[:, 2] / r, -1, 1)), np.arctan2(d[:, 1], d[:, 0])
    Y = sph_harm_y(l, np.arange(-l, l + 1), polar[:, None], azimuth[:, None])  # (bonds, 2l + 1)
    count = np.bincount(i, minlength=n)
    total = np.stack([np.bincount(i, y.real, n) + 1j * np.bincount(i, y.imag, n) for y in Y.T], axis=1)
    return total / np.maximum(count, 1)[:, None], count


def _length(q_lm, l):
    return np.sqrt(4 * np.pi / (2 * l + 1) * np.sum(np.abs(q_lm) ** 2, axis=-1))


def _neighbours(atoms, reach):
    return _nearest(atoms, 12) if reach is None else near_pairs(atoms, reach)


def _nearest(atoms, n):
    check_atoms(atoms)
    reach = 1.5 * max((_volume(atoms) / len(atoms)) ** (1 / 3), 1e-3)
    for _ in range(40):
        i, j, d = near_pairs(atoms, reach)
        if np.all(np.bincount(i, minlength=len(atoms)) >= n):
            order = np.lexsort((np.linalg.norm(d, axis=1), i))
            first = np.searchsorted(i, np.arange(len(atoms)))
            chosen = order[(first[:, None] + np.arange(n)).ravel()]
            return i[chosen], j[chosen], d[chosen]
        reach *= 1.3
    raise ValueError(f"An atom has no {n} neighbours: give reach, the distance to which an atom counts as one.")


def _volume(atoms):
    extent = np.ptp(atoms.positions, axis=0)
    return atoms.get_volume() if np.all(atoms.pbc) else np.prod(np.maximum(extent, 1.0))
