"""Random collisions: now and then an atom gets a new thermal velocity."""

import numpy as np
from ase import units

from course_lib.arguments import whole
from course_lib.dynamics.thermostats.base import Thermostat, kinetic_energy


class Andersen(Thermostat):
    """Andersen's collisions with a bath: canonical, simple, and each collision forgets where the atom was going.

    In a time dt each atom is hit with probability 1 - exp(-dt/tau); its new velocity is drawn from the
    Maxwell-Boltzmann distribution. Momentum is not conserved: all 3N components are free, and diffusion is
    slowed down. Andersen 1980, doi:10.1063/1.439486.

    Parameters
    ----------
    temperature : float
        Target temperature in K.
    relaxation_fs : float
        tau, the mean time between two collisions of one atom, in fs.
    seed : int
        Seed of the random numbers.
    """

    conserves_momentum = False
    used_when_made = ("seed",)

    def __init__(self, temperature, relaxation_fs=100.0, seed=0):
        super().__init__(temperature, relaxation_fs)
        self.seed = whole("seed", seed, least=0)
        self.random = np.random.default_rng(self.seed)

    def after_step(self, v, m, dt, free):
        """Velocities after the collisions of one step."""
        hit = self.random.random((len(v), 1)) < 1 - np.exp(-dt / (self.relaxation_fs * units.fs))
        fresh = np.sqrt(units.kB * self.temperature / m) * self.random.normal(size=v.shape)
        after = np.where(hit, fresh, v)
        self.heat_absorbed += kinetic_energy(v, m) - kinetic_energy(after, m)
        return after
