"""Langevin dynamics: every atom feels friction and random kicks."""

import numpy as np
from ase import units

from course_lib.arguments import truth, whole
from course_lib.dynamics.integrators import velocity_verlet
from course_lib.dynamics.thermostats.base import Thermostat, kinetic_energy


class Langevin(Thermostat):
    """Langevin dynamics by the BAOAB splitting, whose configurations are right to very high accuracy.

    m dv = F dt - m v/tau dt + sqrt(2 m kT/tau) dW

    The five parts of a step are B half a kick, A half a move, O friction and noise solved exactly, A half a move, B
    half a kick. Leimkuhler and Matthews 2013, doi:10.1093/amrx/abs010. It also equilibrates systems in which other
    thermostats fail (a molecule, a crystal of independent oscillators), but its friction slows diffusion.

    Parameters
    ----------
    temperature : float
        Target temperature in K.
    relaxation_fs : float
        Relaxation time tau = 1/friction in fs.
    seed : int
        Seed of the random numbers.
    conserves_momentum : bool
        Remove friction and noise of the centre of mass, so that the atoms as a whole stay at rest, as with the
        other thermostats. Set it to False if something outside holds the atoms.
    """

    used_when_made = ("seed", "conserves_momentum")

    def __init__(self, temperature, relaxation_fs=100.0, seed=0, conserves_momentum=True):
        super().__init__(temperature, relaxation_fs)
        self.seed = whole("seed", seed, least=0)
        self.conserves_momentum = truth("conserves_momentum", conserves_momentum)
        self.random = np.random.default_rng(self.seed)

    def step(self, integrator, r, v, force, m, dt, free):
        """One BAOAB step; it is velocity Verlet with friction and noise in its middle."""
        if integrator is not velocity_verlet:
            raise ValueError("Langevin is velocity Verlet with noise in its middle: leave integrator=velocity_verlet.")
        v = v + force(r) / m * dt / 2  # B
        r = r + v * dt / 2  # A
        v = self._kick(v, m, dt, free)  # O
        r = r + v * dt / 2  # A
        return r, v + force(r) / m * dt / 2  # B

    def _kick(self, v, m, dt, free):
        """O: v' = c v + sqrt((1 - c^2) kT/m) R with c = exp(-dt/tau) and R normal, exact for any dt."""
        c = np.exp(-dt / (self.relaxation_fs * units.fs))
        noise = np.sqrt((1 - c**2) * units.kB * self.temperature / m) * self.random.normal(size=v.shape)
        change = (c - 1) * v + noise
        if free < v.size:  # the total momentum is not among the free components
            change -= np.sum(m * change, axis=0) / np.sum(m)
        self.heat_absorbed += kinetic_energy(v, m) - kinetic_energy(v + change, m)
        return v + change
