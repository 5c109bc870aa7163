"""What a simulation leaves behind: times, unwrapped positions, energies, temperatures."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from ase import Atoms


@dataclass
class Trajectory:
    """Frames of one simulation.

    Attributes
    ----------
    symbols : list of str
        Element of each of the N atoms.
    cell : (3, 3) array
        Cell vectors in Å, one per row; under a barostat the last one.
    pbc : (3,) array of bool
    time_fs : (F,) array
    positions : (F, N, 3) array
        In Å, unwrapped: an atom that leaves the cell goes on.
    potential_energy, temperature : (F,) arrays
        In eV and K.
    kinetic_energy : (F,) array
        In eV.
    about : dict
        How it was made; saved with it.
    velocities : (F, N, 3) array, optional
        In Å/fs, where they were asked for.
    pressure : (F,) array, optional
        In GPa, where it was asked for.
    cells : (F, 3, 3) array, optional
        The cell of each frame, where a barostat moved it.
    """

    symbols: list
    cell: np.ndarray
    pbc: np.ndarray
    time_fs: np.ndarray
    positions: np.ndarray
    potential_energy: np.ndarray
    kinetic_energy: np.ndarray
    temperature: np.ndarray
    about: dict = field(default_factory=dict)
    velocities: np.ndarray | None = None
    pressure: np.ndarray | None = None
    cells: np.ndarray | None = None

    def __len__(self):
        return len(self.time_fs)

    def atoms(self, frame):
        """Frame number ``frame`` as ``ase.Atoms``."""
        cell = self.cell if self.cells is None else self.cells[frame]
        return Atoms(self.symbols, self.positions[frame], cell=cell, pbc=self.pbc)

    def indices(self, symbol):
        """Indices of all atoms of one element; an error names the elements there are."""
        found = np.flatnonzero(np.array(self.symbols) == symbol)
        if len(found) == 0:
            raise ValueError(f"There is no {symbol} in this trajectory: it has {', '.join(sorted(set(self.symbols)))}.")
        return found

    def save(self, path):
        """Write everything to one compressed ``.npz`` file; positions and velocities are kept to float32."""
        arrays = {name: getattr(self, name) for name in _ARRAYS + _OPTIONAL if getattr(self, name) is not None}
        arrays |= {name: arrays[name].astype(np.float32) for name in _LARGE if name in arrays}
        arrays |= {"symbols": np.array(self.symbols), "about": np.array(json.dumps(self.about))}
        with open(path, "wb") as file:  # given a name, numpy would add .npz where it is missing
            np.savez_compressed(file, **arrays)

    @classmethod
    def load(cls, path):
        """Read what :meth:`save` wrote; a missing or broken file is one clear sentence."""
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(f"There is no trajectory at {path}.")
        try:
            with np.load(path) as file:
                arrays = {name: file[name] for name in _ARRAYS + _OPTIONAL if name in _ARRAYS or name in file}
                symbols, about = [str(s) for s in file["symbols"]], json.loads(str(file["about"]))
        except Exception as error:  # numpy and zipfile raise a dozen kinds for a damaged file
            raise ValueError(f"The trajectory {path.name} cannot be read ({error}): make it anew.") from error
        arrays |= {name: arrays[name].astype(float) for name in _LARGE if name in arrays}
        return cls(symbols=symbols, about=about, **arrays)


_ARRAYS = ("cell", "pbc", "time_fs", "positions", "potential_energy", "kinetic_energy", "temperature")
_OPTIONAL = ("velocities", "pressure", "cells")
_LARGE = ("positions", "velocities")
