"""Constant-energy dynamics inside the compiled engine: many steps for each call from Python."""

from ase import units

from course_lib.dynamics.integrators import velocity_verlet
from course_lib.dynamics.simulation import Simulation


class FastSimulation(Simulation):
    """A :class:`Simulation` whose steps of velocity Verlet run in the engine of the atoms' calculator.

    Each call of :meth:`run` begins with a new list of neighbours, so a run that goes on from saved positions and
    velocities repeats the first one bit for bit when it is called with the same numbers of steps.

    Parameters
    ----------
    atoms : ase.Atoms
        With a ``FastLennardJones`` or another ``PairCalculator``; moved in place.
    timestep_fs : float
    """

    def __init__(self, atoms, timestep_fs):
        super().__init__(atoms, timestep_fs, thermostat=None, integrator=velocity_verlet)
        if not hasattr(atoms.calc, "run"):
            raise ValueError("FastSimulation needs the compiled engine: set atoms.calc = FastLennardJones().")
        if atoms.constraints:
            raise ValueError("FastSimulation moves every atom: take Simulation for atoms with constraints.")

    def run(self, steps=1):
        """Advance by ``steps`` time steps; where that blows up, ``atoms`` stay as they were before this call."""
        done = self.atoms.calc.run(self.atoms, steps, self.timestep_fs * units.fs)
        if done < steps:
            raise FloatingPointError(
                f"The simulation blew up at {self.time_fs + done * self.timestep_fs:.1f} fs: atoms came too close or "
                f"the time step of {self.timestep_fs} fs is too long. Try a smaller one, or start from a relaxed "
                "structure."
            )
        self.steps_done += steps
        self.time_fs += steps * self.timestep_fs
