"""The compiled pair-potential engine: the neighbour list, energies and forces, and the loop of velocity Verlet.

All compiled functions are in this one file: numba keeps the machine code beside it and compiles it again when this
file changes, and only then. To run another pair potential, change the three lines of :func:`pair`. The ASE
calculator is in ``fast_lennard_jones.py``; the forty lines of NumPy it must agree with are in ``lennard_jones.py``.

Four ideas make it fast:

1. The periodic copies of the atoms are stored (:func:`find_copies`), so that the inner loop does not need the cell.
   Skewed cells, and cells smaller than the cutoff, need no special care.
2. Each pair is visited once (Newton's third law), in three short loops, each of one kind (:func:`visit_pairs`):
   distances; the pair potential, eight distances in one instruction; forces, the three components in one instruction.
3. Atoms that are near in space are near in memory: they are sorted by boxes of space when the list is built.
4. The neighbour list reaches further than the cutoff by a skin. It is built again only when an atom has moved so far
   that the list could miss a pair (:func:`advance`).

Indices are unsigned: signed ones could be negative, and testing for that would make the loops slow.
"""

import numba
import numpy as np
from ase.geometry import complete_cell

from course_lib.compiled import njit

numba.config.SLP_VECTORIZE = 1  # x, y, z and a spare fourth number side by side: one instruction for all
# "numpy": division by zero gives inf and needs no branch. Sums may be reordered, but NaN and inf stay what they are.
EXACT = {"error_model": "numpy"}
QUICK = {**EXACT, "fastmath": {"reassoc", "contract", "arcp", "nsz"}}
MOST_PAIRS = 2e9  # about 4 GB of neighbour list
ONE, CHUNK = np.uint64(1), np.uint64(16)  # atoms handled at once: their pairs fit into the cache


@njit(**QUICK)
def pair(r2, parameters):
    """The pair potential: energy phi(r), and push = -phi'(r) / r, from r2 = r^2.

    Lennard-Jones 1931, doi:10.1088/0959-5309/43/5/301; ``parameters`` are epsilon and sigma.
    """
    s6 = (parameters[1] * parameters[1] / r2) ** 3
    phi = 4 * parameters[0] * (s6 * s6 - s6)
    push = 24 * parameters[0] * (2 * s6 * s6 - s6) / r2
    return phi, push


@njit(**EXACT)
def find_copies(positions, cell, inverse, pbc, reach):
    """One copy of each atom in the cell, then those periodic copies within ``reach`` of the cell that are needed.

    To visit each pair once, only one of the copies moved by +n and by -n cell vectors is needed: the one for which the
    first non-zero component of the shift is positive.

    Returns
    -------
    atom : (M,) array of int
        The atom of which each copy is a copy; the first N are 0 to N - 1.
    image : (M, 3) array
        Shift of each copy from its atom, in cell vectors.
    place : (M, 3) array
        Position of each copy in Å.
    """
    n_atoms, n_copies = len(positions), len(positions)
    home, span, shell = np.zeros((n_atoms, 3)), np.zeros((n_atoms, 3, 2), np.int64), np.empty(3)
    for c in range(3):
        shell[c] = reach * np.sqrt(inverse[0, c] ** 2 + inverse[1, c] ** 2 + inverse[2, c] ** 2) * (1 + 1e-9)
    for a in range(n_atoms):
        x, y, z = positions[a, 0], positions[a, 1], positions[a, 2]
        for c in range(3):
            if pbc[c]:
                fractional = x * inverse[0, c] + y * inverse[1, c] + z * inverse[2, c]
                home[a, c] = -np.floor(fractional)
                fractional += home[a, c]
                span[a, c, 0], span[a, c, 1] = np.ceil(-shell[c] - fractional), np.floor(1 + shell[c] - fractional)
        wide, deep = span[a, 1, 1] - span[a, 1, 0] + 1, span[a, 2, 1] - span[a, 2, 0] + 1
        n_copies += (span[a, 0, 1] * wide + span[a, 1, 1]) * deep + span[a, 2, 1]

    atom, image, place, s = np.empty(n_copies, np.uint64), np.empty((n_copies, 3)), np.empty((n_copies, 3)), n_atoms
    for a in range(n_atoms):
        atom[a] = a
        for c in range(3):
            image[a, c] = home[a, c]
        for i in range(span[a, 0, 1] + 1):
            for j in range(span[a, 1, 0] if i > 0 else 0, span[a, 1, 1] + 1):
                for k in range(span[a, 2, 0] if i > 0 or j > 0 else 1, span[a, 2, 1] + 1):
                    atom[s] = a
                    image[s, 0], image[s, 1], image[s, 2] = home[a, 0] + i, home[a, 1] + j, home[a, 2] + k
                    s += 1
    for s in range(n_copies):
        i, j, k = image[s, 0], image[s, 1], image[s, 2]
        for c in range(3):
            place[s, c] = positions[atom[s], c] + (i * cell[0, c] + j * cell[1, c] + k * cell[2, c])
    return atom, image, place


@njit(**EXACT)
def sort_by_box(place, n_atoms, reach):
    """Sort the copies by boxes of space of edge ``reach``: first the N copies in the cell, then the others.

    Returns
    -------
    order : (M,) array of int
        Numbers of the copies, sorted by box.
    start : (2 boxes + 1,) array of int
        The atoms of box b are ``order[start[b]:start[b + 1]]``; for the other copies replace b by boxes + b.
    shape : (3,) array of int
        Boxes along x, y, z; neighbours along x are neighbours in memory.
    """
    n_copies, low, high = len(place), np.full(3, np.inf), np.full(3, -np.inf)
    for s in range(n_copies):
        for c in range(3):
            low[c], high[c] = min(low[c], place[s, c]), max(high[c], place[s, c])
    width, shape = reach, np.empty(3, np.int64)
    while True:  # few atoms far apart get larger boxes, so that there are not many more boxes than copies
        for c in range(3):
            shape[c] = min((high[c] - low[c]) / width, 1e6) + 1
        if float(shape[0]) * shape[1] * shape[2] <= 8 * n_copies + 64:
            break
        width *= 1.3
    boxes = shape[0] * shape[1] * shape[2]
    box, start, order = np.empty(n_copies, np.int64), np.zeros(2 * boxes + 1, np.uint64), np.empty(n_copies, np.uint64)
    for s in range(n_copies):
        box[s] = boxes if s >= n_atoms else 0
        for c in range(3):  # min: a copy on the far edge belongs to the last box, whichever way the division rounds
            stride = shape[0] * shape[1] if c == 2 else shape[0] if c == 1 else 1
            box[s] += stride * min(int((place[s, c] - low[c]) / width), shape[c] - 1)
        start[box[s]] += ONE
    for b in range(1, len(start)):
        start[b] += start[b - 1]
    for s in range(n_copies - 1, -1, -1):
        start[box[s]] -= ONE
        order[start[box[s]]] = s
    return order, start, shape


@njit(**QUICK)
def find_neighbours(positions, cell, inverse, pbc, reach):
    """Every pair closer than ``reach``, once.

    Returns
    -------
    order : (N,) array of int
        The atoms sorted by box: the first N copies are these atoms, moved into the cell.
    rank : (N,) array of int
        Position of each atom in ``order``.
    owner : (M,) array of int
        The atom of which each copy is a copy, as a position in ``order``.
    image : (M, 3) array
        Shift of each copy from its atom, in cell vectors.
    offset : (M, 4) array
        Vector in Å to each copy from the copy of the same atom in the cell.
    place : (M, 4) array
        Position of each copy in Å; the fourth number is 1, so that energies are summed like forces.
    start : (N + 1,) array of int
        Where the neighbours of each copy n < N begin in ``near``.
    near : array of int
        The neighbours of copy n < N are ``near[start[n]:start[n + 1]]``.
    """
    copy_of, moved_by, at = find_copies(positions, cell, inverse, pbc, reach)
    n_atoms, n_copies = len(positions), len(copy_of)
    order, box_start, shape = sort_by_box(at, n_atoms, reach)
    owner, who, rank = np.empty(n_copies, np.uint64), np.empty(n_atoms, np.int64), np.empty(n_atoms, np.int64)
    image, offset, place = np.empty((n_copies, 3)), np.zeros((n_copies, 4)), np.ones((n_copies, 4))
    for s in range(np.uint64(n_copies)):
        if s < n_atoms:
            who[s], rank[order[s]] = order[s], s
        owner[s] = rank[copy_of[order[s]]]
        for c in range(3):
            image[s, c], place[s, c] = moved_by[order[s], c], at[order[s], c]
        for c in range(3):
            for d in range(3):
                offset[s, c] += (image[s, d] - image[owner[s], d]) * cell[d, c]

    start, near, count = np.zeros(n_atoms + 1, np.uint64), np.empty(50 * n_atoms + n_copies, np.uint32), np.uint64(0)
    number, r2 = np.empty(n_copies, np.uint32), np.empty(n_copies)
    x, y, z = np.empty(n_copies), np.empty(n_copies), np.empty(n_copies)
    nx, ny, nz, boxes = shape[0], shape[1], shape[2], shape[0] * shape[1] * shape[2]
    for b in range(boxes):
        first, last, around = box_start[b], box_start[b + 1], np.uint64(0)
        if first == last:
            continue
        bx, by, bz = b % nx, b // nx % ny, b // (nx * ny)
        for kind in range(2):  # first atoms from this box on (each pair once), then other copies
            for cz in range(max(bz - 1, 0), min(bz + 2, nz)):
                for cy in range(max(by - 1, 0), min(by + 2, ny)):
                    row = (cz * ny + cy) * nx + kind * boxes
                    begin, end = box_start[row + max(bx - 1, 0)], box_start[row + min(bx + 2, nx)]
                    for t in range(max(begin, first), end):
                        number[around], x[around], y[around], z[around] = t, place[t, 0], place[t, 1], place[t, 2]
                        around += ONE
        for s in range(first, last):
            if count + around > len(near):
                longer = np.empty(2 * (count + around), np.uint32)
                for k in range(count):  # numba compiles a loop much faster than a slice
                    longer[k] = near[k]
                near = longer
            behind = s - first + ONE
            for k in range(behind, around):
                dx, dy, dz = x[k] - place[s, 0], y[k] - place[s, 1], z[k] - place[s, 2]
                r2[k] = dx * dx + dy * dy + dz * dz
            for k in range(behind, around):  # always write, step on only where near: no branch to mispredict
                near[count] = number[k]
                count += np.uint64(r2[k] < reach * reach)
            start[s + ONE] = count
    return who, rank, owner, image, offset, place, start, near


@njit(**QUICK)
def visit_pairs(place, start, near, cutoff, shift, parameters, push, half, forces):
    """Add to each row of ``forces`` (M, 4) the force on that copy and half the energy of its pairs.

    The fourth number of ``place`` is 1; ``push`` and ``half`` are buffers for the pairs of ``CHUNK`` atoms.
    """
    n_atoms = np.uint64(len(start) - 1)
    for first in range(np.uint64(0), n_atoms, CHUNK):
        last, k0 = min(first + CHUNK, n_atoms), start[first]
        for n in range(first, last):
            x, y, z = place[n, 0], place[n, 1], place[n, 2]
            for k in range(start[n], start[n + ONE]):
                t = near[k]
                dx, dy, dz = place[t, 0] - x, place[t, 1] - y, place[t, 2] - z
                push[k - k0] = dx * dx + dy * dy + dz * dz
        for k in range(start[last] - k0):
            r2 = push[k]
            energy, strength = pair(r2, parameters)
            push[k] = strength if r2 < cutoff * cutoff else 0.0
            half[k] = (energy - shift) / 2 if r2 < cutoff * cutoff else 0.0
        for n in range(first, last):
            x, y, z = place[n, 0], place[n, 1], place[n, 2]
            fx, fy, fz, e = 0.0, 0.0, 0.0, 0.0
            for k in range(start[n], start[n + ONE]):
                t, p, h = near[k], push[k - k0], half[k - k0]
                x1, y1, z1, e1 = place[t, 0] - x, place[t, 1] - y, place[t, 2] - z, place[t, 3] - 0.0
                x1, y1, z1, e1 = p * x1, p * y1, p * z1, h * e1  # the force on t, and the energy
                fx, fy, fz, e = fx + x1, fy + y1, fz + z1, e + e1
                x1, y1, z1, e1 = x1 + forces[t, 0], y1 + forces[t, 1], z1 + forces[t, 2], e1 + forces[t, 3]
                forces[t, 0], forces[t, 1], forces[t, 2], forces[t, 3] = x1, y1, z1, e1
            forces[n, 0], forces[n, 1], forces[n, 2] = forces[n, 0] - fx, forces[n, 1] - fy, forces[n, 2] - fz
            forces[n, 3] += e


@njit(**EXACT)
def advance(steps, pending, dt, v, kick, listed, cutoff, skin, shift, parameters):
    """Forces, and then ``steps`` steps of velocity Verlet as long as the neighbour list is valid.

    Swope, Andersen, Berens and Wilson 1982, doi:10.1063/1.442716.

    Parameters
    ----------
    steps : int
        Number of steps; 0 for forces only.
    pending : bool
        Whether the second half kick of the previous step is still missing because the list had become too old.
    v, kick : (N, 3) and (N,) arrays
        Velocities in Å per ASE's unit of time, and dt / 2m.
    listed : tuple
        ``listed`` of a :class:`PairList`; places and forces change in place.

    Returns
    -------
    step : int
        Number of steps done.
    moved : bool
        Whether an atom moved so far (or to NaN) that the list is too old; the next call then needs ``pending=True``.
    """
    place, made_at, owner, offset, start, near, forces = listed
    n_atoms, room = np.uint64(len(made_at)), np.uint64(0)
    for n in range(np.uint64(0), n_atoms, CHUNK):
        room = max(room, start[min(n + CHUNK, n_atoms)] - start[n])
    push, half = np.empty(room), np.empty(room)
    for step in range(steps + 1):
        halves, moved = 2.0 if step > 1 or pending else 1.0, False  # two half kicks meet between two steps
        for a in range(n_atoms):
            for c in range(3):
                if step > 0:
                    v[a, c] += halves * kick[a] * forces[a, c]
                    place[a, c] += dt * v[a, c]
                forces[a, c] = 0.0
            forces[a, 3] = 0.0
            x, y, z = place[a, 0] - made_at[a, 0], place[a, 1] - made_at[a, 1], place[a, 2] - made_at[a, 2]
            moved |= not (x * x + y * y + z * z <= skin * skin / 4)  # also true for NaN
        if moved:
            return step, True
        for s in range(n_atoms, np.uint64(len(place))):
            for c in range(4):
                place[s, c], forces[s, c] = place[owner[s], c] + offset[s, c], 0.0
        visit_pairs(place, start, near, cutoff, shift, parameters, push, half, forces)
        for s in range(n_atoms, np.uint64(len(place))):
            for c in range(4):
                forces[owner[s], c] += forces[s, c]
    if steps > 0 or pending:
        for a in range(n_atoms):
            for c in range(3):
                v[a, c] += kick[a] * forces[a, c]
    return steps, False


@njit(**EXACT)
def list_pairs(positions, cell, inverse, pbc, cutoff):
    """Pairs in both directions, sorted by their first atom: i, j, S and D as in :func:`neighbour_list`."""
    order, _, owner, image, _, place, start, near = find_neighbours(positions, cell, inverse, pbc, cutoff)
    n_atoms = np.uint64(len(positions))
    row = np.zeros(n_atoms + ONE, np.uint64)
    for n in range(n_atoms):
        row[order[n]] += start[n + ONE] - start[n]
        for k in range(start[n], start[n + ONE]):
            row[order[owner[near[k]]]] += ONE
    for a in range(n_atoms):
        row[a + ONE] += row[a]
    pairs = np.int64(row[n_atoms])
    i, j, S, D = (
        np.empty(pairs, np.int64),
        np.empty(pairs, np.int64),
        np.empty((pairs, 3), np.int64),
        np.empty((pairs, 3)),
    )
    for n in range(n_atoms):
        for k in range(start[n], start[n + ONE]):
            t = np.uint64(near[k])
            a, b = order[n], order[owner[t]]
            row[a] -= ONE
            row[b] -= ONE
            p, q = row[a], row[b]
            if a == b:
                p += ONE
            i[p], j[p], i[q], j[q] = a, b, b, a
            for c in range(3):
                S[p, c], D[p, c] = image[t, c] - image[n, c], place[t, c] - place[n, c]
                S[q, c], D[q, c] = image[n, c] - image[t, c], place[n, c] - place[t, c]
    return i, j, S, D


class PairList:
    """The pairs of near atoms, valid until an atom has moved further than half the skin from ``positions``.

    Parameters
    ----------
    positions, cell, inverse, pbc
        Arrays from :func:`as_kernel_arrays`.
    cutoff, skin : float
        Cutoff, and the distance by which the list reaches further, both in Å.

    Attributes
    ----------
    order : (N,) array of int
        Numbers of the atoms in the order of the kernels, in which atoms are sorted by their place in space.
    listed : tuple of arrays
        The arrays that :func:`advance` reads and changes.
    """

    def __init__(self, positions, cell, inverse, pbc, cutoff, skin):
        self.cutoff, self.skin = cutoff, skin
        found = find_neighbours(positions, cell, inverse, pbc, cutoff + skin)
        self.order, self._rank, self.owner, image, offset, place, start, near = found
        self._home = image[: len(positions)] @ cell
        self.listed = place, place[: len(positions)].copy(), self.owner, offset, start, near, np.zeros_like(place)

    @property
    def sorted_positions(self):
        """Present positions of the atoms, (N, 3) in Å, in the order of ``order``."""
        return self.listed[0][: len(self.order), :3] - self._home

    @property
    def leapt(self):
        """Whether an atom has moved further than cutoff + skin since the list was built, or to NaN."""
        place, made_at = self.listed[:2]
        return not np.all(np.abs(place[: len(made_at)] - made_at) < self.cutoff + self.skin)

    def evaluate(self, positions, shift, parameters):
        """Rows (N, 4) of forces and site energies at ``positions``, and the virial; None if the list is too old."""
        place, _, _, offset, _, _, forces = self.listed
        n_atoms, no_velocities, no_kicks = len(positions), place, place[0]
        place[:n_atoms, :3] = positions.take(self.order, axis=0) + self._home
        if advance(0, False, 0.0, no_velocities, no_kicks, self.listed, self.cutoff, self.skin, shift, parameters)[1]:
            return None
        virial = place[:n_atoms].T @ forces[:n_atoms] + offset[n_atoms:].T @ forces[n_atoms:]
        return forces.take(self._rank, axis=0), virial[:3, :3]


def run(steps, dt, r, v, m, cell, inverse, pbc, cutoff, skin, parameters):
    """``steps`` steps of velocity Verlet; ``r`` and ``v`` are changed in place.

    It begins with a new list, so that a run continued from saved positions and velocities repeats the original one
    bit for bit.

    Returns
    -------
    done : int
        Number of steps done: fewer than ``steps`` if an atom moved further than cutoff + skin in one step, or to NaN.
    builds : int
        How often the neighbour list was built.
    """
    done, builds, pending, who = 0, 0, False, np.arange(len(r))
    now, velocities, kick = r, v, dt / 2 / m
    while True:
        pairs = PairList(now, cell, inverse, pbc, cutoff, skin)
        builds += 1
        velocities, kick, who = (of.take(pairs.order, axis=0) for of in (velocities, kick, who))
        more, moved = advance(steps - done, pending, dt, velocities, kick, pairs.listed, cutoff, skin, 0.0, parameters)
        done, pending, now = done + more, True, pairs.sorted_positions
        if not moved or pairs.leapt:
            break
    r[who], v[who] = now, velocities
    return done - moved, builds


def as_kernel_arrays(positions, cell, pbc, reach):
    """Positions, cell, its inverse and pbc in the one type and memory order the kernels are compiled for.

    Raises
    ------
    ValueError
        Where a position is not a finite number, the cell has no volume, or memory would not hold all neighbours closer
        than ``reach`` (Å).
    """
    positions = np.array(positions, dtype=float, order="C")
    if not np.isfinite(positions).all():
        raise ValueError("Some positions are not finite numbers: the structure is broken or the simulation blew up.")
    cell = complete_cell(cell)
    if not abs(np.linalg.det(cell)) > 0:
        raise ValueError("The cell has no volume: its three vectors lie in a plane, or are not numbers.")
    inverse, pbc = np.ascontiguousarray(np.linalg.inv(cell)), np.array(pbc, dtype=bool)
    copies = len(positions) * np.prod(1 + 2 * reach * np.linalg.norm(inverse, axis=0)[pbc])
    pairs = len(positions) ** 2 * 4 / 3 * np.pi * reach**3 * abs(np.linalg.det(inverse)) if pbc.all() else 0
    if max(pairs, 10 * copies) > MOST_PAIRS:
        raise ValueError(
            f"Within {reach:.1f} Å the list of pairs of neighbours, or of copies of atoms, would need about "
            f"{max(pairs, 10 * copies):.1e} entries, more than memory "
            "holds: take a smaller cutoff, or check the cell."
        )
    return positions, cell, inverse, pbc


def neighbour_list(positions, cell, pbc, cutoff):
    """Every pair closer than ``cutoff``, in both directions, in any cell.

    A cell may be skewed, periodic along some axes only, or smaller than the cutoff (an atom then has several copies of
    the same neighbour, and copies of itself, as neighbours).

    Parameters
    ----------
    positions : (N, 3) array
        Positions in Å; they need not lie in the cell.
    cell : (3, 3) array
        Cell vectors as rows, in Å; a zero row is allowed where ``pbc`` is False.
    pbc : (3,) array of bool
        Whether the structure is periodic along each cell vector.
    cutoff : float
        Cutoff in Å.

    Returns
    -------
    i, j : (P,) arrays of int
        Central atom and neighbour of each pair, sorted by i.
    S : (P, 3) array of int
        The shift of the neighbour in cell vectors.
    D : (P, 3) array
        ``positions[j] + S @ cell - positions[i]``, in Å.
    """
    if not (np.isfinite(cutoff) and cutoff > 0):
        raise ValueError(f"The cutoff is {cutoff} Å: it must be a number above zero.")
    return list_pairs(*as_kernel_arrays(positions, cell, pbc, cutoff), float(cutoff))
