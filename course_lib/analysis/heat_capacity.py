"""Heat capacity from the fluctuations of the energy."""

import numpy as np
from ase import units

from course_lib.analysis.error_bars import jackknife
from course_lib.arguments import positive, whole


def heat_capacity(total_energy, temperature, blocks=20):
    """Heat capacity at constant volume, from a canonical (thermostatted) simulation.

    C_V = (<E^2> - <E>^2) / (k T^2)

    Valid for thermostats that sample the canonical ensemble; Berendsen's thermostat does not. Allen and Tildesley,
    Computer Simulation of Liquids, 2nd ed., section 2.5.

    Parameters
    ----------
    total_energy : (F,) array
        Kinetic plus potential energy in eV.
    temperature : float
        Temperature of the thermostat in K.
    blocks : int
        Number of blocks for the error; each must be longer than the correlation time.

    Returns
    -------
    Mean
        Heat capacity of the whole system in eV/K.
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
        Kinetic energy in eV.
    free : int
        f, the number of free velocity components: 3N - 3.
    blocks : int
        Number of blocks for the error; each must be longer than the correlation time.

    Returns
    -------
    Mean
        Heat capacity of the whole system in eV/K.
    """
    free = whole("free", free)

    def estimate(K):
        kT = 2 * np.mean(K) / free
        return 0.5 * free * units.kB / (1 - np.var(K) / (0.5 * free * kT**2))

    return jackknife(estimate, kinetic_energy, blocks=blocks)
