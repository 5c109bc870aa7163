"""Relaxation with torsion angles held: one point of a scan after the other."""

from ase.constraints import FixInternals
from ase.optimize import BFGS


def relaxed(atoms, calculator, held=(), fmax=0.01, steps=500):
    """A copy of a molecule at the minimum of the energy next to it.

    Parameters
    ----------
    atoms : ase.Atoms
    calculator : ase.calculators.calculator.Calculator
    held : sequence of (4,) int
        Torsions that keep the angle they have, each as the numbers of its four atoms.
    fmax : float
        In eV/Å: relaxed when no force, but for what holds the torsions, is larger.
    steps : int
        Largest number of them.

    Returns
    -------
    ase.Atoms
        With the calculator, and without the constraint.

    Raises
    ------
    RuntimeError
        Where it did not relax in so many steps.
    """
    atoms = atoms.copy()
    atoms.calc = calculator
    if len(held):
        atoms.set_constraint(FixInternals(dihedrals_deg=[[atoms.get_dihedral(*four), list(four)] for four in held]))
    if not BFGS(atoms, logfile=None).run(fmax=fmax, steps=steps):
        raise RuntimeError(f"{atoms.symbols} did not relax in {steps} steps: is the potential smooth here?")
    atoms.set_constraint()
    return atoms
