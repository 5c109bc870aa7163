"""NIST's reference calculations for the Lennard-Jones fluid, and the shipped table of ours beside them.

Four configurations in a cubic box, with energies and virials in reduced units (epsilon = sigma = 1), and the mean
energy of a liquid from Monte Carlo: NIST Standard Reference Simulation Website, doi:10.18434/T4M88Q, public domain.
"""

import numpy as np
from ase import Atoms

from course_lib.data.public import public_file
from course_lib.data.shipped import FOLDER
from course_lib.data.table import read_table
from course_lib.potentials.lennard_jones import LennardJones, long_range_correction

TABLE = "nist_lj_check.csv"
COMMAND = "python -m course_lib.data.make_nist_check --data FOLDER"
SOURCE = "NIST's page 'Lennard-Jones Fluid Reference Calculations: Cuboid Cell' (doi:10.18434/T4M88Q)"
COLUMNS = {"configuration": ".0f", "atoms": ".0f", "U_rc3": ".8f", "W_rc3": ".8f", "U_LRC_rc3": ".8f", "U_rc4": ".8f"}

# As NIST prints them, five digits; the columns of COLUMNS from U_rc3 on.
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
        Called Ar; one "Å" of it is one sigma.
    """
    if number not in PUBLISHED:
        raise ValueError(f"There is no configuration {number}: NIST has 1, 2, 3 and 4.")
    lines = public_file(f"nist_lj/c{number}.txt", SOURCE, folder).read_text().split("\n")
    n_atoms = int(lines[1])
    positions = np.array([line.split()[1:] for line in lines[2 : 2 + n_atoms]], float)
    return Atoms(f"Ar{n_atoms}", positions, cell=np.array(lines[0].split(), float), pbc=True)


def our_row(number, folder=None):
    """What our potential says about a configuration, in the order of ``COLUMNS``."""
    atoms = read_configuration(number, folder)
    row = {}
    for cutoff in (3.0, 4.0):
        atoms.calc = LennardJones(epsilon=1.0, sigma=1.0, cutoff=cutoff, shift=False)
        row[f"U_rc{cutoff:.0f}"] = atoms.get_potential_energy()
        # The virial sum_pairs r . f, where stress is -f r / V
        row[f"W_rc{cutoff:.0f}"] = -np.sum(atoms.get_stress()[:3]) * atoms.get_volume()
    row["U_LRC_rc3"] = long_range_correction(len(atoms), atoms.get_volume(), 1.0, 1.0, 3.0)
    row |= {"configuration": number, "atoms": len(atoms)}
    return [row[name] for name in COLUMNS]


def load_nist_check(folder=FOLDER):
    """The shipped table of our numbers, with the published ones beside them.

    Returns
    -------
    ours, published : (4, 4) arrays
        Rows: configurations 1 to 4; columns: U (cutoff 3), virial W (cutoff 3), long-range correction, U (cutoff 4).
    about : str
        How and when our numbers were made.
    """
    columns, about = read_table(TABLE, COMMAND, folder)
    ours = np.stack([columns[name] for name in list(COLUMNS)[2:]], axis=1)
    return ours, np.array(list(PUBLISHED.values())), about
