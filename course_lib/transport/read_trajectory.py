"""Trajectories of other programs, as a :class:`course_lib.dynamics.trajectory.Trajectory`."""

import warnings
from itertools import islice
from pathlib import Path

import ase.io
import ase.units
import numpy as np
from ase.calculators.lammps import convert
from ase.io.formats import filetype
from scipy.stats import chi2

from course_lib.arguments import check_atoms, list_of_elements, positive, time_step
from course_lib.dynamics.trajectory import CARRIED, Trajectory, carried, constraints_as_text
from course_lib.dynamics.velocities import kinetic_temperature
from course_lib.transport.unwrap import unwrap
from course_lib.xyz import open_text, read_xyz

JUMP = 8.0  # a step of all atoms 8 times longer than usual, and longer than 1 Å, is not motion
CHANCE = 1e-13  # of a step that is no motion; a molecule that tumbles, whose atoms go together, reaches 1e-12
LAMMPS_UNITS = ("metal", "real", "si", "cgs", "electron", "micro", "nano")  # all but lj, which have no size
STEP = "ITEM: TIMESTEP"  # of a frame of LAMMPS, in steps of its run


def read_trajectory(path, wrapped, frame_fs=None, elements=None, units=None):
    """Read any format that ASE reads: its own traj, extended XYZ, XDATCAR, vasprun.xml, LAMMPS text dumps and more.

    Parameters
    ----------
    path : str or Path
        The file.
    wrapped : bool
        True if atoms that left the cell were put back into it. Most programs do this, and no file says so. Wrapped
        positions are unwrapped, which is right as long as no atom moves half a cell between two frames.
    frame_fs : float, optional
        Time between two frames in fs; frames that say otherwise, or LAMMPS steps that are not evenly spaced, are
        refused. Without it the trajectory knows its times only if every frame has ``info["time_fs"]``.
    elements : sequence of str, optional
        For a LAMMPS dump without a column ``element``: the element of type 1, 2, ... in this order.
    units : str, optional
        For a LAMMPS dump with velocities and without ``ITEM: UNITS``: the ``units`` of its run, such as "metal" or
        "real"; no velocities and no units are read as Å.

    Returns
    -------
    Trajectory
        It has energies, velocities and temperatures if every frame has them; masses are those of the file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        For a file that cannot be read whole, one frame only, frames of different atoms, times that cannot be right, and
        a LAMMPS dump whose elements, or units of velocities, are not known.

    Warns
    -----
    UserWarning
        If so many atoms jump at once that the file may hold several runs, one behind the other; fewer than ten atoms
        are too few to tell.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}: check its name.")
    if not isinstance(wrapped, bool | np.bool_):
        raise ValueError(f"wrapped is {wrapped!r}: give True if atoms that leave the cell are put back, or False.")
    frames = _frames(path, elements, units)
    first, held = frames[0], constraints_as_text(frames[0].constraints)
    for number, atoms in enumerate(frames):
        check_atoms(atoms)
        if atoms.get_chemical_symbols() != first.get_chemical_symbols():
            raise ValueError(f"Frame {number} of {path.name} has other atoms, or another order, than the first.")
        if (atoms.pbc != first.pbc).any():
            raise ValueError(f"Frame {number} of {path.name} is periodic in other directions than the first.")
        if constraints_as_text(atoms.constraints) != held:
            raise ValueError(
                f"Frame {number} of {path.name} has other constraints than the first: read each part alone."
            )
    positions = np.array([atoms.positions for atoms in frames])
    cells = np.array([atoms.cell.array for atoms in frames])
    changes = not np.allclose(cells, cells[0], atol=1e-6)
    if wrapped:
        if not first.pbc.any():
            raise ValueError(f"The atoms of {path.name} are not periodic, so none is wrapped: set wrapped=False.")
        positions = unwrap(positions, cells if changes else cells[0], first.pbc)
    velocities = None
    if all(atoms.has("momenta") for atoms in frames):
        velocities = np.array([atoms.get_velocities() for atoms in frames]) * ase.units.fs
    energies = [None if atoms.calc is None else atoms.calc.results.get("energy") for atoms in frames]
    trajectory = Trajectory(
        symbols=first.get_chemical_symbols(),
        cell=cells[-1],
        pbc=first.pbc,
        time_fs=_times(frames, frame_fs, path.name),
        positions=positions,
        potential_energy=None if None in energies else np.array(energies),
        kinetic_energy=None if velocities is None else np.array([atoms.get_kinetic_energy() for atoms in frames]),
        temperature=None if velocities is None else np.array([_temperature(atoms) for atoms in frames]),
        velocities=velocities,
        cells=cells if changes else None,
        masses=first.get_masses(),
        about={"file": path.name, "wrapped": wrapped},
        **_carried(frames, path.name),
    )
    _notice_jumps(positions, path.name)
    return trajectory


def _frames(path, elements, units):
    try:
        kind = filetype(str(path))
    except Exception:  # the sentence below is clearer than ASE's
        kind = None
    if kind == "lammps-dump-text":
        frames = _read_dump(path, elements, units)
    elif elements is not None or units is not None:
        raise ValueError(f"{path.name} names its own elements and units: elements and units are for LAMMPS dumps.")
    elif kind == "extxyz":
        frames = read_xyz(path)
    else:
        frames = _as_ase_reads(path, kind)
    if kind == "vasp-xdatcar" and frames:
        _check_xdatcar(path, len(frames))
    if len(frames) < 2:
        raise ValueError(f"{path.name} holds {len(frames)} frame: a trajectory has two or more.")
    return frames


def _as_ase_reads(path, kind, **options):
    try:
        return ase.io.read(path, ":", format=kind, **options)
    except Exception as error:  # ASE raises whatever it stumbles over
        raise ValueError(f"{path.name} cannot be read by ASE ({type(error).__name__}: {error}).") from error


def _read_dump(path, elements, units):
    """Frames of LAMMPS, which numbers its atoms by type and says its units only where it is told to."""
    header = []
    with open_text(path) as file:
        for line in file:
            header.append(line.strip())
            if line.startswith("ITEM: ATOMS"):
                break
        columns = header[-1].split()[2:]
        n = int(header[header.index("ITEM: NUMBER OF ATOMS") + 1])
        table = dict(zip(columns, zip(*(line.split() for line in islice(file, n)))))
    if "ITEM: UNITS" in header:
        named = header[header.index("ITEM: UNITS") + 1]
        if units not in (None, named):
            raise ValueError(f"units is {units!r}, and {path.name} says that its units are {named}: leave units out.")
        units = named
    if units is None and "vx" in columns:
        raise ValueError(f"{path.name} holds velocities and does not say in which units: give units='metal' or 'real'.")
    if units not in (None, *LAMMPS_UNITS):
        raise ValueError(f"The units of {path.name} are {units!r}: only {', '.join(LAMMPS_UNITS)} can be read.")
    if "element" in columns:
        if elements is not None:
            raise ValueError(f"{path.name} names its own elements: elements is for LAMMPS dumps without them.")
    elif "type" not in columns:
        raise ValueError(f"{path.name} has no column element and none type: let LAMMPS write one of them.")
    elif elements is None:
        raise ValueError(
            f"{path.name} numbers its atoms by type and does not name their elements: give them in the order "
            "of the types, such as elements=('Li', 'P', 'S')."
        )
    else:
        elements = list_of_elements(elements)  # two types may be of one element
    frames = _as_ase_reads(path, "lammps-dump-text", units=units or "metal")
    masses = _masses(table, units or "metal")
    for atoms in frames:
        atoms.info[STEP] = atoms.info.pop("timestep")  # the name that no other program gives to something else
        atoms.calc = None  # where there are forces ASE adds an energy of zero
        velocities = atoms.get_velocities()
        if elements is not None:
            largest = atoms.arrays["type"].max(initial=0)
            if largest > len(elements):
                raise ValueError(
                    f"{path.name} has atoms of type {largest}, and elements names {len(elements)}: name them all."
                )
            atoms.symbols = np.array(elements)[atoms.arrays["type"] - 1]
        atoms.set_masses(masses)
        if atoms.has("momenta"):
            atoms.set_velocities(velocities)  # ASE kept momenta, with other masses
    return frames


def _masses(table, units):
    """Masses in u, in the order of ASE, which reads none; "defaults" where the dump has no column of them."""
    if "mass" not in table:
        return "defaults"
    order = np.argsort(np.array(table["id"], int)) if "id" in table else slice(None)
    return convert(np.array(table["mass"], float)[order], "mass", units, "ASE")


def _check_xdatcar(path, read):
    """Refuse an XDATCAR that ASE misreads: it stops where a frame does not begin as it should, and knows no volumes.

    Warn where the number of the configuration falls, as it does where another run begins.
    """
    with open_text(path) as file:
        next(file)
        scale = float(next(file))
        numbers = [line.split("=")[1].strip() for line in file if "Direct configuration=" in line]
    if scale < 0:
        raise ValueError(
            f"{path.name} has a scale of {scale:g}, which means a volume of {-scale:g} Å^3, and ASE takes it for a "
            "length: write 1.0 there, and the cell vectors in Å."
        )
    if len(numbers) != read:
        raise ValueError(
            f"{path.name} holds {len(numbers)} lines 'Direct configuration=', and ASE reads {read} frames: look for a "
            f"blank or broken line after frame {read - 1}."
        )
    numbers = [int(number) if number.isdigit() else np.nan for number in numbers]  # asterisks beyond six digits
    if np.any(np.diff(numbers) <= 0):
        at = int(np.argmax(np.diff(numbers) <= 0)) + 1
        warnings.warn(
            f"Frame {at} of {path.name} is its configuration {numbers[at]}, and the one before is {numbers[at - 1]}: "
            "another run begins there. If it does not go on where the one before ended, read each run on its own.",
            stacklevel=4,
        )


def _carried(frames, name):
    """What all frames have in common; charges that change on the way, as of a reactive force field, are not kept."""
    kept = carried(frames[0])
    for key in CARRIED:
        first, *others = (atoms.arrays.get(key, 0) for atoms in frames)
        if any(np.any(other != first) for other in others):
            kept.pop(key, None)
            warnings.warn(f"The {key} of {name} change from frame to frame: they are not kept.", stacklevel=3)
    return kept


def _temperature(atoms):
    """Kinetic temperature in K: as in our own simulations if the constraints are supported there, else by ASE."""
    try:
        return kinetic_temperature(atoms)
    except ValueError:
        return atoms.get_temperature()


def _times(frames, frame_fs, name):
    """Times in fs as the frames or the user say; where both do, they must agree."""
    steps, times = ([atoms.info.get(key) for atoms in frames] for key in (STEP, "time_fs"))
    if None not in steps and (frame_fs is not None or np.any(np.diff(steps) <= 0)):
        time_step(steps, f"{STEP} of {name}", "steps")
    if frame_fs is not None:
        frame_fs = positive("frame_fs", frame_fs)
        if None in times:
            return frame_fs * np.arange(len(frames))
        own = time_step(times, f"time_fs of {name}")
        if abs(own - frame_fs) > 0.01 * frame_fs:
            raise ValueError(
                f"frame_fs is {frame_fs:g}, and the frames of {name} say that they are {own:g} fs apart: leave it out."
            )
    return None if None in times else np.array(times, float)


def _notice_jumps(positions, name):
    """Warn where, in one step between two quieter ones, more atoms go far than chance lets go at once.

    An atom is compared with itself, as some hop and some only rattle: p is the part of its steps that are as long. For
    atoms that move independently, -2 sum ln p follows chi^2 (Fisher's method); ions that hop in a chain are not enough.
    """
    steps = np.linalg.norm(np.diff(positions, axis=0), axis=2)  # (F - 1, N) in Å
    steps = steps[:, steps.any(axis=0)]  # atoms that never move say nothing
    if len(steps) < 3 or not steps.size:
        return
    size = np.sqrt(np.mean(steps**2, axis=1))
    clear = (size > JUMP * np.median(size)) & (size > 1.0) & (steps.shape[1] >= 10)  # few frames hold no rare step
    quieter = np.pad((size[1:-1] > 2 * size[:-2]) & (size[1:-1] > 2 * size[2:]), 1)
    for at in np.flatnonzero(clear | quieter):
        p = np.mean(steps >= steps[at], axis=0)
        if clear[at] or chi2.sf(-2 * np.sum(np.log(p)), 2 * len(p)) < CHANCE:
            warnings.warn(
                f"Between frames {at} and {at + 1} of {name} the atoms move {size[at]:.2f} Å, usually "
                f"{np.median(size):.2f} Å: are these several runs, one behind the other, or are frames missing? Then "
                "read each run on its own.",
                stacklevel=3,
            )
            return
