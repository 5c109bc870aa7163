"""What a pair potential predicts for a crystal: a test of a potential that was fitted to pairs only."""

from functools import cache
from typing import NamedTuple

import numpy as np
from ase import units
from ase.data import atomic_masses
from scipy.optimize import minimize_scalar

ARGON_MASS = atomic_masses[18]  # u
HBAR = units._hbar * units.J * units.second  # in eV times ASE's unit of time; masses are then in u


class Crystal(NamedTuple):
    """An fcc crystal at rest: lattice constant (Å) and energy per atom (eV)."""

    lattice_constant: float
    energy: float


@cache
def fcc_shells(reach=20):
    """Distances (in lattice constants) and numbers of the neighbours of an atom in an fcc crystal.

    Returns
    -------
    distance, count : (S,) arrays
        All shells up to ``reach`` lattice constants; of a sum over r^-6 they leave out less than 2e-5.
    """
    i, j, k = np.meshgrid(*[np.arange(-2 * reach, 2 * reach + 1)] * 3, indexing="ij", sparse=True)
    squares = (i**2 + j**2 + k**2)[(i + j + k) % 2 == 0]  # atoms sit at half-integer points with an even sum
    squares, count = np.unique(squares[(squares > 0) & (squares <= (2 * reach) ** 2)], return_counts=True)
    return np.sqrt(squares) / 2, count


def static_energy(pair, lattice_constant):
    """Energy per atom of the resting crystal, E = 1/2 sum_j phi(r_j), in eV."""
    distance, count = fcc_shells()
    return 0.5 * np.sum(count * pair(lattice_constant * distance))


def zero_point_energy(pair, lattice_constant, mass=ARGON_MASS):
    """Quantum energy per atom at 0 K in Einstein's model, 3/2 hbar omega, in eV.

    Each atom vibrates in the cage of its resting neighbours,
    m omega^2 = 1/3 sum_j [phi''(r_j) + 2 phi'(r_j)/r_j].
    Einstein 1907, doi:10.1002/andp.19063270110.

    Raises
    ------
    ValueError
        Where the cage does not hold the atom (the crystal is stretched too far).
    """
    distance, count = fcc_shells()
    r = lattice_constant * distance
    stiffness = np.sum(count * (pair(r, derivative=2) + 2 * pair(r, derivative=1) / r)) / 3
    if stiffness <= 0:
        raise ValueError(f"At a lattice constant of {lattice_constant:.3f} Å no atom is held in its place.")
    return 1.5 * HBAR * np.sqrt(stiffness / mass)


def equilibrium(energy, around):
    """The lattice constant of lowest energy.

    Parameters
    ----------
    energy : callable
        Energy per atom (eV) as a function of the lattice constant (Å).
    around : float
        Lattice constant in Å around which the minimum is searched, within 6 %.

    Returns
    -------
    Crystal
    """
    low, high = 0.94 * around, 1.06 * around
    found = minimize_scalar(energy, bounds=(low, high), method="bounded", options={"xatol": 1e-6})
    if min(found.x - low, high - found.x) < 1e-3:
        raise ValueError(f"There is no crystal with a lattice constant between {low:.2f} and {high:.2f} Å.")
    return Crystal(float(found.x), float(found.fun))


def triple_dipole_energy(lattice_constant, c9, reach=4):
    """Energy per atom of all triples of fluctuating dipoles, in eV: the three-body energy that pairs leave out.

    E_ijk = C9 (1 + 3 cos a cos b cos c) / (r_ij r_jk r_ki)^3 with the angles a, b, c of the triangle.
    Axilrod and Teller 1943, doi:10.1063/1.1723844.

    Parameters
    ----------
    lattice_constant : float
        Lattice constant of the fcc crystal in Å.
    c9 : float
        Coefficient C9 in eV Å^9.
    reach : float
        Largest distance of a neighbour, in lattice constants.
    """
    steps = np.arange(-2 * reach, 2 * reach + 1)
    points = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    squares = np.sum(points**2, axis=1)
    points = points[(points.sum(axis=1) % 2 == 0) & (squares > 0) & (squares <= (2 * reach) ** 2)] / 2
    total, r = 0.0, np.linalg.norm(points, axis=1)
    for n in range(1, len(points)):  # the triangle of the atom at the origin, neighbour n and an earlier one
        a2, b2, c2 = r[n] ** 2, r[:n] ** 2, np.sum((points[:n] - points[n]) ** 2, axis=1)
        cosines = (a2 + b2 - c2) * (b2 + c2 - a2) * (c2 + a2 - b2) / (8 * a2 * b2 * c2)
        total += np.sum((1 + 3 * cosines) / (a2 * b2 * c2) ** 1.5)
    return c9 * total / 3 / lattice_constant**9  # each triple belongs to three atoms
