"""The base class of all thermostats: one method does a time step at a given temperature."""

from collections.abc import Callable
from functools import partial

import numpy as np

from course_lib.arguments import positive
from course_lib.dynamics.integrators import Force, Step
from course_lib.dynamics.saved_state import Stateful


class Thermostat(Stateful):
    """A thermostat does one time step at a given temperature in :meth:`step`, the only method a simulation calls.

    A thermostat that only changes velocities after the integrator's step writes :meth:`after_step`. Any other
    thermostat writes its own :meth:`step`.

    Parameters
    ----------
    temperature : float
        Target temperature in K; may be changed while the simulation runs.
    relaxation_fs : float
        Relaxation time in fs; each thermostat says what it means.

    Attributes
    ----------
    heat_absorbed : float
        Energy in eV that the bath has taken from the atoms so far. Total energy plus heat_absorbed is the "effective
        energy". It is constant up to the error of the integrator, and drifts if the time step is too long.
    conserves_momentum : bool
        Whether the total momentum stays zero: then 3N - 3 velocity components are free, otherwise 3N.
    """

    conserves_momentum = True
    changeable = {  # noqa: RUF012
        "temperature": partial(positive, "The target temperature (K)"),
        "relaxation_fs": partial(positive, "The relaxation time (fs)"),
    }

    def __init__(self, temperature: float, relaxation_fs: float) -> None:
        self.temperature, self.relaxation_fs = temperature, relaxation_fs  # checked, as whenever they are changed
        self.heat_absorbed = 0.0

    def step(
        self, integrator: Step, r: np.ndarray, v: np.ndarray, force: Force, m: np.ndarray, dt: float, free: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Positions and velocities at t + dt.

        Parameters
        ----------
        integrator : callable
            ``integrator(r, v, force, m, dt) -> (r, v)``.
        r, v : (N, 3) arrays
            Positions in Å and velocities in ASE's unit of velocity.
        force : callable
            ``force(r)`` returns the forces (N, 3) in eV/Å.
        m : (N, 1) array
            Masses in u.
        dt : float
            Time step in ASE's unit of time.
        free : int
            Number of free velocity components.
        """
        r, v = integrator(r, v, force, m, dt)
        return r, self.after_step(v, m, dt, free)

    def after_step(self, v: np.ndarray, m: np.ndarray, dt: float, free: int) -> np.ndarray:
        """Velocities after the thermostat has acted on them at the end of a step of ``dt``."""
        raise NotImplementedError(f"{type(self).__name__} has neither step nor after_step: write one of them.")


class AfterEachStep:
    """A plain function ``function(v, m, dt, free) -> v`` as a thermostat: called after each step.

    Parameters
    ----------
    function : callable
        Takes velocities (N, 3), masses (N, 1), the time step (ASE's unit) and the number of free components.
    """

    def __init__(self, function: Callable[[np.ndarray, np.ndarray, float, int], np.ndarray]) -> None:
        if not callable(function):
            raise ValueError(f"The thermostat is {function!r}: give one of course_lib.dynamics.thermostats.")
        self.function = function

    def step(
        self, integrator: Step, r: np.ndarray, v: np.ndarray, force: Force, m: np.ndarray, dt: float, free: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """The integrator's step, then the function."""
        r, v = integrator(r, v, force, m, dt)
        return r, self.function(v, m, dt, free)


def kinetic_energy(v: np.ndarray, m: np.ndarray) -> float:
    """Sum of m v^2 / 2."""
    return 0.5 * np.sum(m * v**2)


def moving(v: np.ndarray, m: np.ndarray) -> float:
    """Kinetic energy in eV; an error if nothing moves, because no factor can then change the temperature."""
    kinetic = kinetic_energy(v, m)
    if kinetic == 0:
        raise ValueError("All velocities are zero: give the atoms a temperature before a thermostat scales it.")
    return kinetic
