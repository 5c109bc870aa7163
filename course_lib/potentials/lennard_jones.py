"""The Lennard-Jones potential, as in the lecture and as an ASE calculator."""

import numpy as np
from ase.calculators.calculator import Calculator, all_changes
from ase.geometry import complete_cell
from ase.stress import full_3x3_to_voigt_6_stress

from course_lib.arguments import check_atoms, positive
from course_lib.potentials.neighbours import VerletList, minimum_image
from course_lib.settings import Settings

# Argon as in Rahman 1964 (doi:10.1103/PhysRev.136.A405): epsilon/k = 120 K, sigma = 3.4 Å.
ARGON_EPSILON = 120 * 8.617333262e-5  # eV
ARGON_SIGMA = 3.4  # Å
SAYS_WHOSE = "This calculator, by its epsilon, sigma and element,"  # begins the sentence about other elements


def pair_energy_and_slope(r, epsilon, sigma):
    """phi(r) = 4 epsilon [(sigma/r)^12 - (sigma/r)^6] and its slope dphi/dr.

    Lennard-Jones 1931, doi:10.1088/0959-5309/43/5/301. Units of ``epsilon`` and ``epsilon``/``sigma``.
    """
    s6 = (sigma / r) ** 6
    return 4 * epsilon * (s6**2 - s6), 4 * epsilon * (6 * s6 - 12 * s6**2) / r


def long_range_correction(n_atoms, volume, epsilon, sigma, cutoff):
    """Energy of the pairs beyond the cutoff, for a fluid that is uniform there.

    U_LRC = (8/3) pi N (N/V) epsilon sigma^3 [(sigma/rc)^9 / 3 - (sigma/rc)^3]

    Allen and Tildesley, Computer Simulation of Liquids, 2nd ed., section 2.8.
    """
    s3 = (sigma / cutoff) ** 3
    return 8 / 3 * np.pi * n_atoms**2 / volume * epsilon * sigma**3 * (s3**3 / 3 - s3)


def pressure_tail(n_atoms, volume, epsilon, sigma, cutoff):
    """Pressure of the pairs beyond the cutoff, for a fluid that is uniform there.

    P_LRC = (16/3) pi (N/V)^2 epsilon sigma^3 [(2/3) (sigma/rc)^9 - (sigma/rc)^3]

    Add it to the pressure of a simulation with that cutoff. Allen and Tildesley, Computer Simulation of Liquids,
    2nd ed., section 2.8.

    Parameters
    ----------
    n_atoms : int
        Number of atoms N.
    volume : float
        Volume V in Å^3.
    epsilon, sigma, cutoff : float
        Depth of the well in eV, distance of zero energy in Å, cutoff in Å.

    Returns
    -------
    float
        Pressure in eV/Å^3; divide it by ``ase.units.GPa`` to get GPa.
    """
    s3 = (sigma / cutoff) ** 3
    return 16 / 3 * np.pi * (n_atoms / volume) ** 2 * epsilon * sigma**3 * (2 / 3 * s3**3 - s3)


def check_parameters(epsilon, sigma, cutoff):
    """Check epsilon (eV), sigma and cutoff (Å): numbers above zero; a cutoff of None becomes 2.5 sigma."""
    epsilon, sigma = positive("epsilon", epsilon), positive("sigma", sigma)
    return epsilon, sigma, 2.5 * sigma if cutoff is None else positive("cutoff", cutoff)


class LennardJones(Settings, Calculator):
    """Lennard-Jones atoms of one element, with a cutoff, for ASE and for ``simulate()``.

    E = sum_i E_i with the site energies E_i = 1/2 sum_j phi(r_ij), r_ij < cutoff.

    Parameters
    ----------
    epsilon : float
        Depth of the well in eV; the default is argon.
    sigma : float
        Distance of zero energy in Å.
    cutoff : float, optional
        Cutoff in Å. If not given, it is 2.5 sigma and follows sigma when sigma is changed later.
    shift : bool
        Subtract phi(cutoff), so that a pair's energy is zero at the cutoff; forces do not change.
    skin : float
        Distance in Å by which the neighbour list reaches further than the cutoff.
    element : str
        The element these parameters are for; other elements are refused.
    """

    implemented_properties = ("energy", "energies", "forces", "stress", "free_energy")

    def __init__(self, epsilon=ARGON_EPSILON, sigma=ARGON_SIGMA, cutoff=None, shift=True, skin=1.0, element="Ar"):
        super().__init__()
        self._follow = ("cutoff",) if cutoff is None else ()
        self.epsilon, self.sigma, self.cutoff = epsilon, sigma, cutoff = check_parameters(epsilon, sigma, cutoff)
        self.shift, self.skin, self.element = shift, positive("skin", skin), element
        self.phi_at_cutoff = pair_energy_and_slope(cutoff, epsilon, sigma)[0] if shift else 0.0
        self.neighbours = VerletList(cutoff, self.skin)

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        """Energy (eV), site energies (eV), forces (eV/Å) and, for a periodic cell, stress (eV/Å^3)."""
        super().calculate(atoms, properties, system_changes)
        check_atoms(atoms, (self.element,), SAYS_WHOSE)
        if "numbers" in system_changes:  # other atoms, or the first time since reset(): start from nothing
            self.neighbours = VerletList(self.cutoff, self.skin)
        r, cell, pbc = atoms.positions, complete_cell(atoms.cell), atoms.pbc
        i, j = self.neighbours.pairs(r, cell, pbc)
        d = minimum_image(r[j] - r[i], cell, pbc)  # (P, 3), from i to j
        distance = np.linalg.norm(d, axis=1)
        near = distance < self.cutoff
        i, j, d, distance = i[near], j[near], d[near], distance[near]
        if np.any(distance < 1e-6):
            pair = np.argmin(distance)
            raise ValueError(f"Atoms {i[pair]} and {j[pair]} lie on the same spot: move one of them.")
        phi, slope = pair_energy_and_slope(distance, self.epsilon, self.sigma)
        phi = phi - self.phi_at_cutoff
        pull = (slope / distance)[:, None] * d  # force on i; on j it is the opposite: Newton's third law
        n = len(atoms)
        site = 0.5 * (np.bincount(i, phi, n) + np.bincount(j, phi, n))
        forces = np.stack([np.bincount(i, f, n) - np.bincount(j, f, n) for f in pull.T], axis=1)
        self.results = {"energy": site.sum(), "free_energy": site.sum(), "energies": site, "forces": forces}
        if pbc.all():
            self.results["stress"] = full_3x3_to_voigt_6_stress(d.T @ pull / atoms.get_volume())
