"""The density of ``density.py`` compiled, and what carries derivatives by it on to the edges.

Atoms are taken in blocks of eight of one element, and all numbers of the edges of a block stand in rows, one place for
each edge: the innermost loops run along these rows, several edges in one instruction of the processor, and the rows of
a block fit into its cache.
"""

from functools import cache

import numpy as np

from course_lib.compiled import njit
from course_lib.potentials.density import exponents
from course_lib.potentials.pair_engine import QUICK

LANES = 8  # atoms at once: what one instruction of a processor can do


class Neighbours:
    """The neighbours of some atoms, ready to be summed.

    Parameters
    ----------
    density : Density
    i, j : (P,) arrays of int
        The edges, sorted by i.
    D : (P, 3) array
        From i to j in Å.
    Z : (N,) array of int
        Atomic numbers.
    used : (elements, radial, angular) array of bool, optional
        Which A are needed; the others may be left 0.

    Attributes
    ----------
    atoms, order : (N,), (P,) arrays of int
        The order in which atoms and edges stand here: atoms by element, edges by atom and element of the neighbour.
    first : (N elements + 1,) array of int
        Where the edges of each atom (in this order) to each element begin.
    """

    def __init__(self, density, i, j, D, Z, used=None):
        elements, Q, angles = density.shape
        centre = density.kinds[Z]
        self.density, self.atoms = density, np.argsort(centre, kind="stable")
        rank = np.argsort(self.atoms)
        group = rank[i] * elements + density.kinds[Z[j]]
        self.order = np.argsort(group, kind="stable")
        self.first = np.searchsorted(group[self.order], np.arange(len(Z) * elements + 1)).astype(np.uintp)
        ends = np.cumsum(np.bincount(centre, minlength=elements)).tolist()
        blocks = [(n, min(n + LANES, end), z) for z, end in enumerate(ends)
                  for n in range(ends[z - 1] if z else 0, end, LANES)]  # fmt: skip
        self.blocks = np.array(blocks, np.int64).reshape(-1, 3)
        self.r, self.u = np.empty(len(D)), np.empty((3, len(D)))
        _directions(np.ascontiguousarray(D[self.order], float), self.r, self.u)
        self.R, self.dR = density.radial.with_slopes(self.r)
        every = np.searchsorted(density.degrees, np.arange(density.l_max + 2))
        spans = every if len(self.R) > 1 else every[[0, -1]]  # of angular functions that share their R
        reach = np.full(Q, angles) if used is None else angles - np.argmax(used.any(axis=0)[:, ::-1], axis=1)
        self.system = self.blocks, self.first, elements, spans, reach, self.r, self.u, self.R, self.dR
        self.tables = *tables(density.l_max), *density.sparse

    def A(self):
        """As ``density(graph)``, (N, columns)."""
        A = np.zeros((len(self.atoms), int(np.prod(self.density.shape))))
        _sum(*self.system, *self.tables, A)
        return A[np.argsort(self.atoms)]

    def pull(self, G):
        """From derivatives by A (N, columns) to derivatives by the edges (P, 3)."""
        out = np.zeros_like(self.u)
        _spread(*self.system, *self.tables, G[self.atoms], out)
        return self._back(out)

    def sites(self, pairs, spans, second, weights):
        """Site energies (N,) and their derivatives by the edges (P, 3) from polynomials in A, in one go.

        Parameters
        ----------
        pairs, spans, second : arrays
            See :meth:`course_lib.potentials.polynomials.Polynomials.program`.
        weights : (elements, t) array
            The weight of each different product, for each central element.
        """
        E, out = np.empty(len(self.atoms)), np.zeros_like(self.u)
        _sites(*self.system, *self.tables, int(np.prod(self.density.shape)), pairs, spans, second,
               weights, E, out)  # fmt: skip
        return E[np.argsort(self.atoms)], self._back(out)

    def _back(self, out):
        """The derivatives by the edges (3, P) in the order of the edges that were given, (P, 3)."""
        back = np.empty((len(self.r), 3))
        back[self.order] = out.T
        return back

    def slopes(self):
        """d(R_ql Y_lm)/dD of each edge, (P, 3, Q, angular), the edges in the order of ``order``."""
        rows, lower = tables(self.density.l_max)
        powers = np.ones((len(rows), len(self.r)))
        Y = np.empty((len(self.density.degrees), len(self.r)))
        _angular(np.uintp(0), np.uintp(len(self.r)), self.u, *self.tables, powers, Y)
        dY = np.array([(rows[:, x, None] * powers[lower[:, x]]).T @ self.density.T.T for x in range(3)])  # by u
        dY = (dY - self.u[:, :, None] * np.einsum("xp,xpa->pa", self.u, dY)) / self.r[:, None]  # by D, (3, P, angular)
        same = np.zeros(len(self.density.degrees), int) if len(self.R) == 1 else self.density.degrees
        R, dR = self.R[same].T, self.dR[same].T  # (P, Q, angular)
        along = self.u.T[:, :, None, None] * (dR * Y.T[:, None])[:, None]
        return R[:, None] * dY.swapaxes(0, 1)[:, :, None] + along


@cache
def tables(l_max):
    """Exponents (n, 3), and which monomial is left when each of them is lowered by one, (n, 3)."""
    rows = exponents(l_max)
    number = {tuple(row): k for k, row in enumerate(rows)}
    return rows, np.array([[number.get(tuple(row - one), 0) for one in np.eye(3, dtype=int)] for row in rows])


@njit(**QUICK)
def _directions(D, r, u):
    for p in range(len(D)):
        r[p] = np.sqrt(D[p, 0] ** 2 + D[p, 1] ** 2 + D[p, 2] ** 2)
        for x in range(3):
            u[x, p] = D[p, x] / r[p]


@njit(**QUICK)
def _buffers(blocks, first, elements, rows, begin):
    """Rows for the edges of any one block: monomials, angular functions, derivatives by both and by r."""
    most = np.uintp(0)
    for n in range(len(blocks)):
        most = max(most, first[blocks[n, 1] * elements] - first[blocks[n, 0] * elements])
    width = np.intp(most) // 16 * 16 + 24  # an odd number of cache lines: rows do not push each other out
    K, Y = len(rows), len(begin) - 1
    return np.ones((K, width)), np.empty((Y, width)), np.empty((K, width)), np.empty((Y, width)), np.empty(width)


@njit(**QUICK)
def _angular(start, stop, u, rows, lower, begin, which, factor, powers, Y):
    P = stop - start
    for k in range(1, len(rows)):
        x = 0 if rows[k, 0] else 1 if rows[k, 1] else 2
        below = lower[k, x]
        for p in range(P):
            powers[k, p] = powers[below, p] * u[x, start + p]
    for lm in range(len(Y)):
        Y[lm] = 0.0
        for t in range(begin[lm], begin[lm + 1]):
            k, c = which[t], factor[t]
            for p in range(P):
                Y[lm, p] += c * powers[k, p]


@njit(**QUICK)
def _moments(block, first, elements, spans, reach, R, Y, A):
    start = first[block[0] * elements]
    for n in range(block[0], block[1]):
        for z in range(elements):
            a, b = first[n * elements + z] - start, first[n * elements + z + 1] - start
            for q in range(R.shape[1]):
                row = (z * R.shape[1] + q) * len(Y)
                for s in range(len(spans) - 1):
                    for lm in range(spans[s], min(spans[s + 1], reach[q])):
                        total = 0.0
                        for p in range(a, b):
                            total += R[s, q, start + p] * Y[lm, p]
                        A[row + lm, n - block[0]] = total


@njit(**QUICK)
def _weighted(columns, pairs, spans, second, weights, value, slope, E):
    """The weighted sum of all products of ``LANES`` atoms, whose A stand in ``value[1:]``, and its derivatives."""
    base, total = 1 + columns, np.empty(LANES)
    slope[:] = 0.0
    E[:] = 0.0
    for p in range(len(pairs)):
        a, b = pairs[p, 0], pairs[p, 1]
        for lane in range(LANES):
            value[base + p, lane] = value[a, lane] * value[b, lane]
    for n in range(len(spans)):
        a = spans[n, 0]
        total[:] = 0.0
        for t in range(spans[n, 1], spans[n, 2]):
            b, w = second[t], weights[t]
            for lane in range(LANES):  # one row in each loop: only then it is one instruction
                total[lane] += w * value[b, lane]
            for lane in range(LANES):
                slope[b, lane] += w * value[a, lane]
        for lane in range(LANES):
            slope[a, lane] += total[lane]
        for lane in range(LANES):
            E[lane] += total[lane] * value[a, lane]
    for p in range(len(pairs) - 1, -1, -1):
        a, b = pairs[p, 0], pairs[p, 1]
        for lane in range(LANES):
            slope[a, lane] += slope[base + p, lane] * value[b, lane]
        for lane in range(LANES):
            slope[b, lane] += slope[base + p, lane] * value[a, lane]


@njit(**QUICK)
def _pull(block, first, elements, spans, reach, R, dR, Y, G, by_Y, along):
    start = first[block[0] * elements]
    total = np.empty(len(along))
    by_Y[:] = 0.0
    along[:] = 0.0
    for n in range(block[0], block[1]):
        for z in range(elements):
            a, b = first[n * elements + z] - start, first[n * elements + z + 1] - start
            for q in range(R.shape[1]):
                row = (z * R.shape[1] + q) * len(Y)
                for s in range(len(spans) - 1):
                    if spans[s] >= reach[q]:
                        continue
                    for p in range(a, b):
                        total[p] = 0.0
                    for lm in range(spans[s], min(spans[s + 1], reach[q])):
                        g = G[row + lm, n - block[0]]
                        for p in range(a, b):
                            by_Y[lm, p] += g * R[s, q, start + p]
                            total[p] += g * Y[lm, p]
                    for p in range(a, b):
                        along[p] += dR[s, q, start + p] * total[p]


@njit(**QUICK)
def _turn(start, stop, r, u, powers, rows, lower, begin, which, factor, by_power, by_Y, along, out):
    P = stop - start
    by_power[:] = 0.0
    for lm in range(len(by_Y)):
        for t in range(begin[lm], begin[lm + 1]):
            k, c = which[t], factor[t]
            for p in range(P):
                by_power[k, p] += c * by_Y[lm, p]
    for k in range(1, len(rows)):
        for x in range(3):
            if rows[k, x]:
                below, c = lower[k, x], rows[k, x]
                for p in range(P):
                    out[x, start + p] += c * by_power[k, p] * powers[below, p]
    for p in range(P):  # a step along u changes r only
        e = start + p
        along[p] -= (u[0, e] * out[0, e] + u[1, e] * out[1, e] + u[2, e] * out[2, e]) / r[e]
    for x in range(3):
        for p in range(P):
            e = start + p
            out[x, e] = out[x, e] / r[e] + along[p] * u[x, e]


@njit(**QUICK)
def _sum(blocks, first, elements, spans, reach, r, u, R, dR, rows, lower, begin, which, factor, A):
    powers, Y, _, _, _ = _buffers(blocks, first, elements, rows, begin)
    lanes = np.zeros((A.shape[1], LANES))
    for block in blocks:
        start, stop = first[block[0] * elements], first[block[1] * elements]
        _angular(start, stop, u, rows, lower, begin, which, factor, powers, Y)
        _moments(block, first, elements, spans, reach, R, Y, lanes)
        for n in range(block[0], block[1]):
            A[n] = lanes[:, n - block[0]]


@njit(**QUICK)
def _spread(blocks, first, elements, spans, reach, r, u, R, dR, rows, lower, begin, which, factor, G, out):
    powers, Y, by_power, by_Y, along = _buffers(blocks, first, elements, rows, begin)
    lanes = np.zeros((G.shape[1], LANES))
    for block in blocks:
        start, stop = first[block[0] * elements], first[block[1] * elements]
        for n in range(block[0], block[1]):
            lanes[:, n - block[0]] = G[n]
        _angular(start, stop, u, rows, lower, begin, which, factor, powers, Y)
        _pull(block, first, elements, spans, reach, R, dR, Y, lanes, by_Y, along)
        _turn(start, stop, r, u, powers, rows, lower, begin, which, factor, by_power, by_Y, along, out)


@njit(**QUICK)
def _sites(blocks, first, elements, spans, reach, r, u, R, dR, rows, lower, begin, which, factor, columns, pairs,
           products, second, weights, E, out):  # fmt: skip
    powers, Y, by_power, by_Y, along = _buffers(blocks, first, elements, rows, begin)
    value, slope = np.zeros((1 + columns + len(pairs), LANES)), np.empty((1 + columns + len(pairs), LANES))
    value[0] = 1.0
    lanes = np.empty(LANES)
    for block in blocks:
        start, stop = first[block[0] * elements], first[block[1] * elements]
        _angular(start, stop, u, rows, lower, begin, which, factor, powers, Y)
        _moments(block, first, elements, spans, reach, R, Y, value[1:])
        _weighted(columns, pairs, products, second, weights[block[2]], value, slope, lanes)
        for n in range(block[0], block[1]):
            E[n] = lanes[n - block[0]]
        _pull(block, first, elements, spans, reach, R, dR, Y, slope[1:], by_Y, along)
        _turn(start, stop, r, u, powers, rows, lower, begin, which, factor, by_power, by_Y, along, out)
