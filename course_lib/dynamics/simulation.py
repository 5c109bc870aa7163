"""The one loop that moves atoms: any ASE calculator, any integrator, any thermostat."""

import numpy as np
from ase import units
from tqdm.auto import tqdm

from course_lib.dynamics.integrators import check_time_step, remember_last, velocity_verlet
from course_lib.dynamics.trajectory import Trajectory
from course_lib.dynamics.velocities import degrees_of_freedom, kinetic_temperature

LEAP = 5.0  # Å in one step: no atom that is not shot out of the system moves so far


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
        Where the motion blows up: a force or position is no finite number, or an atom leaps away. Whatever
        interrupts a step, ``atoms`` keep the last good one.
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
        self.steps_done, self.time_fs = 0, 0.0  # the time step may be changed on the way
        self._force = remember_last(self._calculate_forces)

    def _calculate_forces(self, r):
        self._check(r)
        self.atoms.positions = r
        return self.atoms.get_forces()

    def _check(self, r, v=0.0):
        """Raise where positions or velocities show that the simulation blew up."""
        moved = np.max(np.abs(r - self._last_r))
        if not (moved < LEAP and np.all(np.isfinite(v))):  # so that NaN counts as blown up
            raise FloatingPointError(
                f"The simulation blew up at {self.time_fs:.1f} fs: atoms came too close or the time step of "
                f"{self.timestep_fs} fs is too long. Try a smaller one, or start from a relaxed structure."
            )

    def run(self, steps=1):
        """Advance by ``steps`` time steps."""
        atoms, dt = self.atoms, self.timestep_fs * units.fs
        m, free = atoms.get_masses()[:, None], degrees_of_freedom(atoms)
        for _ in range(steps):
            self._last_r = atoms.positions.copy()
            try:
                with np.errstate(over="ignore", invalid="ignore"):  # a blow-up gets a sentence, not warnings
                    r, v = self.integrator(self._last_r, atoms.get_velocities(), self._force, m, dt)
                self._check(r, v)
                if self.thermostat is not None:
                    v = self.thermostat(v, m, dt, free)
            except BaseException:  # also the stop button: never leave the atoms in the middle of a step
                atoms.positions = self._last_r
                raise
            atoms.positions = r
            atoms.set_velocities(v)
            self.steps_done += 1
            self.time_fs += self.timestep_fs


def simulate(atoms, steps, timestep_fs, thermostat=None, every=10, integrator=velocity_verlet, progress=True):
    """Run molecular dynamics to the end, with a progress bar, and return what was seen.

    Interrupt it (the stop button in JupyterLab, Ctrl-C in a terminal) and the frames so far are returned.

    Parameters
    ----------
    atoms : ase.Atoms
        With a calculator; moved in place.
    steps : int
        Number of time steps, rounded down to a multiple of ``every``.
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
    if every < 1 or steps < every:
        raise ValueError(f"{steps} steps with a frame each {every}: both at least 1, and steps not below every.")
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
