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


def degrees_of_freedom(atoms):
    """3N - 3: the total momentum is conserved, so three of the 3N velocity components are not free."""
    return max(3 * len(atoms) - 3, 1)


def kinetic_temperature(atoms):
    """Temperature in K from the kinetic energy, T = 2 E_kin / ((3N - 3) k)."""
    return 2 * atoms.get_kinetic_energy() / (degrees_of_freedom(atoms) * units.kB)
