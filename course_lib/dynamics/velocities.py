"""Velocities that make a temperature, and the temperature that velocities make."""

import numpy as np
from ase import units


def thermal_velocities(atoms, temperature, seed=0):
    """Give ``atoms`` Maxwell-Boltzmann velocities with zero total momentum.

    Each component is drawn from a normal distribution of variance kT/m, the motion of the centre of mass is
    taken out, and the rest is scaled so that the kinetic energy is exactly (3N - 3) kT / 2.

    Parameters
    ----------
    atoms : ase.Atoms
        Changed in place.
    temperature : float
        In K, zero or above.
    seed : int
    """
    if not (np.isfinite(temperature) and temperature >= 0):
        raise ValueError(f"The temperature is {temperature} K: it must be zero or above.")
    if len(atoms) == 0:
        raise ValueError("There are no atoms to give velocities to.")
    m = atoms.get_masses()[:, None]
    v = np.random.default_rng(seed).normal(size=(len(atoms), 3)) * np.sqrt(units.kB * temperature / m)
    v -= np.sum(m * v, axis=0) / np.sum(m)
    atoms.set_velocities(v)
    now = kinetic_temperature(atoms)
    if now > 0:
        atoms.set_velocities(v * np.sqrt(temperature / now))


def degrees_of_freedom(atoms, momentum_conserved=True):
    """3N - 3: the total momentum is conserved, so three of the 3N velocity components are not free; or else 3N."""
    return max(3 * len(atoms) - 3, 1) if momentum_conserved else 3 * len(atoms)


def kinetic_temperature(atoms, free=None):
    """Temperature in K from the kinetic energy, T = 2 E_kin / (free k), with free = 3N - 3 components if not given."""
    free = degrees_of_freedom(atoms) if free is None else free
    return 2 * atoms.get_kinetic_energy() / (free * units.kB)
