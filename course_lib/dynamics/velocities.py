"""Velocities for a given temperature, and the temperature of given velocities."""

import numpy as np
from ase import units

from course_lib.arguments import check_atoms, positive, whole
from course_lib.dynamics.constraints import degrees_of_freedom, movable


def thermal_velocities(atoms, temperature, seed=0):
    """Give ``atoms`` Maxwell-Boltzmann velocities with zero total momentum.

    Each component is drawn from a normal distribution of variance kT/m, the motion of the centre of mass is
    taken out, and the rest is scaled so that the kinetic energy is exactly (3N - 3) kT / 2. Fixed atoms stay at rest;
    then the others may move as a whole, and all their components count.

    Parameters
    ----------
    atoms : ase.Atoms
        Changed in place.
    temperature : float
        Temperature in K, zero or above.
    seed : int
        Seed of the random velocities.

    Raises
    ------
    ValueError
        For a single free atom, which cannot move relative to its own centre of mass, and for constraints other
        than ``FixAtoms``.
    """
    temperature = positive("The temperature (K)", temperature, zero=True)
    check_atoms(atoms)
    free, m = movable(atoms), atoms.get_masses()[:, None]
    if len(atoms) == 1 and temperature > 0:
        raise ValueError("One atom alone has no temperature: without the motion of the whole it is at rest.")
    random = np.random.default_rng(whole("seed", seed, least=0))
    v = random.normal(size=(len(atoms), 3)) * np.sqrt(units.kB * temperature / m)
    v[~free] = 0.0
    if free.all():
        v -= np.sum(m * v, axis=0) / np.sum(m)
    atoms.set_velocities(v)
    now = kinetic_temperature(atoms)
    if now > 0:
        atoms.set_velocities(v * np.sqrt(temperature / now))


def kinetic_temperature(atoms, free=None):
    """Temperature in K from the kinetic energy, T = 2 E_kin / (free k); ``free`` is degrees_of_freedom by default.

    All kinetic energy counts, that of the motion as a whole too: see :func:`share_of_the_whole`.
    """
    free = degrees_of_freedom(atoms) if free is None else free
    return 2 * atoms.get_kinetic_energy() / (free * units.kB)


def share_of_the_whole(atoms):
    """Part of the kinetic energy that is the motion of all free atoms as a whole; 0 where a fixed atom holds them."""
    kinetic, momentum = atoms.get_kinetic_energy(), atoms.get_momenta().sum(axis=0)
    if kinetic == 0 or not movable(atoms).all():
        return 0.0
    return float(momentum @ momentum / (2 * atoms.get_masses().sum() * kinetic))
