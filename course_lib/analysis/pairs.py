"""Who is near whom, in any cell: skewed, small, periodic in some directions or in none.

Periodic copies of the atoms are written out and sorted into boxes of space; then each atom looks into the boxes
around it only. A copy of an atom counts as another atom, so a cell may be smaller than the reach.
"""

import numpy as np
from ase.geometry import complete_cell
from numba import njit

from course_lib.analysis.frames import check_length


def near_pairs(atoms, reach, of=None, to=None):
    """Every pair closer than ``reach``, in both orders.

    Parameters
    ----------
    atoms : ase.Atoms
    reach : float
        In Å.
    of, to : arrays of int, optional
        Look from these atoms to those; all if not given.

    Returns
    -------
    i, j : (P,) arrays of int
        Sorted by i; i looks at j or at a copy of it.
    d : (P, 3) array
        From i to j, in Å.
    """
    boxes = _Boxes(atoms, reach, of, to)
    first, second = _list(*boxes.arguments, reach, np.empty((0, 2), np.int64))
    d = boxes.copies[second] - boxes.homes[first]
    return boxes.of[first], boxes.atom[second], d


def distance_histogram(atoms, reach, bins, of=None, to=None):
    """How many distances fall into each of ``bins`` equal bins from 0 to ``reach``; each pair in both orders."""
    boxes = _Boxes(atoms, reach, of, to)
    return _count(*boxes.arguments, reach, np.zeros(bins, np.int64))


class _Boxes:
    """The copies of atoms ``to`` within ``reach`` of the cell, sorted by boxes a third of the reach wide."""

    def __init__(self, atoms, reach, of, to):
        check_length(reach=reach)
        if len(atoms) == 0:
            raise ValueError("There are no atoms to look at.")
        if not np.all(np.isfinite(atoms.positions)):
            raise ValueError(
                "Some positions are not finite numbers: the structure is broken or the simulation blew up."
            )
        everyone = np.arange(len(atoms))
        self.of, to = (everyone if chosen is None else np.asarray(chosen) for chosen in (of, to))
        home = _wrapped(atoms)
        self.homes = home[self.of]
        place, atom, inside = _copies(atoms, home, to, reach)

        self.low = np.min(np.vstack([place, self.homes]), axis=0)
        self.width = reach / 3
        extent = np.max(np.vstack([place, self.homes]), axis=0) - self.low
        while np.prod(np.floor(extent / self.width) + 1) > 8 * len(place) + 64:  # few atoms far apart: larger boxes
            self.width *= 1.25
        self.shape = (extent / self.width).astype(np.int64) + 1
        x, y, z = ((place - self.low) / self.width).astype(np.int64).T
        box = (z * self.shape[1] + y) * self.shape[0] + x
        order = np.argsort(box, kind="stable")
        self.start = np.searchsorted(box[order], np.arange(np.prod(self.shape) + 1))
        self.copies, self.atom = place[order], atom[order]
        itself = np.full(len(atoms), -1)
        itself[self.atom[inside[order]]] = np.flatnonzero(inside[order])
        self.itself = itself[self.of]  # the copy of an atom that is no other atom but itself

    @property
    def arguments(self):
        return self.homes, self.itself, self.copies, self.start, self.low, self.width, self.shape


def _wrapped(atoms):
    cell = complete_cell(atoms.cell)
    fractional = atoms.positions @ np.linalg.inv(cell)
    return atoms.positions - np.where(atoms.pbc, np.floor(fractional), 0.0) @ cell


def _copies(atoms, home, to, reach):
    """Copies within ``reach`` of the cell: where they are, whose they are, and whether they are the atom itself."""
    cell = complete_cell(atoms.cell)
    inverse = np.linalg.inv(cell)
    margin = reach * np.linalg.norm(inverse, axis=0) + 1e-9  # in fractions of the cell
    fractional, atom, inside = home[to] @ inverse, np.asarray(to), np.ones(len(to), bool)
    for axis in np.flatnonzero(atoms.pbc):
        turns = np.arange(-np.ceil(margin[axis]), np.ceil(margin[axis]) + 1)
        x = fractional[:, axis, None] + turns
        row, turn = np.nonzero((x >= -margin[axis]) & (x <= 1 + margin[axis]))
        fractional, atom, inside = fractional[row], atom[row], inside[row] & (turns[turn] == 0)
        fractional[:, axis] = x[row, turn]
    return fractional @ cell, atom, inside


@njit(cache=True, error_model="numpy")
def _rows(home, reach, low, width, shape, rows):
    """First and last box of each row of boxes that a sphere around ``home`` touches; returns how many rows."""
    span, n = int(np.ceil(reach / width)), 0
    y, z = int((home[1] - low[1]) / width), int((home[2] - low[2]) / width)
    for bz in range(max(z - span, 0), min(z + span + 1, shape[2])):
        gap_z = max(low[2] + bz * width - home[2], home[2] - low[2] - (bz + 1) * width, 0.0)
        for by in range(max(y - span, 0), min(y + span + 1, shape[1])):
            gap_y = max(low[1] + by * width - home[1], home[1] - low[1] - (by + 1) * width, 0.0)
            half2 = reach**2 * (1 + 1e-9) - gap_y**2 - gap_z**2
            if half2 > 0:
                row, x, half = (bz * shape[1] + by) * shape[0], home[0] - low[0], np.sqrt(half2)
                rows[n, 0] = row + max(int((x - half) / width), 0)
                rows[n, 1] = row + min(int((x + half) / width), shape[0] - 1) + 1
                n += 1
    return n


@njit(cache=True, error_model="numpy")
def _room_for_rows(reach, width):
    return np.empty(((2 * int(np.ceil(reach / width)) + 1) ** 2, 2), np.int64)


@njit(cache=True, error_model="numpy")
def _count(homes, itself, copies, start, low, width, shape, reach, counts):
    rows, per_length, inside = _room_for_rows(reach, width), len(counts) / reach, np.empty(len(copies) + 1)
    for i in range(len(homes)):
        n = 0
        for row in range(_rows(homes[i], reach, low, width, shape, rows)):
            for c in range(start[rows[row, 0]], start[rows[row, 1]]):
                dx, dy, dz = copies[c, 0] - homes[i, 0], copies[c, 1] - homes[i, 1], copies[c, 2] - homes[i, 2]
                inside[n] = dx * dx + dy * dy + dz * dz
                n += inside[n] < reach * reach  # no "if": the processor would guess it wrongly half of the time
        for k in range(n):
            counts[min(int(np.sqrt(inside[k]) * per_length), len(counts) - 1)] += 1
        counts[0] -= itself[i] >= 0  # what stood in the first bin
    return counts


@njit(cache=True, error_model="numpy")
def _list(homes, itself, copies, start, low, width, shape, reach, found):
    rows, n = _room_for_rows(reach, width), 0
    for i in range(len(homes)):
        for row in range(_rows(homes[i], reach, low, width, shape, rows)):
            for c in range(start[rows[row, 0]], start[rows[row, 1]]):
                dx, dy, dz = copies[c, 0] - homes[i, 0], copies[c, 1] - homes[i, 1], copies[c, 2] - homes[i, 2]
                if dx * dx + dy * dy + dz * dz < reach * reach and c != itself[i]:
                    if n == len(found):
                        longer = np.empty((2 * n + 64, 2), np.int64)
                        longer[:n] = found
                        found = longer
                    found[n] = i, c
                    n += 1
    return found[:n, 0], found[:n, 1]
