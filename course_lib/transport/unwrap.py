"""Undo the jumps that the periodic boundary makes."""

import numpy as np


def unwrap(wrapped, cell, pbc=True):
    """Follow every atom out of the cell: from wrapped positions to a continuous path.

    Between two frames an atom is taken to have gone the short way round, to the nearest periodic image of where
    it was; these steps are added up. That is right as long as no atom moves half a cell from frame to frame.

    Parameters
    ----------
    wrapped : (F, N, 3) array
        Positions in Å, each frame wrapped into the cell (or not: continuous paths come back as they are).
    cell : (3,) or (3, 3) array
        Edges of an orthorhombic cell in Å, or cell vectors, one per row; the same in all frames.
    pbc : bool or (3,) array of bool
        Directions that are periodic.

    Returns
    -------
    (F, N, 3) array
        Positions in Å; the first frame is as it was given.
    """
    wrapped, cell = frames_of_positions(wrapped), np.asarray(cell, float)
    if cell.shape == (3,):
        cell = np.diag(cell)
    if cell.shape != (3, 3) or abs(np.linalg.det(cell)) < 1e-9:
        raise ValueError("The cell must be three edges or three vectors in Å that span a volume.")
    step = np.diff(wrapped, axis=0) @ np.linalg.inv(cell)  # (F - 1, N, 3), in fractions of the cell vectors
    step -= np.where(pbc, np.round(step), 0.0)  # the short way round
    return np.concatenate([wrapped[:1], wrapped[:1] + np.cumsum(step @ cell, axis=0)])


def frames_of_positions(positions):
    """The positions as a float array, after a check that they are finite and of the shape (F, N, 3)."""
    positions = np.asarray(positions, float)
    if positions.ndim != 3 or positions.shape[2] != 3 or 0 in positions.shape:
        raise ValueError(f"Positions of the shape {positions.shape}: give frames x atoms x 3.")
    if not np.all(np.isfinite(positions)):
        raise ValueError("Some positions are not finite numbers: the trajectory is broken there.")
    return positions
