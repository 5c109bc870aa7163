"""Heat capacity from how much the energy fluctuates."""

import numpy as np
from ase import units

from course_lib.analysis.error_bars import jackknife
from course_lib.arguments import positive, whole


def heat_capacity(total_energy, temperature, blocks=20):
    """Heat capacity at constant volume, from a canonical (thermostatted) simulation.

    C_V = (<E^2> - <E>^2) / (k T^2)

    Valid for thermostats that sample the canonical ensemble, so not for Berendsen's. Allen and Tildesley, Computer
    Simulation of Liquids, 2nd ed., section 2.5.

    Parameters
    ----------
    total_energy : (F,) array
        Kinetic plus potential energy in eV.
    temperature : float
        What the thermostat held, in K.
    blocks : int
        How many the error is taken from; each must be longer than the correlation time.

    Returns
    -------
    Mean
        In eV/K for the whole system.
    """
    T = positive("The temperature (K)", temperature)
    return jackknife(lambda E: np.var(E) / (units.kB * T**2), total_energy, blocks=blocks)


def heat_capacity_nve(kinetic_energy, free, blocks=20):
    """Heat capacity at constant volume, from a simulation at constant energy.

    <dK^2> = (f/2) (kT)^2 [1 - f k / (2 C_V)],  kT = 2 <K> / f

    Lebowitz, Percus and Verlet 1967, doi:10.1103/PhysRev.153.250.

    Parameters
    ----------
    kinetic_energy : (F,) array
        In eV.
    free : int
        f, the number of free velocity components: 3N - 3.
    blocks : int

    Returns
    -------
    Mean
        In eV/K for the whole system.
    """
    free = whole("free", free)

    def estimate(K):
        kT = 2 * np.mean(K) / free
        return 0.5 * free * units.kB / (1 - np.var(K) / (0.5 * free * kT**2))

    return jackknife(estimate, kinetic_energy, blocks=blocks)
