"""The one loop that moves atoms: any ASE calculator, any integrator, any thermostat."""

import numpy as np
from ase import units
from tqdm.auto import tqdm

from course_lib.dynamics.integrators import check_time_step, remember_last, velocity_verlet
from course_lib.dynamics.trajectory import Trajectory
from course_lib.dynamics.velocities import degrees_of_freedom, kinetic_temperature


class Simulation:
    """Molecular dynamics of ``atoms`` under their calculator, a few steps at a time.

    Parameters
    ----------
    atoms : ase.Atoms
        With a calculator; moved in place.
    timestep_fs : float
    thermostat : callable, optional
        ``thermostat(v, m, dt, degrees_of_freedom) -> v``, called after each step; none means constant energy.
    integrator : callable
        A step of :mod:`course_lib.dynamics.integrators`.

    Raises
    ------
    ValueError
        Where the system cannot be simulated (no atoms, no calculator, no mass, a bad time step or position).
    FloatingPointError
        Where a force or position stops being a finite number; ``atoms`` keep the last good step.
    """

    def __init__(self, atoms, timestep_fs, thermostat=None, integrator=velocity_verlet):
        if len(atoms) == 0:
            raise ValueError("There are no atoms to simulate.")
        if atoms.calc is None:
            raise ValueError("The atoms have no calculator: set atoms.calc before simulating.")
        if not np.all(np.isfinite(atoms.positions)):
            raise ValueError("Some positions are not finite numbers: check the structure before simulating.")
        if not np.all(atoms.get_masses() > 0):
            raise ValueError("Some atoms have no mass: every mass must be above zero.")
        check_time_step(timestep_fs)
        self.atoms, self.timestep_fs, self.thermostat, self.integrator = atoms, timestep_fs, thermostat, integrator
        self.steps_done = 0
        self._force = remember_last(self._calculate_forces)

    def _calculate_forces(self, r):
        self.atoms.positions = r
        return self.atoms.get_forces()

    @property
    def time_fs(self):
        """Simulated time so far, in fs."""
        return self.steps_done * self.timestep_fs

    def run(self, steps=1):
        """Advance by ``steps`` time steps."""
        atoms, dt = self.atoms, self.timestep_fs * units.fs
        m, free = atoms.get_masses()[:, None], degrees_of_freedom(atoms)
        for _ in range(steps):
            last_r, v = atoms.positions.copy(), atoms.get_velocities()
            r, v = self.integrator(last_r, v, self._force, m, dt)
            if not (np.all(np.isfinite(r)) and np.all(np.isfinite(v))):
                atoms.positions = last_r
                raise FloatingPointError(
                    f"The simulation blew up at {self.time_fs:.1f} fs: atoms came too close or the time step of "
                    f"{self.timestep_fs} fs is too long. Try a smaller one, or start from a relaxed structure."
                )
            if self.thermostat is not None:
                v = self.thermostat(v, m, dt, free)
            atoms.positions = r
            atoms.set_velocities(v)
            self.steps_done += 1


def simulate(atoms, steps, timestep_fs, thermostat=None, every=10, integrator=velocity_verlet, progress=True):
    """Run molecular dynamics to the end, with a progress bar, and return what was seen.

    Interrupt it (the stop button in JupyterLab, Ctrl-C in a terminal) and the frames so far are returned.

    Parameters
    ----------
    atoms : ase.Atoms
        With a calculator; moved in place.
    steps : int
        Number of time steps.
    timestep_fs : float
    thermostat : callable, optional
    every : int
        Keep a frame each ``every`` steps; the first frame is the start.
    integrator : callable
    progress : bool
        Show a progress bar.

    Returns
    -------
    Trajectory
        ``about["cancelled"]`` says whether it was interrupted.
    """
    if every < 1:
        raise ValueError(f"every is {every}: keep a frame each 1 or more steps.")
    simulation = Simulation(atoms, timestep_fs, thermostat, integrator)
    recorder = Recorder(simulation)
    cancelled = False
    try:
        for _ in tqdm(range(steps // every), desc="simulating", unit=f"x{every} steps", disable=not progress):
            simulation.run(every)
            recorder.record()
    except KeyboardInterrupt:
        cancelled = True
    return recorder.trajectory(cancelled=cancelled)


class Recorder:
    """Collects frames of a running :class:`Simulation`; the first is taken at once."""

    def __init__(self, simulation):
        self.simulation = simulation
        self._rows = []
        self.record()

    def record(self):
        """Keep the present step as a frame."""
        atoms = self.simulation.atoms
        self._rows.append(
            (
                self.simulation.time_fs,
                atoms.positions.copy(),
                atoms.get_potential_energy(),
                atoms.get_kinetic_energy(),
                kinetic_temperature(atoms),
            )
        )

    def trajectory(self, **about):
        """All frames so far as a :class:`Trajectory`."""
        atoms = self.simulation.atoms
        time_fs, positions, potential, kinetic, temperature = (np.array(column) for column in zip(*self._rows))
        about = {"timestep_fs": self.simulation.timestep_fs, "steps": self.simulation.steps_done, **about}
        return Trajectory(
            atoms.get_chemical_symbols(),
            atoms.cell.array.copy(),
            atoms.pbc.copy(),
            time_fs,
            positions,
            potential,
            kinetic,
            temperature,
            about,
        )
