"""Weak coupling: the right mean temperature with the wrong fluctuations."""

import numpy as np
from ase import units

from course_lib.dynamics.thermostats.base import Thermostat, moving


class Berendsen(Thermostat):
    """Berendsen's weak coupling, which is here to show how it fails.

    K' = K + (1 - exp(-dt/tau)) (K_target - K), all velocities times sqrt(K'/K)

    This is stochastic velocity rescaling without its noise. The mean temperature is right, but the fluctuations of
    the kinetic energy are too small (no ensemble is sampled). Energy also moves slowly from fast vibrations into slow
    motion until the frozen body flies through space as a whole, the "flying ice cube".
    Berendsen et al. 1984, doi:10.1063/1.448118; Harvey, Tan and Cheatham 1998,
    doi:10.1002/(SICI)1096-987X(199805)19:7<726::AID-JCC4>3.0.CO;2-S.

    Parameters
    ----------
    temperature : float
        Target temperature in K.
    relaxation_fs : float
        Relaxation time tau of the kinetic energy in fs.
    """

    def __init__(self, temperature, relaxation_fs=100.0):
        super().__init__(temperature, relaxation_fs)

    def after_step(self, v, m, dt, free):
        """Velocities after the rescaling."""
        kinetic = moving(v, m)
        target = 0.5 * free * units.kB * self.temperature
        change = (1 - np.exp(-dt / (self.relaxation_fs * units.fs))) * (target - kinetic)
        self.heat_absorbed -= change
        return v * np.sqrt(1 + change / kinetic)
