"""Which atoms a simulation may move, and how many velocity components are free."""

import numpy as np
from ase.constraints import FixAtoms


def movable(atoms):
    """Whether each atom may move, (N,) of bool.

    Raises
    ------
    ValueError
        For constraints other than ``FixAtoms``, and if all atoms are fixed.
    """
    free = np.ones(len(atoms), bool)
    for constraint in atoms.constraints:
        if not isinstance(constraint, FixAtoms):
            raise ValueError(
                f"The atoms carry a {type(constraint).__name__}, and only FixAtoms is obeyed here: take it off with "
                "atoms.set_constraint(), or use ASE's own dynamics."
            )
        free[constraint.index] = False
    if len(atoms) and not free.any():
        raise ValueError("All atoms are fixed: let at least one of them move.")
    return free


def degrees_of_freedom(atoms, momentum_conserved=True):
    """Free velocity components: 3 for each atom that may move, less 3 where the total momentum is conserved.

    Parameters
    ----------
    atoms : ase.Atoms
    momentum_conserved : bool
        Whether the motion keeps the total momentum at zero; with a fixed atom it cannot.

    Returns
    -------
    int
        Number of free velocity components. ASE does not consider conserved momentum, and differs for an atom that is
        fixed twice.
    """
    free = movable(atoms)
    components = 3 * int(free.sum())
    return max(components - 3, 1) if momentum_conserved and free.all() else components
