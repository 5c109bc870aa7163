"""The density of ``density.py`` compiled, and what carries derivatives by it on to the edges."""

from functools import cache

import numpy as np

from course_lib.compiled import njit
from course_lib.potentials.density import exponents
from course_lib.potentials.pair_engine import QUICK

STEP = 1e-30  # of the complex step: R(r + i h) = R(r) + i h R'(r), without any difference of near numbers


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
    """

    def __init__(self, density, i, j, D, Z):
        self.density, self.D = density, np.ascontiguousarray(D, float)
        start, kind = np.searchsorted(i, np.arange(len(Z) + 1)), density.kinds[Z[j]]
        rows, lower, firsts = tables(density.l_max)
        u, r, powers = np.empty((len(D), 3)), np.empty(len(D)), np.empty((len(D), len(rows)))
        _directions(self.D, rows, lower, u, r, powers)
        R = density.radial(r + 1j * STEP, np)
        spans = firsts if R.shape[2] > 1 else firsts[[0, -1]]  # of monomials that share their radial functions
        slope = np.ascontiguousarray(R.imag.swapaxes(1, 2)) / STEP
        self.r, self.u, self.start, self.kind, self.rows, self.lower = r, u, start, kind, rows, lower
        self.radial = spans, np.ascontiguousarray(R.real.swapaxes(1, 2)), slope, powers  # (P, spans, Q)
        self.shape = len(Z), *density.shape[:2], len(rows)

    def A(self):
        """As ``density(graph)``, (N, columns)."""
        M = np.zeros(self.shape)
        _moments(self.start, self.kind, *self.radial, M)
        return (M @ self.density.T.T).reshape(len(M), int(np.prod(self.density.shape)))

    def pull(self, G):
        """From derivatives by A (N, columns) to derivatives by the edges (P, 3)."""
        G = np.ascontiguousarray(G.reshape(self.shape[0], *self.density.shape) @ self.density.T)
        out = np.empty_like(self.D)
        _pull(self.start, self.kind, self.r, self.u, *self.radial, self.rows, self.lower, G, out)
        return out

    def slopes(self):
        """d(R_ql u^k)/dD of each edge, (P, 3, Q, monomials)."""
        spans, R, dR, powers = self.radial
        span = np.repeat(np.arange(len(spans) - 1), np.diff(spans))
        du = self.rows.T[None] * powers[:, self.lower.T]  # (P, 3, k)
        du = (du - self.u[:, :, None] * (self.density.degrees * powers)[:, None]) / self.r[:, None, None]
        R, dR = R[:, span].swapaxes(1, 2), dR[:, span].swapaxes(1, 2)  # (P, Q, k)
        return R[:, None] * du[:, :, None] + (dR * powers[:, None])[:, None] * self.u[:, :, None, None]


@cache
def tables(l_max):
    """Exponents (n, 3); which monomial is left when each is lowered by one, (n, 3); the first of each degree."""
    rows = exponents(l_max)
    number = {tuple(row): k for k, row in enumerate(rows)}
    lower = [[number.get(tuple(row - one), 0) for one in np.eye(3, dtype=int)] for row in rows]
    return rows, np.array(lower), np.searchsorted(rows.sum(axis=1), np.arange(l_max + 2))


@njit(**QUICK)
def _directions(D, rows, lower, u, r, powers):
    for p in range(len(D)):
        r[p] = np.sqrt(D[p, 0] ** 2 + D[p, 1] ** 2 + D[p, 2] ** 2)
        for x in range(3):
            u[p, x] = D[p, x] / r[p]
        powers[p, 0] = 1.0
        for k in range(1, len(rows)):
            x = 0 if rows[k, 0] else 1 if rows[k, 1] else 2
            powers[p, k] = powers[p, lower[k, x]] * u[p, x]


@njit(**QUICK)
def _moments(start, kind, spans, R, slope, powers, M):
    for n in range(len(start) - 1):
        for p in range(start[n], start[n + 1]):
            for s in range(len(spans) - 1):
                u = powers[p, spans[s] : spans[s + 1]]
                for q in range(R.shape[2]):
                    here, factor = M[n, kind[p], q, spans[s] : spans[s + 1]], R[p, s, q]
                    for k in range(len(u)):
                        here[k] += factor * u[k]


@njit(**QUICK)
def _pull(start, kind, r, u, spans, R, slope, powers, rows, lower, G, out):
    by_power = np.empty(len(rows))
    for n in range(len(start) - 1):
        for p in range(start[n], start[n + 1]):
            by_power[:] = 0.0
            along = 0.0
            for s in range(len(spans) - 1):
                mine, x = by_power[spans[s] : spans[s + 1]], powers[p, spans[s] : spans[s + 1]]
                for q in range(R.shape[2]):
                    g, factor, total = G[n, kind[p], q, spans[s] : spans[s + 1]], R[p, s, q], 0.0
                    for k in range(len(x)):
                        mine[k] += factor * g[k]
                    for k in range(len(x)):
                        total += x[k] * g[k]
                    along += slope[p, s, q] * total
            tx, ty, tz = 0.0, 0.0, 0.0
            for k in range(1, len(rows)):
                tx += by_power[k] * rows[k, 0] * powers[p, lower[k, 0]]
                ty += by_power[k] * rows[k, 1] * powers[p, lower[k, 1]]
                tz += by_power[k] * rows[k, 2] * powers[p, lower[k, 2]]
            along -= (tx * u[p, 0] + ty * u[p, 1] + tz * u[p, 2]) / r[p]
            out[p, 0] = along * u[p, 0] + tx / r[p]
            out[p, 1] = along * u[p, 1] + ty / r[p]
            out[p, 2] = along * u[p, 2] + tz / r[p]
