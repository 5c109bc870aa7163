"""The shipped tables of silicon by DFT (made by ``make_silicon_solid.py``), and their equation of state."""

from typing import NamedTuple

import numpy as np
from ase import units
from ase.eos import EquationOfState

from course_lib.data.shipped import FOLDER
from course_lib.data.table import read_table

COMMAND = "python -m course_lib.data.make_silicon_solid"
TABLES = {
    "lattice": "silicon_lattice.csv",
    "cutoff": "silicon_cutoff.csv",
    "kpoints": "silicon_kpoints.csv",
    "phonon": "silicon_phonon.csv",
}
ATOMS_PER_CUBE = 8  # in a cube with edge a


class SiliconTables(NamedTuple):
    """Columns of each table by name, with their units, and ``about``, how and when each was made.

    ``lattice``: ``a_A``, ``energy_eV`` per atom and ``pressure_GPa``; ``cutoff`` and ``kpoints``: the same at one
    lattice constant, with ``cutoff_eV`` or ``kpoints`` and ``cpu_s``; ``phonon``: one of the two atoms of the cell
    moved by ``d_A`` along the bond, ``energy_eV`` of the cell and the ``force_eV_A`` on it along the bond.
    """

    lattice: dict
    cutoff: dict
    kpoints: dict
    phonon: dict
    about: dict


def load_silicon(folder=FOLDER):
    """Read the tables after their checksums; a missing or damaged one is an error with the command to remake it.

    Returns
    -------
    SiliconTables
    """
    read = {name: read_table(file, COMMAND, folder) for name, file in TABLES.items()}
    return SiliconTables(
        **{name: columns for name, (columns, _) in read.items()},
        about={name: about for name, (_, about) in read.items()},
    )


def equation_of_state(a, energy):
    """Lattice constant and bulk modulus of diamond from the Birch-Murnaghan equation of state.

    Birch 1947, doi:10.1103/PhysRev.71.809, as ``ase.eos`` fits it.

    Parameters
    ----------
    a : (n,) array
        Lattice constants in Å.
    energy : (n,) array
        Energies per atom in eV.

    Returns
    -------
    a0, bulk_modulus, energy0 : float
        In Å, GPa and eV per atom.
    """
    fit = EquationOfState(np.asarray(a) ** 3 / ATOMS_PER_CUBE, energy, eos="birchmurnaghan")
    volume, energy0, bulk_modulus = fit.fit()
    return (ATOMS_PER_CUBE * volume) ** (1 / 3), bulk_modulus / units.GPa, energy0
