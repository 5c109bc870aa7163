"""What all thermostats share: one method that makes a time step at a temperature."""

import numpy as np

from course_lib.dynamics.saved_state import Remembered


class Thermostat(Remembered):
    """One time step of the integrator, and what the thermostat does before, within or after it.

    A thermostat that only scales velocities after the step writes ``__call__(v, m, dt, free) -> v``; one that
    acts elsewhere writes its own :meth:`step`. A plain function of that shape is a thermostat too.

    Parameters
    ----------
    temperature : float
        Target in K; may be changed while the simulation runs.
    relaxation_fs : float
        How fast the thermostat acts, in fs; each says what it means.

    Attributes
    ----------
    heat_absorbed : float
        Energy in eV that went from the atoms into the bath so far. Total energy plus this stays constant up to
        the error of the integrator: the "effective energy", which drifts where the time step is too long.
    conserves_momentum : bool
        Whether total momentum stays zero: 3N - 3 free velocity components, or else 3N.
    """

    conserves_momentum = True

    def __init__(self, temperature, relaxation_fs):
        if not (np.isfinite(temperature) and temperature > 0):
            raise ValueError(f"The target temperature is {temperature} K: it must be above zero.")
        if not (np.isfinite(relaxation_fs) and relaxation_fs > 0):
            raise ValueError(f"The relaxation time is {relaxation_fs} fs: it must be above zero.")
        self.temperature, self.relaxation_fs = temperature, relaxation_fs
        self.heat_absorbed = 0.0

    def step(self, integrator, r, v, force, m, dt, free):
        """Positions and velocities at t + dt.

        Parameters
        ----------
        integrator : callable
            ``integrator(r, v, force, m, dt) -> (r, v)``.
        r, v : (N, 3) arrays
            Å and ASE's unit of velocity.
        force : callable
            ``force(r)`` in eV/Å.
        m : (N, 1) array
            In u.
        dt : float
            In ASE's unit of time.
        free : int
            Number of free velocity components.
        """
        r, v = integrator(r, v, force, m, dt)
        return r, self(v, m, dt, free)


def kinetic_energy(v, m):
    """Sum of m v^2 / 2."""
    return 0.5 * np.sum(m * v**2)


def moving(v, m):
    """Kinetic energy, or one clear sentence where nothing moves and no factor can change that."""
    kinetic = kinetic_energy(v, m)
    if kinetic == 0:
        raise ValueError("All velocities are zero: give the atoms a temperature before a thermostat scales it.")
    return kinetic
