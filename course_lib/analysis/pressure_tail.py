"""What the cutoff takes from the pressure of a Lennard-Jones fluid."""

import numpy as np


def pressure_tail(n_atoms, volume, epsilon, sigma, cutoff):
    """Pressure of the pairs beyond the cutoff, for a fluid that is uniform there.

    P_LRC = (16/3) pi (N/V)^2 epsilon sigma^3 [(2/3) (sigma/rc)^9 - (sigma/rc)^3]

    To be added to the pressure of a simulation with that cutoff. Allen and Tildesley, Computer Simulation of Liquids,
    2nd ed., section 2.8.

    Parameters
    ----------
    n_atoms : int
    volume : float
        In Å^3.
    epsilon, sigma, cutoff : float
        In eV, Å, Å.

    Returns
    -------
    float
        In eV/Å^3; divide by ``ase.units.GPa``.
    """
    s3 = (sigma / cutoff) ** 3
    return 16 / 3 * np.pi * (n_atoms / volume) ** 2 * epsilon * sigma**3 * (2 / 3 * s3**3 - s3)
