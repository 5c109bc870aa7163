"""The compiled pair-potential engine: who is near, what they do to one another, and the loop that moves them.

Everything compiled stands in this one file: numba keeps the machine code beside it and makes it anew when this file
changes, and only then. To run another pair potential, change the three lines of :func:`pair`. The calculator that
ASE sees is in ``fast_lennard_jones.py``; the twenty lines of NumPy it must agree with are in ``lennard_jones.py``.

Three ideas make it fast:

1. The periodic copies of the atoms are written out (:func:`find_copies`), so that the inner loop knows nothing of the
   cell. Skewed cells, and cells smaller than the cutoff, need no special care.
2. Each atom visits all its neighbours, though Newton's third law would halve the visits: nothing is written to the
   neighbour, and so the processor can treat four or eight pairs in one instruction (:func:`visit_neighbours`).
3. The list of neighbours reaches a skin further than the cutoff, and is made anew only when an atom moved so far that
   the list could miss a pair (:func:`run`).

Indices are unsigned: a signed one could be negative, and the test for that would keep the loops slow.
"""

import numpy as np
from ase.geometry import complete_cell
from numba import njit

# "numpy": division by zero gives inf and needs no branch. Sums may be reordered, but NaN and inf stay what they are.
EXACT = {"cache": True, "error_model": "numpy"}
QUICK = {**EXACT, "fastmath": {"reassoc", "contract", "arcp", "nsz"}}
ONE = np.uint64(1)


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
    """Every periodic copy that lies in the cell or within ``reach`` of it, sorted by boxes of edge ``reach``.

    Returns
    -------
    atom : (M,) array of int
        Whose copy each copy is.
    image : (3, M) array
        How many cell vectors it is away from that atom.
    place : (3, M) array
        Where it is.
    box : (M,) array of int
    box_start : (boxes + 1,) array of int
        Copies of box b are ``box_start[b]`` to ``box_start[b + 1]``.
    shape : (3,) array of int
        Boxes along x, y, z; neighbours along x are neighbours in memory.
    """
    n_atoms, n_copies = len(positions), 0
    first, last = np.zeros((n_atoms, 3), np.int64), np.zeros((n_atoms, 3), np.int64)
    for a in range(n_atoms):
        copies = 1
        for c in range(3):
            if pbc[c]:
                x, y, z = inverse[0, c], inverse[1, c], inverse[2, c]
                shell = reach * np.sqrt(x * x + y * y + z * z) * (1 + 1e-9)
                fractional = positions[a, 0] * x + positions[a, 1] * y + positions[a, 2] * z
                first[a, c] = np.ceil(-shell - fractional)
                last[a, c] = np.floor(1 + shell - fractional)
                copies *= last[a, c] - first[a, c] + 1
        n_copies += copies

    of, n, where = np.empty(n_copies, np.uint64), np.empty((3, n_copies)), np.empty((3, n_copies))
    low, high, s = np.array([np.inf] * 3), np.array([-np.inf] * 3), 0
    for a in range(n_atoms):
        for i in range(first[a, 0], last[a, 0] + 1):
            for j in range(first[a, 1], last[a, 1] + 1):
                for k in range(first[a, 2], last[a, 2] + 1):
                    of[s], n[0, s], n[1, s], n[2, s] = a, i, j, k
                    for c in range(3):
                        x = positions[a, c] + (i * cell[0, c] + j * cell[1, c] + k * cell[2, c])
                        where[c, s], low[c], high[c] = x, min(low[c], x), max(high[c], x)
                    s += 1

    width, shape = reach, np.empty(3, np.int64)
    while True:  # few atoms far apart get larger boxes, so that there are not many more boxes than copies
        for c in range(3):
            shape[c] = min((high[c] - low[c]) / width, 1e6) + 1
        if float(shape[0]) * shape[1] * shape[2] <= 8 * n_copies + 64:
            break
        width *= 1.3
    box_of, box_start = np.empty(n_copies, np.int64), np.zeros(shape[0] * shape[1] * shape[2] + 1, np.uint64)
    for s in range(n_copies):
        x, y, z = (where[0, s] - low[0]) / width, (where[1, s] - low[1]) / width, (where[2, s] - low[2]) / width
        box_of[s] = (int(z) * shape[1] + int(y)) * shape[0] + int(x)
        box_start[box_of[s]] += ONE
    for b in range(1, len(box_start)):
        box_start[b] += box_start[b - 1]
    atom, image, place, box = np.empty_like(of), np.empty_like(n), np.empty_like(where), np.empty_like(box_of)
    for s in range(n_copies - 1, -1, -1):
        box_start[box_of[s]] -= ONE
        t = box_start[box_of[s]]
        atom[t], box[t] = of[s], box_of[s]
        for c in range(3):
            image[c, t], place[c, t] = n[c, s], where[c, s]
    return atom, image, place, box, box_start, shape


@njit(**QUICK)
def find_neighbours(positions, cell, inverse, pbc, reach):
    """Every pair of an atom and a copy closer than ``reach``.

    Returns
    -------
    atom, image, place
        As in :func:`find_copies`.
    home : (N,) array of int
        The copies that lie in the cell itself: one an atom.
    start : (N + 1,) array of int
    near : array of int
        Copies near the copy ``home[n]``: ``near[start[n]:start[n + 1]]``.
    """
    atom, image, place, box, box_start, shape = find_copies(positions, cell, inverse, pbc, reach)
    nx, ny, nz = shape[0], shape[1], shape[2]
    n_atoms, n_copies, reach2 = len(positions), len(atom), reach * reach
    home, start = np.empty(n_atoms, np.uint64), np.empty(n_atoms + 1, np.uint64)
    near, r2 = np.empty(100 * n_atoms + n_copies, np.uint32), np.empty(n_copies)
    n, count = 0, np.uint64(0)
    for s in range(np.uint64(n_copies)):
        away, a = False, atom[s]
        for c in range(3):
            x = positions[a, 0] * inverse[0, c] + positions[a, 1] * inverse[1, c] + positions[a, 2] * inverse[2, c]
            away |= pbc[c] and image[c, s] != -np.floor(x)
        if away:
            continue
        home[n], start[n] = s, count
        n += 1
        x, y, z = place[0, s], place[1, s], place[2, s]
        bx, by, bz = box[s] % nx, box[s] // nx % ny, box[s] // (nx * ny)
        for cz in range(max(bz - 1, 0), min(bz + 2, nz)):
            for cy in range(max(by - 1, 0), min(by + 2, ny)):
                row = (cz * ny + cy) * nx
                begin, end = box_start[row + max(bx - 1, 0)], box_start[row + min(bx + 2, nx)]
                if count + (end - begin) > len(near):
                    longer = np.empty(2 * (count + (end - begin)), np.uint32)
                    longer[:count] = near[:count]
                    near = longer
                for t in range(begin, end):
                    dx, dy, dz = place[0, t] - x, place[1, t] - y, place[2, t] - z
                    r2[t - begin] = dx * dx + dy * dy + dz * dz
                if cy == by and cz == bz:
                    r2[s - begin] = np.inf  # nobody is its own neighbour
                for t in range(begin, end):  # always write, step on only where near: no branch to mispredict
                    near[count] = t
                    count += np.uint64(r2[t - begin] < reach2)
    start[n] = count
    return atom, image, place, home, start, near


@njit(**EXACT)
def to_offset(image, cell):
    """Image numbers (3, M) to the vectors from atom to copy."""
    offset = np.empty_like(image)
    for c in range(3):
        for s in range(image.shape[1]):
            offset[c, s] = image[0, s] * cell[0, c] + image[1, s] * cell[1, c] + image[2, s] * cell[2, c]
    return offset


@njit(**EXACT)
def move_copies(positions, atom, offset, place):
    """Put every copy where its atom is now."""
    for s in range(len(atom)):
        a = atom[s]
        place[0, s] = positions[a, 0] + offset[0, s]
        place[1, s] = positions[a, 1] + offset[1, s]
        place[2, s] = positions[a, 2] + offset[2, s]


@njit(**QUICK)
def visit_neighbours(place, atom, home, start, near, cutoff, shift, parameters, forces, energies, virial):
    """Each atom visits its neighbours: force on it, half of each pair's energy, and the virial sum r f / 2.

    Without ``energies`` and ``virial`` (None), numba leaves their sums out of the machine code.
    """
    px, py, pz, cutoff2 = place[0], place[1], place[2], cutoff * cutoff
    xx, yy, zz, yz, xz, xy = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for n in range(len(home)):
        x, y, z, a = px[home[n]], py[home[n]], pz[home[n]], atom[home[n]]
        fx, fy, fz, e = 0.0, 0.0, 0.0, 0.0
        for k in range(start[n], start[n + 1]):
            t = near[k]
            dx, dy, dz = x - px[t], y - py[t], z - pz[t]
            r2 = dx * dx + dy * dy + dz * dz
            phi, push = pair(r2, parameters)
            push = push if r2 < cutoff2 else 0.0
            fx += push * dx
            fy += push * dy
            fz += push * dz
            if energies is not None:
                e += phi - shift if r2 < cutoff2 else 0.0
                xx += push * dx * dx
                yy += push * dy * dy
                zz += push * dz * dz
                yz += push * dy * dz
                xz += push * dx * dz
                xy += push * dx * dy
        forces[a, 0], forces[a, 1], forces[a, 2] = fx, fy, fz
        if energies is not None:
            energies[a] = e / 2
    if energies is not None:
        virial[:] = xx / 2, yy / 2, zz / 2, yz / 2, xz / 2, xy / 2


@njit(**EXACT)
def has_moved(positions, before, distance):
    """Whether an atom moved further than ``distance``, or is nowhere (NaN)."""
    moved = False
    for a in range(len(positions)):
        x, y, z = positions[a, 0] - before[a, 0], positions[a, 1] - before[a, 1], positions[a, 2] - before[a, 2]
        moved |= not (x * x + y * y + z * z <= distance * distance)
    return moved


@njit(**EXACT)
def evaluate(positions, atom, offset, place, home, start, near, cutoff, shift, parameters):
    """Forces (N, 3), site energies (N,) and virial (xx, yy, zz, yz, xz, xy) with a list that stands."""
    forces, energies, virial = np.empty((len(home), 3)), np.empty(len(home)), np.empty(6)
    move_copies(positions, atom, offset, place)
    visit_neighbours(place, atom, home, start, near, cutoff, shift, parameters, forces, energies, virial)
    return forces, energies, virial


@njit(**EXACT)
def run(steps, dt, r, v, m, cell, inverse, pbc, cutoff, skin, parameters):
    """``steps`` steps of velocity Verlet; ``r`` and ``v`` move in place.

    Swope, Andersen, Berens and Wilson 1982, doi:10.1063/1.442716. It begins with a new list, so that a run that goes
    on from saved positions and velocities repeats the first one bit for bit.

    Returns
    -------
    step : int
        Steps done: fewer than ``steps`` where an atom flew further than the cutoff in one step, or to NaN.
    builds : int
        How often the list of neighbours was made.
    atom, offset, place, home, start, near
        The last list, for :func:`evaluate`.
    """
    f, made_at, builds = np.zeros_like(r), np.full_like(r, np.inf), 0
    for step in range(steps + 1):
        if step > 0:
            for a in range(len(r)):
                for c in range(3):
                    v[a, c] += dt / 2 / m[a] * f[a, c]
                    r[a, c] += dt * v[a, c]
        if has_moved(r, made_at, skin / 2):  # so far that the list could miss a pair
            if step > 0 and has_moved(r, made_at, cutoff + skin / 2):
                break
            atom, image, place, home, start, near = find_neighbours(r, cell, inverse, pbc, cutoff + skin)
            offset = to_offset(image, cell)
            made_at[:] = r
            builds += 1
        move_copies(r, atom, offset, place)
        visit_neighbours(place, atom, home, start, near, cutoff, 0.0, parameters, f, None, None)
        if step > 0:
            for a in range(len(r)):
                for c in range(3):
                    v[a, c] += dt / 2 / m[a] * f[a, c]
    return step, builds, atom, offset, place, home, start, near


@njit(**EXACT)
def list_pairs(positions, cell, inverse, pbc, cutoff):
    """Pairs sorted by their first atom: i, j, S and D as in :func:`neighbour_list`."""
    atom, image, place, home, start, near = find_neighbours(positions, cell, inverse, pbc, cutoff)
    begin = np.zeros(len(home) + 1, np.int64)
    for n in range(len(home)):
        begin[atom[home[n]] + ONE] = start[n + 1] - start[n]
    for a in range(len(home)):
        begin[a + 1] += begin[a]
    i, j = np.empty(begin[-1], np.int64), np.empty(begin[-1], np.int64)
    S, D = np.empty((begin[-1], 3), np.int64), np.empty((begin[-1], 3))
    for n in range(len(home)):
        s, p = home[n], np.uint64(begin[atom[home[n]]])
        for k in range(start[n], start[n + 1]):
            t = near[k]
            i[p], j[p] = atom[s], atom[t]
            for c in range(3):
                S[p, c], D[p, c] = image[c, t] - image[c, s], place[c, t] - place[c, s]
            p += ONE
    return i, j, S, D


def as_kernel_arrays(positions, cell, pbc):
    """Positions, cell, its inverse and pbc in the one type and memory order the kernels are compiled for.

    Raises
    ------
    ValueError
        Where a position is not a finite number, or the cell has no volume.
    """
    positions = np.array(positions, dtype=float, order="C")
    if not np.isfinite(positions).all():
        raise ValueError("Some positions are not finite numbers: the structure is broken or the simulation blew up.")
    cell = complete_cell(cell)
    if not abs(np.linalg.det(cell)) > 0:
        raise ValueError("The cell has no volume: its three vectors lie in a plane, or are not numbers.")
    return positions, cell, np.ascontiguousarray(np.linalg.inv(cell)), np.array(pbc, dtype=bool)


def neighbour_list(positions, cell, pbc, cutoff):
    """Every pair closer than ``cutoff``, both ways round, in any cell.

    A cell may be skewed, periodic along some axes only, or smaller than the cutoff (then an atom meets several copies
    of the same neighbour, and its own).

    Parameters
    ----------
    positions : (N, 3) array
        In Å; they need not lie in the cell.
    cell : (3, 3) array
        Cell vectors as rows, in Å; a zero row is allowed where ``pbc`` is False.
    pbc : (3,) array of bool
    cutoff : float
        In Å.

    Returns
    -------
    i, j : (P,) arrays of int
        Sorted by i.
    S : (P, 3) array of int
        The shift of the neighbour in cell vectors.
    D : (P, 3) array
        ``positions[j] + S @ cell - positions[i]``, in Å.
    """
    if not (np.isfinite(cutoff) and cutoff > 0):
        raise ValueError(f"The cutoff is {cutoff} Å: it must be a number above zero.")
    return list_pairs(*as_kernel_arrays(positions, cell, pbc), float(cutoff))
