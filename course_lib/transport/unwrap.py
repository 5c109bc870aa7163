"""Undo the jumps that the periodic boundary makes."""

import numpy as np
from ase.geometry import complete_cell, find_mic, minkowski_reduce


def unwrap(wrapped, cell, pbc=True):
    """Follow every atom out of the cell: from wrapped positions to a continuous path.

    Between two frames an atom is taken to have gone the short way round, to the nearest periodic image of where
    it was; these steps are added up. That is right as long as no atom moves half the shortest lattice vector from frame
    to frame. Under a barostat the image is that of the later frame's cell: adding up steps, and not whole
    cells of a changing size, leaves D as it is (von Bülow, Bullerjahn and Hummer 2020, doi:10.1063/5.0008316).

    Parameters
    ----------
    wrapped : (F, N, 3) array
        Positions in Å, each frame wrapped into the cell (or not: continuous paths come back as they are).
    cell : (3,), (3, 3) or (F, 3, 3) array
        Edges of an orthorhombic cell in Å, or cell vectors, one per row; for all frames, or one cell for each.
    pbc : bool or (3,) array of bool
        Directions that are periodic.

    Returns
    -------
    (F, N, 3) array
        Positions in Å; the first frame is as it was given.
    """
    wrapped, cell = frames_of_positions(wrapped), np.asarray(cell, float)
    pbc = np.broadcast_to(np.asarray(pbc, bool), 3)
    if cell.shape == (3,):
        cell = np.diag(cell)
    if cell.shape not in ((3, 3), (len(wrapped), 3, 3)):
        raise ValueError(
            f"The cell has the shape {cell.shape}: give three edges or vectors in Å, or those of each frame."
        )
    step = np.diff(wrapped, axis=0)  # (F - 1, N, 3)
    if cell.ndim == 2:
        step = short_way(step, cell, pbc)
    else:
        step = np.reshape([short_way(*pair, pbc) for pair in zip(step, cell[1:])], step.shape)
    return np.concatenate([wrapped[:1], wrapped[:1] + np.cumsum(step, axis=0)])


def short_way(step, cell, pbc):
    """The shortest of all steps that differ by lattice vectors, in any cell; (..., 3) arrays in Å."""
    cell = np.where(pbc[:, None], cell, 0)
    there = cell.any(axis=1)
    cell = complete_cell(cell)  # vectors for directions that are not periodic, perpendicular to the others
    if not np.all(np.isfinite(cell)) or abs(np.linalg.det(cell)) < 1e-9 or np.any(pbc & ~there):
        raise ValueError("The cell must be three edges or three vectors in Å that span a volume.")
    cell = np.asarray(minkowski_reduce(cell, pbc)[0])  # the same lattice with the shortest vectors
    step = step - np.where(pbc, np.round(step @ np.linalg.inv(cell)), 0) @ cell
    far = np.linalg.norm(step, axis=-1) > min(np.linalg.norm(cell[pbc], axis=1), default=np.inf) / 2
    step[far] = find_mic(step[far], cell, pbc)[0]  # near the corners of a cell a neighbouring image may be nearer
    return step


def frames_of_positions(positions):
    """The positions as a float array, after a check that they are finite and of the shape (F, N, 3)."""
    positions = np.asarray(positions, float)
    if positions.ndim != 3 or positions.shape[2] != 3 or 0 in positions.shape:
        raise ValueError(f"Positions of the shape {positions.shape}: give frames x atoms x 3.")
    if not np.all(np.isfinite(positions)):
        raise ValueError("Some positions are not finite numbers: the trajectory is broken there.")
    return positions
