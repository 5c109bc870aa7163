"""Functions that read the shipped files: tables, frames, trajectories, JSON."""

import json

import ase.io
import numpy as np

from course_lib.dynamics.trajectory import Trajectory

RUN_COLUMNS = ("time_fs", "positions", "velocities", "potential_energy", "kinetic_energy", "temperature")


def read_table(path):
    """A CSV file with comment lines above the names of its columns.

    Returns
    -------
    dict
        {name of the column, with its unit: (n,) array of numbers or of words}.
    """
    header, *rows = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    values = np.array([row.split(",") for row in rows]).T
    return {name: _numbers_or_words(column) for name, column in zip(header.split(","), values, strict=True)}


def read_extxyz(path, **wanted):
    """Labelled frames of an extended XYZ file; only those whose ``info`` has the ``wanted`` values, None for any.

    Returns
    -------
    list of ase.Atoms
        ``get_potential_energy()`` in eV and ``get_forces()`` in eV/Å.
    """
    frames = ase.io.read(path, index=":", format="extxyz")
    return [atoms for atoms in frames if all(value in (None, atoms.info[key]) for key, value in wanted.items())]


def read_json(path):
    """The content of a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def read_runs(path):
    """Several trajectories of one molecule, of any lengths.

    Returns
    -------
    list of Trajectory
        Positions in Å, velocities in Å/fs; ``about``, the same for all, says how they were made.
    """
    with np.load(path) as file:
        about, symbols = json.loads(str(file["about"])), [str(s) for s in file["symbols"]]
        return [
            Trajectory(
                symbols=symbols,
                cell=np.zeros((3, 3)),
                pbc=np.zeros(3, bool),
                about=about,
                **{name: file[f"{name}_{i}"].astype(float) for name in RUN_COLUMNS},
            )
            for i in range(about["runs"])
        ]


def _numbers_or_words(column):
    try:
        return column.astype(float)
    except ValueError:
        return column
