"""The pressure of atoms at one moment."""

import numpy as np


def pressure(atoms):
    """Pressure at this moment in eV/Å^3 (divide by ``ase.units.GPa``): P = N k T / V + W / V.

    T is the kinetic temperature of the 3N - 3 free velocity components, and the virial W/V is minus a third of the
    trace of the calculator's stress.

    Parameters
    ----------
    atoms : ase.Atoms
        Periodic, with velocities and a calculator that gives stress.
    """
    if not np.all(atoms.pbc):
        raise ValueError("These atoms are not periodic in all directions: they have no volume, and so no pressure.")
    n = len(atoms)
    ideal = 2 * atoms.get_kinetic_energy() / 3 * n / max(n - 1, 1)  # N k T, the motion of the centre of mass restored
    return ideal / atoms.get_volume() - np.mean(atoms.get_stress()[:3])
