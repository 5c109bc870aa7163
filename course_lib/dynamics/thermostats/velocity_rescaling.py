"""Stochastic velocity rescaling: one random factor per step, and the right fluctuations."""

import numpy as np
from ase import units

from course_lib.arguments import whole
from course_lib.dynamics.thermostats.base import Thermostat, moving


class VelocityRescaling(Thermostat):
    """Stochastic velocity rescaling, which samples the canonical ensemble and hardly changes diffusion.

    After each step all velocities are multiplied by one number, drawn so that the kinetic energy relaxes to
    its canonical distribution within ``relaxation_fs``. Bussi, Donadio and Parrinello 2007,
    doi:10.1063/1.2408420, equation A7.

    Parameters
    ----------
    temperature : float
        Target temperature in K; may be changed while the simulation runs.
    relaxation_fs : float
        Relaxation time of the kinetic energy in fs.
    seed : int
        Seed of the random numbers.
    """

    used_when_made = ("seed",)

    def __init__(self, temperature, relaxation_fs=100.0, seed=0):
        super().__init__(temperature, relaxation_fs)
        self.seed = whole("seed", seed, least=0)
        self.random = np.random.default_rng(self.seed)

    def after_step(self, v, m, dt, free):
        """Velocities after the rescaling; ``v`` (N, 3), ``m`` (N, 1), ``dt`` in ASE's unit of time."""
        kinetic = moving(v, m)
        per_freedom = 0.5 * units.kB * self.temperature / kinetic
        keep = np.exp(-dt / (self.relaxation_fs * units.fs))
        first = self.random.normal()
        others = 2 * self.random.gamma((free - 1) / 2)  # sum of the other squared normals
        factor = (
            keep + per_freedom * (1 - keep) * (first**2 + others) + 2 * first * np.sqrt(per_freedom * keep * (1 - keep))
        )
        self.heat_absorbed += kinetic * (1 - factor)
        # alpha^2 is never negative; its sign follows equation A8 and matters only for very small systems.
        sign = np.sign(first + np.sqrt(keep / (per_freedom * (1 - keep)))) if keep > 0 else 1.0
        return v * np.sqrt(factor) * sign
