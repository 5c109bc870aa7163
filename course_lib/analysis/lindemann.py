"""The Lindemann index: how far atoms swing, measured by the distance of their neighbours."""

import numpy as np

from course_lib.analysis.error_bars import Mean
from course_lib.analysis.pairs import near_pairs


def lindemann_index(trajectory, reach):
    """Relative fluctuation of the distances between neighbours of the first frame.

    delta_i = mean over j of sqrt(<r_ij^2> - <r_ij>^2) / <r_ij>

    About 0.1 where a crystal melts; in a liquid it grows with time, as neighbours part. Lindemann 1910, Physikalische
    Zeitschrift 11, 609; in this form for pairs, Zhou, Karplus, Ball and Berry 2002, doi:10.1063/1.1426419.

    Parameters
    ----------
    trajectory : Trajectory
        With unwrapped positions, at constant volume.
    reach : float
        In Å: pairs closer than this in the first frame.

    Returns
    -------
    Mean
        Mean over the atoms, with its error taken from how the atoms differ.
    """
    if len(trajectory) < 2:
        raise ValueError("The Lindemann index is a fluctuation in time: give a trajectory of 2 frames or more.")
    if trajectory.cells is not None:
        raise ValueError("The cell changes in this trajectory: take one at constant volume.")
    positions = trajectory.positions
    i, j, d = near_pairs(trajectory.atoms(0), reach)
    if len(i) == 0:
        raise ValueError(f"No two atoms are closer than {reach} Å in the first frame: take a longer reach.")
    image = d - (positions[0, j] - positions[0, i])  # the same copy of the neighbour for all times
    total, squares = np.zeros(len(i)), np.zeros(len(i))
    for frame in positions:
        r = np.linalg.norm(frame[j] - frame[i] + image, axis=1)
        total, squares = total + r, squares + r**2
    mean = total / len(positions)
    delta = np.sqrt(np.maximum(squares / len(positions) - mean**2, 0)) / mean
    count = np.bincount(i)
    per_atom = (np.bincount(i, delta) / np.maximum(count, 1))[count > 0]
    return Mean(float(np.mean(per_atom)), float(np.std(per_atom, ddof=1) / np.sqrt(len(per_atom))))
