"""What all thermostats share: one method that makes a time step at a temperature."""

from collections.abc import Callable
from functools import partial

import numpy as np

from course_lib.arguments import positive
from course_lib.dynamics.integrators import Force, Step
from course_lib.dynamics.saved_state import Stateful


class Thermostat(Stateful):
    """A thermostat makes one time step at a temperature: :meth:`step`, all that a simulation asks of it.

    One that only changes velocities after the integrator's step writes :meth:`after_step`; one that acts elsewhere
    writes its own :meth:`step`.

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
        return r, self.after_step(v, m, dt, free)

    def after_step(self, v: np.ndarray, m: np.ndarray, dt: float, free: int) -> np.ndarray:
        """Velocities after what the thermostat does to them at the end of a step of ``dt``."""
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
    """Kinetic energy, or one clear sentence where nothing moves and no factor can change that."""
    kinetic = kinetic_energy(v, m)
    if kinetic == 0:
        raise ValueError("All velocities are zero: give the atoms a temperature before a thermostat scales it.")
    return kinetic
