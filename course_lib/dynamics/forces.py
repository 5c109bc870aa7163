"""Forces along a path: the one thing that the loop of a simulation asks of a calculator, compiled or not."""

from typing import Any

import numpy as np
from ase import Atoms

LEAP = 5.0  # Å in one step: no atom that is not shot out of the system moves so far


class CalculatorForces:
    """Forces of any ASE calculator, as a function of the positions.

    Parameters
    ----------
    atoms : ase.Atoms
        With a calculator; their positions follow the path.

    Attributes
    ----------
    blown_up : bool
        Whether positions came that are not numbers, or so far from the last ones that no simulation goes there; the
        forces are zero from then on, and the calculator is not asked any more.
    """

    def __init__(self, atoms: Atoms) -> None:
        self._atoms, self.blown_up = atoms, False

    def __call__(self, r: np.ndarray) -> np.ndarray:
        """Forces (N, 3) in eV/Å at the positions ``r`` (N, 3) in Å, whatever constraints the atoms have."""
        moved = np.max(np.abs(r - self._atoms.positions), initial=0.0)
        self.blown_up |= not moved < LEAP  # so that NaN counts as blown up
        if self.blown_up:
            return np.zeros_like(r)
        self._atoms.positions = r
        return self._atoms.get_forces(apply_constraint=False)


def forces_of(atoms: Atoms) -> Any:
    """The force function of ``atoms``: straight from the compiled engine where their calculator is one."""
    return atoms.calc.walker(atoms) if hasattr(atoms.calc, "walker") else CalculatorForces(atoms)
