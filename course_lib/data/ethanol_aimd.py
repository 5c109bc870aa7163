"""The shipped ab initio molecular dynamics of ethanol: PBE/def2-SVP (``make_ethanol_aimd.py``)."""

import json

import numpy as np

from course_lib.data.shipped import FOLDER, checked_path
from course_lib.dynamics.trajectory import Trajectory

FILE = "ethanol_aimd.npz"
COMMAND = "python -m course_lib.data.make_ethanol_aimd"
_LARGE = ("positions", "velocities")


def save_ethanol_aimd(runs, about, path):
    """Write several trajectories of one molecule, of any lengths, to one file."""
    arrays = {"symbols": np.array(runs[0].symbols), "about": np.array(json.dumps(about))}
    for i, run in enumerate(runs):
        for name in ("time_fs", "positions", "velocities", "potential_energy", "kinetic_energy", "temperature"):
            array = getattr(run, name)
            arrays[f"{name}_{i}"] = array.astype(np.float32) if name in _LARGE else array
    with open(path, "wb") as file:
        np.savez_compressed(file, **arrays)


def load_ethanol_aimd(folder=FOLDER):
    """Read the shipped trajectories after their checksum.

    Parameters
    ----------
    folder : Path
        Another folder, for tests.

    Returns
    -------
    runs : list of Trajectory
        At constant energy; every step, positions in Å and velocities in Å/fs.
    about : dict
        How they were made.

    Raises
    ------
    FileNotFoundError, ValueError
        Where the file is missing or damaged; both name the command that makes it anew.
    """
    runs = []
    with np.load(checked_path(FILE, COMMAND, folder)) as file:
        about, symbols = json.loads(str(file["about"])), [str(s) for s in file["symbols"]]
        for i in range(about["runs"]):
            names = ("time_fs", "positions", "velocities", "potential_energy", "kinetic_energy", "temperature")
            columns = {name: file[f"{name}_{i}"].astype(float) for name in names}
            runs.append(Trajectory(symbols, np.zeros((3, 3)), np.zeros(3, bool), **columns, about=about))
    return runs, about
