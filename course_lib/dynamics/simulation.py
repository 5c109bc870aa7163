"""The one loop that moves atoms: any ASE calculator, any integrator, any thermostat."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from ase import Atoms, units
from tqdm.auto import tqdm

from course_lib.arguments import check_atoms, positive, whole
from course_lib.dynamics.barostat import CellRescaling, pressure
from course_lib.dynamics.checkpoint import Checkpoint
from course_lib.dynamics.constraints import degrees_of_freedom, movable
from course_lib.dynamics.forces import forces_of
from course_lib.dynamics.integrators import Force, Step, remember_last, velocity_verlet
from course_lib.dynamics.thermostats.base import AfterEachStep, Thermostat
from course_lib.dynamics.trajectory import Trajectory, carried
from course_lib.dynamics.velocities import kinetic_temperature, share_of_the_whole

NOT_PERIODIC = (
    "These atoms are not periodic, so nothing holds them together: under a thermostat, see that no atom evaporates and "
    "that they do not begin to fly as a whole (equipartition)."
)
FLYING = (
    "The atoms fly as a whole: this motion counts as heat in the temperature, as it does for a thermostat. "
    "Stationary of ase.md.velocitydistribution takes it out."
)
BROKEN = (
    "At {time:.2f} ps the atoms got {found:.0f} K, though the thermostat holds {held:.0f} K: the potential or the time "
    "step failed there. Do not use the frames after it."
)
TIMES, IN_A_ROW = 10, 3  # hotter than set and than at the start, in frames one after the other: never by chance


class Simulation:
    """Molecular dynamics of ``atoms`` with their calculator, a few steps at a time.

    The loop works on arrays and a force function. If the calculator is the compiled engine, the forces come
    directly from it, and a whole call of :meth:`run` at constant energy is one call of the engine. Each such call
    begins with a new neighbour list. A run that continues from saved positions and velocities therefore repeats the
    original one bit for bit if it is called with the same numbers of steps.

    Parameters
    ----------
    atoms : ase.Atoms
        Atoms with a calculator; they are moved in place. Atoms held by ``FixAtoms`` are at rest and stay in place.
    timestep_fs : float
        Time step in fs.
    thermostat : Thermostat or callable, optional
        One of :mod:`course_lib.dynamics.thermostats`, or a function ``thermostat(v, m, dt, free) -> v`` called after
        each step. Without a thermostat the energy is constant.
    integrator : callable
        One of the functions of :mod:`course_lib.dynamics.integrators`.
    barostat : CellRescaling, optional
        A barostat; it needs a thermostat. Without a barostat the volume is constant.

    Raises
    ------
    ValueError
        If the system cannot be simulated: no atoms, no calculator, no mass, a bad time step or position, a
        constraint other than ``FixAtoms``.
    FloatingPointError
        If the simulation blows up: a force or position is not a finite number, or an atom moves too far in one step.
        After any interruption of :meth:`run`, ``atoms`` are in the state of the last good step.
    """

    def __init__(
        self,
        atoms: Atoms,
        timestep_fs: float,
        thermostat: Thermostat | Callable | None = None,
        integrator: Step = velocity_verlet,
        barostat: CellRescaling | None = None,
    ) -> None:
        check_atoms(atoms)
        if atoms.calc is None:
            raise ValueError("The atoms have no calculator: set atoms.calc before simulating.")
        if isinstance(atoms.calc, type):
            raise ValueError(f"atoms.calc is a class and not yet a calculator: write {atoms.calc.__name__}().")
        if not np.all(atoms.get_masses() > 0):
            raise ValueError("Some atoms have no mass: every mass must be above zero.")
        if barostat is not None and not hasattr(thermostat, "temperature"):
            raise ValueError("A barostat alone does not hold a temperature: give the simulation a thermostat too.")
        if barostat is not None and not np.all(atoms.pbc):
            raise ValueError(
                "These atoms are not periodic in all directions: there is no volume for a barostat to change."
            )
        free = movable(atoms)
        if barostat is not None and not free.all():
            raise ValueError("A barostat moves every atom with the cell, and some are fixed: take the constraint off.")
        if len(atoms) == 1 and getattr(thermostat, "conserves_momentum", False):
            raise ValueError(
                "One atom alone moves only as a whole, and this thermostat holds no motion of the whole: use Andersen, "
                "or Langevin with conserves_momentum=False."
            )
        if not free.all():
            atoms.set_momenta(atoms.get_momenta())  # ASE obeys the constraint here: fixed atoms are at rest from now on
        self.atoms, self.timestep_fs, self.thermostat, self.integrator = atoms, timestep_fs, thermostat, integrator
        self.barostat = barostat
        self.steps_done, self.time_fs = 0, 0.0  # both, as the time step may change during the simulation

    @property
    def timestep_fs(self) -> float:
        """Time step in fs; may be changed between two calls of :meth:`run`."""
        return self._timestep_fs

    @timestep_fs.setter
    def timestep_fs(self, value: float) -> None:
        self._timestep_fs = positive("The time step (fs)", value)

    @property
    def free_components(self) -> int:
        """Number of free velocity components: see :func:`course_lib.dynamics.constraints.degrees_of_freedom`."""
        return degrees_of_freedom(self.atoms, getattr(self.thermostat, "conserves_momentum", True))

    @property
    def temperature(self) -> float:
        """Kinetic temperature in K."""
        return kinetic_temperature(self.atoms, self.free_components)

    def forget(self) -> None:
        """Reset the calculator, so that all further results depend on positions and velocities only."""
        if hasattr(self.atoms.calc, "reset"):
            self.atoms.calc.reset()

    def run(self, steps: int = 1) -> None:
        """Advance by ``steps`` time steps."""
        todo, free, barostat = whole("steps", steps), movable(self.atoms), self.barostat
        whole_engine = hasattr(self.atoms.calc, "run") and self.integrator is velocity_verlet
        whole_engine &= not self.atoms.constraints  # the engine does not support constraints
        while todo:
            stretch = todo if barostat is None else min(todo, barostat.every - self.steps_done % barostat.every)
            if whole_engine and self.thermostat is None:
                self._leap(stretch)
            else:
                self._walk(stretch, free)
            todo -= stretch
            if barostat is not None and self.steps_done % barostat.every == 0:
                dt = barostat.every * self.timestep_fs * units.fs
                temperature = getattr(self.thermostat, "temperature")  # noqa: B009  (__init__ saw that it has one)
                barostat(self.atoms, dt, temperature, self.free_components)

    def _leap(self, steps: int) -> None:
        """All steps as one call of the engine, which moves the atoms by all of them or by none."""
        done = self.atoms.calc.run(self.atoms, steps, self.timestep_fs * units.fs)
        if done < steps:
            self._blew_up(self.time_fs + done * self.timestep_fs)
        self._count(steps)

    def _walk(self, steps: int, free: np.ndarray) -> None:
        """Step by step on the arrays of the free atoms, at constant volume."""
        atoms, dt, components = self.atoms, self.timestep_fs * units.fs, self.free_components
        everywhere, m = atoms.positions.copy(), atoms.get_masses()[free, None]
        r, v = good = everywhere[free], atoms.get_velocities()[free]
        forces, done = forces_of(atoms), 0

        def force_on_the_free(r: np.ndarray) -> np.ndarray:
            everywhere[free] = r
            return forces(everywhere)[free]

        force = remember_last(forces if free.all() else force_on_the_free)
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # a blow-up gets a sentence, not warnings
                while done < steps:
                    r, v = self._step(r, v, force, m, dt, components)
                    if forces.blown_up or not np.isfinite(v).all():
                        self._blew_up(self.time_fs + done * self.timestep_fs)
                    good, done = (r, v), done + 1
        finally:  # also after an interruption: never leave the atoms in the middle of a step
            everywhere[free], velocities = good[0], np.zeros_like(everywhere)
            velocities[free] = good[1]
            atoms.set_positions(everywhere, apply_constraint=False)
            atoms.set_velocities(velocities)
            self._count(done)

    def _blew_up(self, time_fs: float) -> NoReturn:
        raise FloatingPointError(
            f"The simulation blew up at {time_fs:.1f} fs: atoms came too close or the time step of {self.timestep_fs} "
            "fs is too long. Try a smaller one, or start from a relaxed structure."
        )

    def _step(
        self, r: np.ndarray, v: np.ndarray, force: Force, m: np.ndarray, dt: float, free: int
    ) -> tuple[np.ndarray, np.ndarray]:
        if self.thermostat is None:
            return self.integrator(r, v, force, m, dt)
        thermostat = self.thermostat if hasattr(self.thermostat, "step") else AfterEachStep(self.thermostat)
        return thermostat.step(self.integrator, r, v, force, m, dt, free)

    def _count(self, steps: int) -> None:
        self.steps_done += steps
        self.time_fs += steps * self.timestep_fs


def simulate(
    atoms: Atoms,
    steps: int,
    timestep_fs: float,
    thermostat: Thermostat | Callable | None = None,
    every: int = 10,
    integrator: Step = velocity_verlet,
    progress: bool = True,
    barostat: CellRescaling | None = None,
    checkpoint: str | Path | None = None,
    checkpoint_every: int = 1000,
    keep: tuple[str, ...] | str = (),
) -> Trajectory:
    """Run molecular dynamics with a progress bar, and return the trajectory.

    If it is interrupted (the stop button in JupyterLab, Ctrl-C in a terminal), the frames so far are returned. If the
    calculator fails or the simulation blows up, the error has them as ``error.trajectory``. For a thermostat on atoms
    that are not periodic, and for a run that became ten times hotter than its thermostat and its start, a warning is
    printed and kept in ``about``.

    Parameters
    ----------
    atoms : ase.Atoms
        Atoms with a calculator; they are moved in place.
    steps : int
        Number of time steps, rounded down to a multiple of ``every``.
    timestep_fs : float
        Time step in fs.
    thermostat : Thermostat or callable, optional
        See :class:`Simulation`.
    every : int
        Keep a frame every ``every`` steps; the first frame is the initial state.
    integrator : callable
        One of the functions of :mod:`course_lib.dynamics.integrators`.
    progress : bool
        Show a progress bar.
    barostat : CellRescaling, optional
        See :class:`Simulation`.
    checkpoint : str or Path, optional
        A file from which the same call continues where it was stopped, even by a power cut. The restarted
        trajectory equals the uninterrupted one to the last digit (see :class:`Checkpoint`).
    checkpoint_every : int
        Number of steps between two checkpoints, a multiple of ``every``.
    keep : tuple of str
        Additional quantities to keep of each frame: "velocities", "pressure" (the calculator must give stress).

    Returns
    -------
    Trajectory
        ``about["cancelled"]`` says whether it was interrupted.
    """
    steps, every = check_steps(steps, every)
    if checkpoint is not None and whole("checkpoint_every", checkpoint_every) % every:
        raise ValueError(f"checkpoint_every is {checkpoint_every}: take a multiple of every, which is {every}.")
    simulation = Simulation(atoms, timestep_fs, thermostat, integrator, barostat)
    recorder, saver = Recorder(simulation, keep), None
    said = [NOT_PERIODIC] * (thermostat is not None and not np.any(atoms.pbc))
    said += [FLYING] * (simulation.free_components < 3 * len(atoms) and share_of_the_whole(atoms) > 1e-6)
    notes = {"note": " ".join(said)} if said else {}
    if said and progress:
        print(*said, sep="\n")
    if checkpoint is not None:
        saver = Checkpoint(checkpoint, whole("checkpoint_every", checkpoint_every))
        saver.begin(simulation, recorder, steps, every)
    cancelled = False
    blocks = range(simulation.steps_done // every, steps // every)
    try:
        for _ in tqdm(blocks, desc="simulating", unit=f"x{every} steps", disable=not progress):
            recorder.advance(every)
            if saver is not None and simulation.steps_done % saver.every == 0:
                saver.save(simulation, recorder)
    except KeyboardInterrupt:
        cancelled = True
    except Exception as error:
        recorder.rescue(error, **notes)
        raise
    finally:
        if saver is not None:
            saver.leave(atoms)
    if failure := broken(recorder.columns(), thermostat):
        said.append(failure)
        notes = {"note": " ".join(said)}
        if progress:
            print(failure)
    return recorder.trajectory(cancelled=cancelled, **notes)


def broken(columns: dict[str, np.ndarray], thermostat: Any) -> str:
    """The sentence for a run that became far hotter than its thermostat, or an empty one."""
    held, T = getattr(thermostat, "temperature", None), columns["temperature"]
    if held is None or len(T) < IN_A_ROW:
        return ""
    lowest = np.lib.stride_tricks.sliding_window_view(T, IN_A_ROW).min(axis=1)
    hot = np.flatnonzero(lowest > TIMES * max(held, T[0]))
    if not len(hot):
        return ""
    return BROKEN.format(time=columns["time_fs"][hot[0]] / 1000, found=lowest[hot[0]], held=held)


def check_steps(steps: Any, every: Any) -> tuple[int, int]:
    """Check the number of steps and the number of steps per frame: whole numbers, and at least one frame."""
    steps, every = whole("steps", steps), whole("every", every)
    if steps < every:
        raise ValueError(
            f"With {steps} steps there is no frame every {every} steps: take more steps, or a smaller every."
        )
    return steps, every


class Recorder:
    """Collects frames of a running :class:`Simulation`; the first is taken at once.

    Parameters
    ----------
    simulation : Simulation
        The simulation whose frames are collected.
    keep : tuple of str
        Additional quantities to keep of each frame: "velocities", "pressure".
    """

    def __init__(self, simulation: Simulation, keep: tuple[str, ...] | str = ()) -> None:
        keep = tuple(keep) if np.iterable(keep) and not isinstance(keep, str) else (keep,)
        if unknown := set(keep) - {"velocities", "pressure"}:
            raise ValueError(f"keep has {', '.join(map(repr, unknown))}: only 'velocities' and 'pressure' can be kept.")
        self.simulation, self.keep = simulation, keep
        self._rows: list[dict[str, Any]] = []
        self.record()

    def advance(self, steps: int) -> None:
        """Run ``steps`` steps and keep the frame after them."""
        self.simulation.run(steps)
        self.record()

    def record(self) -> None:
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
            row["pressure"] = pressure(atoms, simulation.free_components) / units.GPa
        if simulation.barostat is not None:
            row["cells"] = atoms.cell.array.copy()
        self._rows.append(row)

    def columns(self) -> dict[str, np.ndarray]:
        """All frames so far, one array for each quantity."""
        return {name: np.array([row[name] for row in self._rows]) for name in self._rows[0]}

    def restore(self, columns: dict[str, np.ndarray]) -> None:
        """Restore the frames that :meth:`columns` returned."""
        self._rows = [dict(zip(columns, row)) for row in zip(*columns.values())]

    def rescue(self, error: Any, **about: Any) -> None:
        """Attach the frames so far to an error, with a note that says so."""
        error.trajectory = self.trajectory(cancelled=True, **about)
        error.add_note(f"The {len(self._rows)} frames up to then are kept: they are error.trajectory.")

    def trajectory(self, **about: Any) -> Trajectory:
        """All frames so far as a :class:`Trajectory`."""
        simulation, atoms = self.simulation, self.simulation.atoms
        return Trajectory(
            symbols=atoms.get_chemical_symbols(),
            cell=atoms.cell.array.copy(),
            pbc=atoms.pbc.copy(),
            masses=atoms.get_masses(),
            **carried(atoms),
            **self.columns(),
            about={"timestep_fs": simulation.timestep_fs, "steps": simulation.steps_done, **about},
        )
