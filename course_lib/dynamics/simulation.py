"""The one loop that moves atoms: any ASE calculator, any integrator, any thermostat."""

import numpy as np
from ase import units
from tqdm.auto import tqdm

from course_lib.dynamics.checkpoint import Checkpoint
from course_lib.dynamics.integrators import check_time_step, remember_last, velocity_verlet
from course_lib.dynamics.pressure import pressure
from course_lib.dynamics.trajectory import Trajectory
from course_lib.dynamics.velocities import degrees_of_freedom, kinetic_temperature

NOT_PERIODIC = (
    "These atoms are not periodic, so nothing keeps them together or in place: under a thermostat see that none "
    "evaporates, and that the whole does not begin to fly (equipartition)."
)
LEAP = 5.0  # Å in one step: no atom that is not shot out of the system moves so far


class Simulation:
    """Molecular dynamics of ``atoms`` under their calculator, a few steps at a time.

    Parameters
    ----------
    atoms : ase.Atoms
        With a calculator; moved in place.
    timestep_fs : float
    thermostat : Thermostat or callable, optional
        One of :mod:`course_lib.dynamics.thermostats`, or a function ``thermostat(v, m, dt, free) -> v`` called after
        each step; none means constant energy.
    integrator : callable
        A step of :mod:`course_lib.dynamics.integrators`.
    barostat : CellRescaling, optional
        Needs a thermostat; none means constant volume.

    Raises
    ------
    ValueError
        Where the system cannot be simulated (no atoms, no calculator, no mass, a bad time step or position).
    FloatingPointError
        Where the motion blows up: a force or position is no finite number, or an atom leaps away. Whatever
        interrupts a step, ``atoms`` keep the last good one.
    """

    def __init__(self, atoms, timestep_fs, thermostat=None, integrator=velocity_verlet, barostat=None):
        if len(atoms) == 0:
            raise ValueError("There are no atoms to simulate.")
        if atoms.calc is None:
            raise ValueError("The atoms have no calculator: set atoms.calc before simulating.")
        if not np.all(np.isfinite(atoms.positions)):
            raise ValueError("Some positions are not finite numbers: check the structure before simulating.")
        if not np.all(atoms.get_masses() > 0):
            raise ValueError("Some atoms have no mass: every mass must be above zero.")
        check_time_step(timestep_fs)
        if barostat is not None and not hasattr(thermostat, "temperature"):
            raise ValueError("A barostat alone does not hold a temperature: give the simulation a thermostat too.")
        if barostat is not None and not np.all(atoms.pbc):
            raise ValueError(
                "These atoms are not periodic in all directions: there is no volume for a barostat to change."
            )
        self.atoms, self.timestep_fs, self.thermostat, self.integrator = atoms, timestep_fs, thermostat, integrator
        self.barostat = barostat
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

    @property
    def free_components(self):
        """Number of free velocity components: 3N - 3 where total momentum is conserved, or else 3N."""
        return degrees_of_freedom(self.atoms, getattr(self.thermostat, "conserves_momentum", True))

    @property
    def temperature(self):
        """Kinetic temperature in K."""
        return kinetic_temperature(self.atoms, self.free_components)

    @property
    def effective_energy(self):
        """Total energy plus what the thermostat absorbed, in eV: constant, up to the error of the integrator."""
        return self.atoms.get_total_energy() + getattr(self.thermostat, "heat_absorbed", 0.0)

    def forget(self):
        """Make the calculator forget everything, so that what follows depends on positions and velocities only."""
        if hasattr(self.atoms.calc, "reset"):
            self.atoms.calc.reset()
        self._force = remember_last(self._calculate_forces)

    def run(self, steps=1):
        """Advance by ``steps`` time steps."""
        atoms, dt, free = self.atoms, self.timestep_fs * units.fs, self.free_components
        m = atoms.get_masses()[:, None]
        for _ in range(steps):
            self._last_r = atoms.positions.copy()
            try:
                with np.errstate(over="ignore", invalid="ignore"):  # a blow-up gets a sentence, not warnings
                    r, v = self._step(self._last_r, atoms.get_velocities(), m, dt, free)
                self._check(r, v)
            except BaseException:  # also the stop button: never leave the atoms in the middle of a step
                atoms.positions = self._last_r
                raise
            atoms.positions = r
            atoms.set_velocities(v)
            self.steps_done += 1
            self.time_fs += self.timestep_fs
            if self.barostat is not None and self.steps_done % self.barostat.every == 0:
                self.barostat(atoms, self.barostat.every * dt, self.thermostat.temperature)

    def _step(self, r, v, m, dt, free):
        thermostat = self.thermostat
        if hasattr(thermostat, "step"):
            return thermostat.step(self.integrator, r, v, self._force, m, dt, free)
        r, v = self.integrator(r, v, self._force, m, dt)
        return r, v if thermostat is None else thermostat(v, m, dt, free)


def simulate(
    atoms,
    steps,
    timestep_fs,
    thermostat=None,
    every=10,
    integrator=velocity_verlet,
    progress=True,
    barostat=None,
    checkpoint=None,
    checkpoint_every=1000,
    keep=(),
):
    """Run molecular dynamics to the end, with a progress bar, and return what was seen.

    Where the calculator is the compiled engine, and the run is one that it can do, the steps are made inside it.

    Interrupt it (the stop button in JupyterLab, Ctrl-C in a terminal) and the frames so far are returned. A
    thermostat on atoms that are not periodic gets a sentence: printed beside the progress bar, and kept in ``about``.

    Parameters
    ----------
    atoms : ase.Atoms
        With a calculator; moved in place.
    steps : int
        Number of time steps, rounded down to a multiple of ``every``.
    timestep_fs : float
    thermostat : Thermostat or callable, optional
    every : int
        Keep a frame each ``every`` steps; the first frame is the start.
    integrator : callable
    progress : bool
        Show a progress bar.
    barostat : CellRescaling, optional
    checkpoint : str or Path, optional
        A file from which the same call goes on where it was stopped, even by a power cut. The restarted
        trajectory equals the uninterrupted one to the last digit (see :class:`Checkpoint`).
    checkpoint_every : int
        Steps between two checkpoints, a multiple of ``every``.
    keep : tuple of str
        What else to keep of each frame: "velocities", "pressure" (which asks the calculator for stress).

    Returns
    -------
    Trajectory
        ``about["cancelled"]`` says whether it was interrupted.
    """
    if every < 1 or steps < every:
        raise ValueError(f"{steps} steps with a frame each {every}: both at least 1, and steps not below every.")
    if checkpoint is not None and (checkpoint_every < every or checkpoint_every % every):
        raise ValueError(f"checkpoint_every is {checkpoint_every}: take a multiple of every, which is {every}.")
    simulation = fastest_simulation(atoms, timestep_fs, thermostat, integrator, barostat)
    saver = None if checkpoint is None else Checkpoint(checkpoint, checkpoint_every)
    recorder = Recorder(simulation, keep)
    notes = {"note": NOT_PERIODIC} if thermostat is not None and not np.any(atoms.pbc) else {}
    if notes and progress:
        print(NOT_PERIODIC)
    if saver is not None:
        saver.begin(simulation, recorder, steps, every)
    cancelled = False
    blocks = range(simulation.steps_done // every, steps // every)
    try:
        for _ in tqdm(blocks, desc="simulating", unit=f"x{every} steps", disable=not progress):
            simulation.run(every)
            recorder.record()
            if saver is not None and simulation.steps_done % checkpoint_every == 0:
                saver.save(simulation, recorder)
    except KeyboardInterrupt:
        cancelled = True
    finally:
        if saver is not None:
            saver.leave(atoms)
    return recorder.trajectory(cancelled=cancelled, **notes)


def fastest_simulation(atoms, timestep_fs, thermostat=None, integrator=velocity_verlet, barostat=None):
    """A :class:`Simulation`, or the :class:`FastSimulation` that does the same inside the compiled engine."""
    from course_lib.dynamics.fast import FastSimulation, fits_the_engine  # which stands on this file

    if fits_the_engine(atoms, integrator, barostat):
        return FastSimulation(atoms, timestep_fs, thermostat)
    return Simulation(atoms, timestep_fs, thermostat, integrator, barostat)


class Recorder:
    """Collects frames of a running :class:`Simulation`; the first is taken at once.

    Parameters
    ----------
    simulation : Simulation
    keep : tuple of str
        What else to keep: "velocities", "pressure".
    """

    def __init__(self, simulation, keep=()):
        if unknown := set(keep) - {"velocities", "pressure"}:
            raise ValueError(f"keep has {', '.join(map(repr, unknown))}: only 'velocities' and 'pressure' can be kept.")
        self.simulation, self.keep = simulation, keep
        self._rows = []
        self.record()

    def record(self):
        """Keep the present step as a frame."""
        simulation, atoms = self.simulation, self.simulation.atoms
        row = {
            "time_fs": simulation.time_fs,
            "positions": atoms.positions.copy(),
            "potential_energy": atoms.get_potential_energy(),
            "kinetic_energy": atoms.get_kinetic_energy(),
            "temperature": simulation.temperature,
        }
        if "velocities" in self.keep:
            row["velocities"] = atoms.get_velocities() * units.fs
        if "pressure" in self.keep:
            row["pressure"] = pressure(atoms) / units.GPa
        if simulation.barostat is not None:
            row["cells"] = atoms.cell.array.copy()
        self._rows.append(row)

    def columns(self):
        """All frames so far, an array for each quantity."""
        return {name: np.array([row[name] for row in self._rows]) for name in self._rows[0]}

    def restore(self, columns):
        """Put back what :meth:`columns` gave."""
        self._rows = [dict(zip(columns, row)) for row in zip(*columns.values())]

    def trajectory(self, **about):
        """All frames so far as a :class:`Trajectory`."""
        simulation, atoms = self.simulation, self.simulation.atoms
        return Trajectory(
            symbols=atoms.get_chemical_symbols(),
            cell=atoms.cell.array.copy(),
            pbc=atoms.pbc.copy(),
            **self.columns(),
            about={"timestep_fs": simulation.timestep_fs, "steps": simulation.steps_done, **about},
        )
