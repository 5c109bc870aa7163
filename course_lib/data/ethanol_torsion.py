"""Ethanol's O-H group turned step by step, everything else relaxed: by any calculator, and the shipped scan of PBE."""

import ase.io
from ase.constraints import FixInternals
from ase.optimize import BFGS

from course_lib.data.ethanol import TORSION
from course_lib.data.shipped import FOLDER, checked_path
from course_lib.structures import ethanol

FILE = "ethanol_torsion.extxyz"
COMMAND = "python -m course_lib.data.make_ethanol_torsion"
ANGLES = tuple(range(0, 181, 15))  # degrees of C-C-O-H; 180 is trans


def turned_ethanol(degrees):
    """Ethanol with its C-C-O-H torsion at ``degrees``, not relaxed."""
    atoms = ethanol()
    atoms.set_dihedral(*TORSION, degrees, indices=[TORSION[-1]])
    return atoms


def relaxed_at(degrees, calculator, fmax=0.01):
    """Ethanol relaxed with its torsion held at ``degrees``.

    Parameters
    ----------
    degrees : float
    calculator : ase.calculators.calculator.Calculator
    fmax : float
        In eV/Å: relaxed when no force, but for what holds the torsion, is larger.

    Returns
    -------
    ase.Atoms
        With the calculator, and without the constraint.
    """
    atoms = turned_ethanol(degrees)
    atoms.calc = calculator
    atoms.set_constraint(FixInternals(dihedrals_deg=[[degrees, list(TORSION)]]))
    if not BFGS(atoms, logfile=None).run(fmax=fmax, steps=200):
        raise RuntimeError(f"Ethanol did not relax at {degrees}° in 200 steps: is the potential smooth here?")
    atoms.set_constraint()
    return atoms


def load_ethanol_torsion(folder=FOLDER):
    """Read the shipped scan after its checksum.

    Returns
    -------
    list of ase.Atoms
        One for each of ``ANGLES``, relaxed with PBE/def2-SVP, with its energy (eV) and forces (eV/Å).
        ``info["gfn2_energy"]`` is the energy of GFN2-xTB, relaxed by itself at the same torsion.
    """
    return ase.io.read(checked_path(FILE, COMMAND, folder), index=":", format="extxyz")
