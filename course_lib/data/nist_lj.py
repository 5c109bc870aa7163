"""NIST's reference calculations for the Lennard-Jones fluid.

Four configurations in a cubic box, with energies and virials in reduced units (epsilon = sigma = 1), and the mean
energy of a liquid from Monte Carlo: NIST Standard Reference Simulation Website, doi:10.18434/T4M88Q, public domain.
"""

import numpy as np
from ase import Atoms

from course_lib.arguments import whole
from course_lib.data.public import public_file

SOURCE = "NIST's page 'Lennard-Jones Fluid Reference Calculations: Cuboid Cell' (doi:10.18434/T4M88Q)"

# The values of NIST, five digits: U and the virial W at cutoff 3, the long-range correction U_LRC, U at cutoff 4.
PUBLISHED = {
    1: (-4351.5, -568.67, -198.49, -4467.5),
    2: (-690.00, -568.46, -24.230, -704.60),
    3: (-1146.7, -1164.9, -49.622, -1175.4),
    4: (-16.790, -46.249, -0.54517, -17.060),
}
# Mean energy per atom of the liquid at T = 0.85 by density: Monte Carlo, cutoff 3 and long-range correction.
LIQUID_ENERGY = {0.776: -5.5121, 0.82: -5.7947, 0.86: -6.0305, 0.90: -6.2391}


def read_configuration(number, folder=None):
    """One of NIST's configurations, 1 to 4, in reduced units.

    Returns
    -------
    ase.Atoms
        The atoms have the symbol Ar; one "Å" stands for one sigma.

    Raises
    ------
    ValueError
        For another number, and for a file that is not complete.
    FileNotFoundError
        If the file is missing; the message says where to get it.
    """
    if whole("The number of the configuration", number) not in PUBLISHED:
        raise ValueError(f"There is no configuration {number}: NIST has 1, 2, 3 and 4.")
    path = public_file(f"nist_lj/c{int(number)}.txt", SOURCE, folder)
    try:
        edges, n_atoms, *rows = path.read_text().split("\n")
        positions = np.array([row.split()[1:] for row in rows[: int(n_atoms)]], float).reshape(int(n_atoms), 3)
        return Atoms(f"Ar{int(n_atoms)}", positions, cell=np.array(edges.split(), float).reshape(3), pbc=True)
    except ValueError as error:
        raise ValueError(f"{path} is not the file that NIST gives ({error}): get it again from {SOURCE}.") from error
