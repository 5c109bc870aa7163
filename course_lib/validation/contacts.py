"""Two atoms alone: the dimer curve, and what happens when they come too close."""

from typing import NamedTuple

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii

from course_lib.arguments import interval, list_of_elements, whole
from course_lib.validation.prepare import with_calculator

BOX = 20.0  # Å: periodic, as some universal potentials know crystals only
CLOSE = 0.8  # of the sum of the covalent radii: from here inwards nothing but repulsion is known


class Dimer(NamedTuple):
    """Energy of two atoms against their distance.

    Attributes
    ----------
    r : (n,) array
        Distances in Å, ascending.
    energy : (n,) array
        Energy in eV, relative to the two atoms 10 Å apart.
    turnover : float or None
        The distance in Å at which the energy first falls while the atoms approach, searched from 0.8 times the sum of
        their covalent radii inwards; None if the energy rises all the way.
    """

    r: np.ndarray
    energy: np.ndarray
    turnover: float | None

    @property
    def well(self):
        """Place (Å) and depth (eV) of the lowest energy."""
        lowest = int(np.argmin(self.energy))
        return float(self.r[lowest]), float(-self.energy[lowest])


def dimer(potential, pair, distances=(0.3, 6.0), points=115):
    """The energy curve of a pair of atoms in a periodic box of 20 Å.

    Parameters
    ----------
    potential : Potential or ASE calculator
        What is tested.
    pair : tuple of str
        Symbols of the two elements.
    distances : tuple of float
        The first and the last distance in Å, below 10 Å.
    points : int
        Number of distances.

    Returns
    -------
    Dimer
    """
    pair, (first, last) = list_of_elements(pair), interval("distances (Å)", distances)
    if len(pair) != 2:
        raise ValueError(f"pair is {', '.join(pair)}: give two symbols.")
    if not 0 < first < last < BOX / 2:
        raise ValueError(f"distances go from {first} to {last} Å: give two that rise, above 0 and below {BOX / 2:g}.")
    r, E = np.linspace(first, last, whole("points", points, least=5)), []
    atoms = with_calculator(potential, Atoms(pair, [[0.1] * 3, [BOX / 2 + 0.1, 0.1, 0.1]], cell=[BOX] * 3, pbc=True))
    for distance in (BOX / 2, *r):
        atoms.positions[1, 0] = 0.1 + distance
        E.append(atoms.get_potential_energy())
    E = np.array(E[1:]) - E[0]
    close = r < CLOSE * sum(covalent_radii[atomic_numbers[symbol]] for symbol in pair)
    falls = np.flatnonzero((np.diff(E) >= 0) & close[1:])  # rises with r: falls while the atoms approach
    return Dimer(r, E, float(r[falls[-1] + 1]) if len(falls) else None)
