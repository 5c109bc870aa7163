"""A simulation that survives a power cut: its whole state in one file, and back."""

import json
import warnings

import numpy as np
from filelock import FileLock, Timeout

from course_lib.dynamics.constraints import movable
from course_lib.dynamics.thermostats.base import Thermostat
from course_lib.files import as_json, check_folder, whole_file

SAME_START = 1e-6  # Å and Å/fs: the same recipe on another machine may differ in the last digits
SAME_FORCE = 1e-3  # relative to the largest force: a larger difference means another potential, not rounding


class Checkpoint:
    """Writes the state and all frames of a :class:`Simulation` every ``every`` steps, and continues from the file.

    **Why a restart is exact.** A running simulation has a hidden state in two places. One is the random generator of
    the thermostat, which is saved. The other is the calculator: the neighbour list that it built some steps ago sets
    the order in which forces are summed, hence their last digit. So at each checkpoint the calculator is reset
    (``calc.reset()``) and the forces are computed again, in the uninterrupted run as in the restarted one. The forces
    are saved too: a restart that cannot reproduce them gives a warning or an error.

    Parameters
    ----------
    path : str or Path
        Path of the file. A new file replaces the old one only when it is complete.
    every : int
        Number of steps between two checkpoints. The file holds all frames so far, so do not write it too often.
    """

    def __init__(self, path, every):
        self.path, self.every = check_folder(path), every
        self._lock = FileLock(self.path.with_name(f".{self.path.name}.lock"))  # the system frees it after a kill, too

    def begin(self, simulation, recorder, steps, frames_every):
        """Continue from the file if it exists; it must belong to this run of ``steps`` steps."""
        for part in (simulation.thermostat, simulation.barostat):
            if not (part is None or hasattr(part, "state")):
                raise ValueError(
                    f"{part!r} has no state() that a checkpoint could save: derive it from {Thermostat.__name__}."
                )
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise ValueError(
                f"Another run is writing to the checkpoint {self.path.name}: wait for it, or name another file."
            ) from None
        try:
            self._go_on(simulation, recorder, steps, frames_every)
        except BaseException:
            self._lock.release()
            raise

    def _go_on(self, simulation, recorder, steps, frames_every):
        for part in (simulation.thermostat, simulation.barostat):
            _check_saveable(part)
        self._identity = _identity(simulation, frames_every, recorder.keep)
        self._start = _places(simulation.atoms)
        if not self.path.exists():
            return
        saved = self._read()
        self._check_same_run(saved, steps)
        self._start = saved["start"]
        _put_back(saved, simulation, recorder)
        self._check_same_forces(saved["forces"], simulation)
        self._saved = saved

    def save(self, simulation, recorder):
        """Write the present state, and reset the calculator."""
        simulation.forget()
        atoms = simulation.atoms
        self._saved = {
            "identity": np.array(as_json(self._identity)),
            "start": self._start,
            "left": _places(atoms),
            "positions": atoms.positions.copy(),
            "momenta": atoms.get_momenta(),
            "cell": atoms.cell.array.copy(),
            "forces": atoms.get_forces(),
            "steps": np.array(simulation.steps_done),
            "time_fs": np.array(simulation.time_fs),
            "state": np.array(as_json([_state(simulation.thermostat), _state(simulation.barostat)])),
        }
        self._saved |= {f"frames_{name}": column for name, column in recorder.columns().items()}
        self._write()

    def leave(self, atoms):
        """Save where the atoms end, so that a notebook cell can be run again and is recognised as the same run."""
        try:
            if hasattr(self, "_saved"):
                self._saved["left"] = _places(atoms)
                self._write()
        except OSError as error:  # what stopped the run, or the trajectory it returns, is worth more
            warnings.warn(
                f"The checkpoint {self.path.name} could not be written at the end ({error}): it is the one before.",
                stacklevel=3,
            )
        finally:
            self._lock.release()

    def _write(self):
        with whole_file(self.path) as file:
            np.savez(file, **self._saved)

    def _read(self):
        try:
            with np.load(self.path) as file:
                return {name: file[name] for name in file.files}
        except Exception as error:  # numpy and zipfile raise a dozen kinds of error for a damaged file
            raise ValueError(
                f"The checkpoint {self.path.name} cannot be read ({error}): delete it to start anew."
            ) from error

    def _check_same_run(self, saved, steps):
        if "identity" not in saved:
            raise ValueError(f"{self.path.name} is not a checkpoint of simulate(): name another file.")
        theirs = json.loads(str(saved["identity"]))
        for name, ours in self._identity.items():
            if theirs.get(name) != ours:
                self._refuse(f"its {name} is {theirs.get(name)}, not {ours}")
        if saved["steps"] > steps:
            self._refuse(f"it has done {saved['steps']} steps already, and {steps} are asked for")
        if not any(np.allclose(self._start, saved[place], rtol=0, atol=SAME_START) for place in ("start", "left")):
            self._refuse("it started from other positions, velocities, masses or another cell")

    def _check_same_forces(self, saved, simulation):
        difference = np.max(np.abs(simulation.atoms.get_forces() - saved))
        if difference > SAME_FORCE * max(np.max(np.abs(saved)), SAME_FORCE):
            self._refuse(f"its potential gives other forces (by up to {difference:.2g} eV/Å)")
        if difference > 0:
            warnings.warn(
                f"The calculator gives forces that differ by {difference:.1g} eV/Å from those in {self.path.name}: "
                "the run continues, but its digits will not be those of the uninterrupted run.",
                stacklevel=4,
            )

    def _refuse(self, reason):
        raise ValueError(
            f"The checkpoint {self.path.name} belongs to another run: {reason}. Delete it or name another file."
        )


def _identity(simulation, frames_every, keep):
    atoms = simulation.atoms
    return {
        "list of atoms": f"{len(atoms)} atoms, {atoms.get_chemical_formula()}",
        "periodicity": str(atoms.pbc.tolist()),
        "time step": f"{simulation.timestep_fs} fs",
        "integrator": getattr(simulation.integrator, "__name__", repr(simulation.integrator)),
        "thermostat": repr(simulation.thermostat),
        "barostat": repr(simulation.barostat),
        "number of steps per frame": frames_every,
        "list of what is kept": sorted(keep),
        "list of fixed atoms": np.flatnonzero(~movable(atoms)).tolist(),
    }


def _places(atoms):
    """Array (N + 3, 8) by which two starts are compared: species, masses, positions, velocities, cell."""
    rows = np.column_stack([atoms.numbers, atoms.get_masses(), atoms.positions, atoms.get_velocities()])
    return np.vstack([rows, np.pad(atoms.cell.array, ((0, 0), (0, 5)))])


def _state(part):
    return None if part is None else part.state()


def _check_saveable(part):
    """Refuse now what could not be written, or would come back as something else, a thousand steps later."""
    try:
        state = _state(part)
        as_json(state)
        reason = _changed_by_json(state)
    except TypeError as error:
        reason = error
    if reason:
        raise ValueError(f"A checkpoint cannot save the state of {part!r}: {reason}")


def _changed_by_json(value):
    """Why something in a state would come back as something else; an empty text if nothing would."""
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            return "name the keys of its dictionaries by text."
        value = list(value.values())
    if isinstance(value, list):
        return next(filter(None, map(_changed_by_json, value)), "")
    if isinstance(value, tuple | np.ndarray):
        return "keep each array in an attribute of its own, and lists in place of tuples."
    return ""


def _put_back(saved, simulation, recorder):
    atoms = simulation.atoms
    atoms.set_cell(saved["cell"])
    atoms.positions = saved["positions"]
    atoms.set_momenta(saved["momenta"])
    simulation.steps_done, simulation.time_fs = int(saved["steps"]), float(saved["time_fs"])
    for part, state in zip((simulation.thermostat, simulation.barostat), json.loads(str(saved["state"]))):
        if part is not None:
            part.restore(state)
    recorder.restore({name.removeprefix("frames_"): saved[name] for name in saved if name.startswith("frames_")})
    simulation.forget()
