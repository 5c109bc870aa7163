"""What all quantities of the card begin with: a copy with the calculator, a crystal at rest, a supercell."""

import numpy as np
from ase.calculators.calculator import BaseCalculator
from ase.filters import FrechetCellFilter
from ase.optimize import BFGS, FIRE

from course_lib.arguments import check_atoms, positive, whole


def with_calculator(potential, crystal):
    """A copy of a crystal with the calculator of a potential.

    Parameters
    ----------
    potential : Potential or ASE calculator
        What is tested: a fitted potential, a universal one, DFT.
    crystal : ase.Atoms
        Periodic in all three directions; it is not changed, and its constraints are left out.

    Raises
    ------
    ValueError
        If this is not a potential or not a crystal.
    """
    calculator = potential.calculator() if hasattr(potential, "calculator") else potential
    if isinstance(calculator, type) or not isinstance(calculator, BaseCalculator):
        raise ValueError(f"This is {calculator!r}: give an ASE calculator or a fitted potential.")
    check_atoms(crystal)
    if not crystal.pbc.all():
        raise ValueError(
            f"{crystal.symbols} is not periodic in all directions: give a crystal, with cell and pbc=True."
        )
    atoms = crystal.copy()
    atoms.set_constraint()
    atoms.calc = calculator
    return atoms


def at_rest(potential, crystal, cell=True, fmax=0.005, steps=300):
    """The crystal with relaxed positions and, with ``cell``, relaxed cell vectors.

    Parameters
    ----------
    potential, crystal
        See :func:`with_calculator`.
    cell : bool
        Relax the cell too; this needs stress.
    fmax : float
        Largest force in eV/Å that may be left (with ``cell`` also the largest stress times volume per atom, in eV).
    steps : int
        Largest number of steps.

    Raises
    ------
    RuntimeError
        If it does not come to rest in ``steps`` steps.
    """
    atoms = with_calculator(potential, crystal)
    fmax, steps = positive("fmax (eV/Å)", fmax), whole("steps", steps)
    # a crystal with its cell is small and stiff: BFGS; many atoms around a defect: FIRE forgives a bad start
    search = BFGS(FrechetCellFilter(atoms), logfile=None) if cell else FIRE(atoms, logfile=None)
    if not search.run(fmax=fmax, steps=steps):
        raise RuntimeError(f"{atoms.symbols} did not come to rest in {steps} steps: is the potential smooth here?")
    return atoms


def supercell(crystal, edge=10.0):
    """The crystal repeated until every edge of the cell is at least ``edge`` Å long."""
    return crystal.repeat(np.ceil(positive("The edge (Å)", edge) / crystal.cell.lengths() - 1e-9).astype(int))
