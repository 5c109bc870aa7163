"""Forces as a function of the positions: all that the simulation loop needs of a calculator, compiled or not."""

from functools import partial
from typing import Any

import numpy as np
from ase import Atoms

LEAP = 5.0  # Å: an atom that moves further in one step has been shot out of the system


class CalculatorForces:
    """Forces of a calculator as a function of the positions.

    A calculator that has ``force_function(atoms)``, as every potential of the course has, is asked for forces alone;
    any other is called through ASE, and then the positions of ``atoms`` are changed in place.

    Parameters
    ----------
    atoms : ase.Atoms
        Atoms with a calculator.

    Attributes
    ----------
    blown_up : bool
        Whether a position was not a finite number, or an atom moved further in one step than in any real simulation.
        From then on the forces are zero, and the calculator is not called any more.
    """

    def __init__(self, atoms: Atoms) -> None:
        direct = getattr(atoms.calc, "force_function", None)
        self._forces = direct(atoms) if direct else partial(_through_ase, atoms)
        self._last, self.blown_up = atoms.positions.copy(), False

    def __call__(self, r: np.ndarray) -> np.ndarray:
        """Forces (N, 3) in eV/Å at the positions ``r`` (N, 3) in Å; constraints are ignored."""
        moved = np.max(np.abs(r - self._last), initial=0.0)
        self.blown_up |= not moved < LEAP  # so that NaN counts as blown up
        if self.blown_up:
            return np.zeros_like(r)
        self._last = r.copy()
        return self._forces(r)


def _through_ase(atoms: Atoms, r: np.ndarray) -> np.ndarray:
    atoms.positions = r
    return atoms.get_forces(apply_constraint=False)


def forces_of(atoms: Atoms) -> Any:
    """The force function of ``atoms``: directly from the compiled engine if their calculator has one."""
    return atoms.calc.walker(atoms) if hasattr(atoms.calc, "walker") else CalculatorForces(atoms)
