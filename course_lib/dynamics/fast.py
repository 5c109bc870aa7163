"""Dynamics inside the compiled engine, without ASE in between."""

import numpy as np
from ase import units

from course_lib.dynamics.integrators import remember_last, velocity_verlet
from course_lib.dynamics.simulation import Simulation


class FastSimulation(Simulation):
    """A :class:`Simulation` whose forces come straight from the engine of the atoms' calculator.

    At constant energy all steps of a call of :meth:`run` are one call of the engine. With a thermostat each step is
    the thermostat's own, on plain arrays: the atoms learn of it when :meth:`run` ends.

    Each call of :meth:`run` begins with a new list of neighbours, so a run that goes on from saved positions and
    velocities repeats the first one bit for bit when it is called with the same numbers of steps.

    Parameters
    ----------
    atoms : ase.Atoms
        With a ``FastLennardJones`` or another ``PairCalculator``; moved in place.
    timestep_fs : float
    thermostat : Thermostat or callable, optional
        As in :class:`Simulation`; none means constant energy.
    """

    def __init__(self, atoms, timestep_fs, thermostat=None):
        super().__init__(atoms, timestep_fs, thermostat, integrator=velocity_verlet)
        if not hasattr(atoms.calc, "run"):
            raise ValueError("FastSimulation needs the compiled engine: set atoms.calc = FastLennardJones().")
        if atoms.constraints:
            raise ValueError("FastSimulation moves every atom: take Simulation for atoms with constraints.")

    def run(self, steps=1):
        """Advance by ``steps`` time steps; where that blows up, ``atoms`` stay as they were before this call."""
        if self.thermostat is None:
            done = self.atoms.calc.run(self.atoms, steps, self.timestep_fs * units.fs)
        else:
            done = self._run_with_thermostat(steps)
        if done < steps:
            raise FloatingPointError(
                f"The simulation blew up at {self.time_fs + done * self.timestep_fs:.1f} fs: atoms came too close or "
                f"the time step of {self.timestep_fs} fs is too long. Try a smaller one, or start from a relaxed "
                "structure."
            )
        self.steps_done += steps
        self.time_fs += steps * self.timestep_fs

    def _run_with_thermostat(self, steps):
        atoms, dt, free = self.atoms, self.timestep_fs * units.fs, self.free_components
        m, r, v = atoms.get_masses()[:, None], atoms.positions.copy(), atoms.get_velocities()
        forces = atoms.calc.walker(atoms)
        self._force = remember_last(forces)
        for step in range(steps):
            with np.errstate(over="ignore", invalid="ignore"):
                r, v = self._step(r, v, m, dt, free)
            if forces.blown_up:
                return step
        if not np.isfinite(v).all():
            return steps - 1
        atoms.positions = r
        atoms.set_velocities(v)
        return steps


def fits_the_engine(atoms, integrator, barostat):
    """Whether :class:`FastSimulation` can do what is asked of a :class:`Simulation`."""
    engine = hasattr(atoms.calc, "walker") and not atoms.constraints
    return engine and integrator is velocity_verlet and barostat is None
