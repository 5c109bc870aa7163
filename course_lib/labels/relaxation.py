"""Relaxation of a molecule with torsion angles held, as for the points of a torsion scan."""

from ase.constraints import FixInternals
from ase.optimize import BFGS


def relaxed(atoms, calculator, held=(), fmax=0.01, steps=500):
    """A copy of a molecule, relaxed to the nearest minimum of the energy.

    Parameters
    ----------
    atoms : ase.Atoms
        The molecule; it is not changed.
    calculator : ase.calculators.calculator.Calculator
        Gives energy and forces.
    held : sequence of (4,) int
        Torsions that keep their angle, each given by the indices of its four atoms.
    fmax : float
        The molecule is relaxed when no force is larger than this, in eV/Å; forces along held torsions do not count.
    steps : int
        Largest number of steps.

    Returns
    -------
    ase.Atoms
        The relaxed molecule with the calculator and without the constraint.

    Raises
    ------
    RuntimeError
        If it did not relax within ``steps`` steps.
    """
    atoms = atoms.copy()
    atoms.calc = calculator
    if len(held):
        atoms.set_constraint(FixInternals(dihedrals_deg=[[atoms.get_dihedral(*four), list(four)] for four in held]))
    if not BFGS(atoms, logfile=None).run(fmax=fmax, steps=steps):
        raise RuntimeError(f"{atoms.symbols} did not relax in {steps} steps: is the potential smooth here?")
    atoms.set_constraint()
    return atoms
