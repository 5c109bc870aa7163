"""The result of a simulation: times, unwrapped positions, energies, temperatures."""

import json
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms, units
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import dict2constraint
from ase.data import atomic_masses, atomic_numbers

from course_lib.arguments import atoms_of_element, index, list_of_elements
from course_lib.files import as_json, whole_file

GRAM_PER_CM3 = 1e24 / units._Nav  # one u/Å^3 in g/cm^3
ABSENT = {  # what a trajectory of another program may lack, and why
    "time_fs": "times: give frame_fs, the time between two frames, where it is read",
    "potential_energy": "potential energies: its program did not write them",
    "kinetic_energy": "kinetic energies: its program did not write velocities",
    "temperature": "temperatures: its program did not write velocities",
}
CARRIED = {"tags": int, "initial_charges": float, "initial_magmoms": float}  # arrays of ASE, the same in all frames


@dataclass(repr=False, eq=False)
class Trajectory:
    """Frames of one simulation.

    A quantity that is not known is None where the list below says so; any other missing quantity raises an error that
    names it.

    Attributes
    ----------
    symbols : list of str
        Element of each of the N atoms.
    cell : (3, 3) array
        Cell vectors in Å, one per row; if the cell changes, those of the last frame.
    pbc : (3,) array of bool
        Directions that are periodic.
    time_fs : (F,) array
        Time of each frame in fs, increasing.
    positions : (F, N, 3) array
        Unwrapped positions in Å: an atom that leaves the cell is not put back.
    potential_energy, temperature : (F,) arrays
        Potential energy in eV and kinetic temperature in K.
    kinetic_energy : (F,) array
        Kinetic energy in eV.
    about : dict
        Notes on how the trajectory was made; saved with it.
    velocities : (F, N, 3) array or None
        Velocities in Å/fs, if they were kept.
    pressure : (F,) array or None
        Pressure in GPa, if it was kept.
    cells : (F, 3, 3) array or None
        Cell vectors of each frame in Å, one per row, if the cell changes.
    masses : (N,) array
        Masses in u; by default the standard masses of the elements.
    constraints : list
        ASE's constraints, the same for all frames.
    tags, initial_charges, initial_magmoms : (N,) arrays or None
        As in ASE, if they are not all zero; some calculators take charge and spin from there.
    """

    symbols: list
    cell: np.ndarray
    pbc: np.ndarray
    time_fs: np.ndarray | None = field(default_factory=lambda: None)
    positions: np.ndarray = field(default_factory=lambda: None)
    potential_energy: np.ndarray | None = field(default_factory=lambda: None)
    kinetic_energy: np.ndarray | None = field(default_factory=lambda: None)
    temperature: np.ndarray | None = field(default_factory=lambda: None)
    about: dict = field(default_factory=dict)
    velocities: np.ndarray | None = None
    pressure: np.ndarray | None = None
    cells: np.ndarray | None = None
    masses: np.ndarray | None = None
    constraints: Any = field(default_factory=list)  # a list; mypy sees arrays handed over by name
    tags: np.ndarray | None = None
    initial_charges: np.ndarray | None = None
    initial_magmoms: np.ndarray | None = None

    def __post_init__(self):
        self.symbols = list_of_elements(self.symbols)
        if self.masses is None:
            self.masses = atomic_masses[[atomic_numbers[symbol] for symbol in self.symbols]]
        F, N = len(self.positions) if np.ndim(self.positions) else 0, len(self.symbols)
        if F == 0:
            raise ValueError("There are no frames: a trajectory has at least one.")
        shapes = {"positions": (F, N, 3), "velocities": (F, N, 3), "cell": (3, 3), "cells": (F, 3, 3), "masses": (N,)}
        shapes |= dict.fromkeys((*ABSENT, "pressure"), (F,)) | dict.fromkeys(CARRIED, (N,))
        shapes["initial_magmoms"] = (N, *np.shape(self.initial_magmoms)[1:])  # numbers, or vectors
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array is None and name in ABSENT:
                delattr(self, name)  # __getattr__ then raises an error that names it
            elif array is not None:
                array = np.asarray(array, float)
                if array.shape != shape:
                    raise ValueError(f"The {name} have the shape {array.shape}: {shape} fits {F} frames of {N} atoms.")
                if not np.isfinite(array).all():
                    raise ValueError(f"Some {name} are not finite numbers: the trajectory is broken.")
                setattr(self, name, array)
        if self.known("time_fs") and np.any(np.diff(self.time_fs) <= 0):
            at = int(np.argmax(np.diff(self.time_fs) <= 0)) + 1
            raise ValueError(f"The time of frame {at} is {self.time_fs[at]:g} fs, not later than the one before.")
        self.pbc = np.broadcast_to(np.asarray(self.pbc, bool), (3,)).copy()
        constraints_as_text(self.constraints)  # refused now, not when it is saved

    def __getattr__(self, name):
        if name in ABSENT:
            raise AttributeError(f"This trajectory has no {ABSENT[name]}.")
        raise AttributeError(f"A trajectory has no {name!r}.")

    def __len__(self):
        return len(self.positions)

    def known(self, name):
        """Whether ``name`` (an attribute) is known."""
        return self.__dict__.get(name) is not None

    def atoms(self, frame):
        """Frame number ``frame`` as ``ase.Atoms``, with all that is known of its atoms."""
        frame = index("The number of the frame", frame, len(self))
        cell = self.cell if self.cells is None else self.cells[frame]
        atoms = Atoms(self.symbols, self.positions[frame], masses=self.masses, cell=cell, pbc=self.pbc)
        if self.velocities is not None:
            atoms.set_velocities(self.velocities[frame] / units.fs)
        for name in filter(self.known, CARRIED):
            atoms.set_array(name, getattr(self, name), CARRIED[name])
        atoms.set_constraint(deepcopy(self.constraints))  # last: it would change velocities that are being set
        return atoms

    def to_ase(self):
        """All frames as a list of ``ase.Atoms``, with energies and ``info["time_fs"]``; ``ase.io.write`` writes it."""
        frames = [self.atoms(n) for n in range(len(self))]
        for n, atoms in enumerate(frames):
            if self.known("time_fs"):
                atoms.info["time_fs"] = float(self.time_fs[n])
            if self.known("potential_energy"):
                atoms.calc = SinglePointCalculator(atoms, energy=float(self.potential_energy[n]))
        return frames

    @property
    def volume(self):
        """Volume of the cell of each frame, (F,) in Å^3."""
        if not self.pbc.all():
            raise ValueError("These atoms are not periodic in all directions: they have no volume.")
        cells = np.broadcast_to(self.cell, (len(self), 3, 3)) if self.cells is None else self.cells
        volume = np.abs(np.linalg.det(cells))
        if volume.min() < 1e-9:
            raise ValueError("The cell has no volume: its vectors are missing or lie in a plane; give the cell.")
        return volume

    @property
    def density(self):
        """Mass density of each frame, (F,) in g/cm^3."""
        return self.masses.sum() / self.volume * GRAM_PER_CM3

    def indices(self, symbol):
        """Indices of all atoms of one element."""
        return atoms_of_element(self.symbols, symbol)

    def save(self, path):
        """Write everything to one compressed ``.npz`` file; positions and velocities are saved as float32."""
        arrays = {name: getattr(self, name) for name in _ARRAYS if self.known(name)}
        arrays |= {name: arrays[name].astype(np.float32) for name in _LARGE if name in arrays}
        arrays |= {"symbols": np.array(self.symbols), "about": np.array(as_json(self.about))}
        if self.constraints:
            arrays["constraints"] = np.array(constraints_as_text(self.constraints))
        with whole_file(path) as file:
            np.savez_compressed(file, **arrays)

    @classmethod
    def load(cls, path):
        """Read what :meth:`save` wrote; a missing, broken or foreign file raises an error with one clear sentence."""
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(f"There is no trajectory at {path}.")
        if path.read_bytes()[:2] != b"PK":  # every .npz file begins with PK
            raise ValueError(
                f"The trajectory {path.name} cannot be read (it was not written by Trajectory.save, or it is damaged): "
                "make it anew, or read a file of another program with course_lib.transport.read_trajectory."
            )
        try:
            with np.load(path) as file:
                arrays = {name: file[name] for name in _ARRAYS if name in file}
                symbols, about = [str(s) for s in file["symbols"]], json.loads(str(file["about"]))
                constraints = json.loads(str(file["constraints"])) if "constraints" in file else []
            return cls(symbols=symbols, about=about, constraints=list(map(dict2constraint, constraints)), **arrays)
        except Exception as error:  # numpy and zipfile raise a dozen kinds for a damaged file
            raise ValueError(f"The trajectory {path.name} cannot be read ({error}): make it anew.") from error


def constraints_as_text(constraints):
    """JSON of ASE's constraints: a file can hold it, and two frames can be compared by it."""
    try:
        return as_json([constraint.todict() for constraint in constraints])
    except (AttributeError, NotImplementedError, TypeError) as error:
        names = ", ".join(type(constraint).__name__ for constraint in constraints)
        raise ValueError(
            f"The constraints ({names}) cannot be kept, as one has no todict() of numbers and text: take it off."
        ) from error


def carried(atoms):
    """What a trajectory takes over from its first structure besides elements, masses and cell, as arguments of it."""
    arrays = {name: atoms.arrays[name].copy() for name in CARRIED if np.any(atoms.arrays.get(name, 0))}
    return {"constraints": deepcopy(atoms.constraints), **arrays}


_ARRAYS = ("cell", "pbc", "positions", "velocities", "pressure", "cells", "masses", *ABSENT, *CARRIED)
_LARGE = ("positions", "velocities")
