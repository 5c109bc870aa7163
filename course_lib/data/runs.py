"""Several trajectories of one molecule, of any lengths, in one file."""

import json

import numpy as np

from course_lib.dynamics.trajectory import Trajectory

_LARGE = ("positions", "velocities")
_COLUMNS = ("time_fs", *_LARGE, "potential_energy", "kinetic_energy", "temperature")


def save_runs(runs, about, path):
    """Write the trajectories, positions and velocities to float32, and ``about``, how they were made."""
    about = about | {"runs": len(runs)}
    arrays = {"symbols": np.array(runs[0].symbols), "about": np.array(json.dumps(about))}
    for i, run in enumerate(runs):
        for name in _COLUMNS:
            array = getattr(run, name)
            arrays[f"{name}_{i}"] = array.astype(np.float32) if name in _LARGE else array
    with open(path, "wb") as file:
        np.savez_compressed(file, **arrays)


def load_runs(path):
    """Read what :func:`save_runs` wrote: a list of ``Trajectory``, and ``about``."""
    runs = []
    with np.load(path) as file:
        about, symbols = json.loads(str(file["about"])), [str(s) for s in file["symbols"]]
        for i in range(about["runs"]):
            columns = {name: file[f"{name}_{i}"].astype(float) for name in _COLUMNS}
            runs.append(Trajectory(symbols, np.zeros((3, 3)), np.zeros(3, bool), **columns, about=about))
    return runs, about
