"""The compiled symmetry functions: the same values as ``symmetry_functions.py``, with cheap derivatives.

Forces need w dG/dD ("pull"), where w is the derivative of the network's energy by the functions G. A training step
also needs the transposed product, dG/dD u ("push"). Neither needs the derivatives dG/dD themselves, which would be
K x 3 numbers per edge: both products are computed in one more loop over the neighbours.
"""

import numpy as np
import torch
from numpy.polynomial import Chebyshev, Polynomial

from course_lib.compiled import njit
from course_lib.potentials.pair_engine import QUICK

VALUES, PULL, PUSH = 0, 1, 2
NOTHING = np.zeros((0, 0))
TINY = 1e-30  # for 0 in 0^zeta, whose slope is zeta 0^zeta / 0


def _coefficients(function):
    """The polynomial of degree 7 in u that follows a function to 2e-15 for 0 <= u <= 1, the highest power first."""
    fit = Chebyshev.interpolate(function, 7, domain=[0, 1]).convert(kind=Polynomial, domain=[-1, 1], window=[-1, 1])
    return tuple(map(float, fit.coef[::-1]))


HALF_COSINE = _coefficients(lambda u: np.cos(np.pi / 2 * np.sqrt(u)))
HALF_SINE = _coefficients(lambda u: np.pi / 2 * np.sinc(np.sqrt(u) / 2))


@njit(**QUICK)
def _series(coefficients, u):
    """A polynomial for cos(pi x / 2), or for sin(pi x / 2) / x, in u = x^2 <= 1: no root, and faster than cos."""
    c, uu = coefficients, u * u  # in pairs: no product waits for all those before it
    return (c[7] + c[6] * u + (c[5] + c[4] * u) * uu) + ((c[3] + c[2] * u) + (c[1] + c[0] * u) * uu) * uu * uu


@njit(**QUICK)
def _power(x, n):
    """x^n, by products where n is a whole number."""
    k = int(n)
    if k != n:
        return x**n
    result = 1.0
    while k > 0:
        if k & 1:
            result *= x
        x *= x
        k >>= 1
    return result


@njit(**QUICK)
def visit(mode, D, start, kind, pair_of, r_c, centres, eta_radial, zetas, eta, rows, out):
    """Add the contributions of all neighbours, and of all pairs of neighbours, to ``out``.

    The equations are those of :func:`course_lib.potentials.symmetry_functions.G2` and ``G4``.

    Parameters
    ----------
    mode : int
        VALUES: out (N, K) is G. PULL: rows (N, K) is w, out (P, 3) is w dG/dD. PUSH: rows (P, 3) is u, out (N, K) is
        dG/dD u.
    D : (P, 3) array
        Vectors of the edges in Å, sorted by their first atom.
    start : (N + 1,) array of int
        The edges of atom n are ``start[n]`` to ``start[n + 1]``.
    kind : (P,) array of int
        Number of the neighbour's element, for each edge.
    pair_of : (elements, elements) array of int
        Number of each pair of elements.
    r_c, centres, eta_radial, zetas, eta
        Parameters of the functions, as in :class:`course_lib.potentials.symmetry_functions.SymmetryFunctions`.
    rows, out : arrays
        Input and output; see ``mode``.
    """
    edges, radial, first = len(D), len(centres), len(pair_of) * len(centres)
    norm, shrink = 2 ** (1 - zetas), 1 / (r_c * r_c)
    twice = np.array([k > 0 and zetas[k] == 2 * zetas[k - 1] for k in range(len(zetas))])  # then a square does
    near, r, inverse = np.empty(edges, np.int64), np.empty(edges), np.empty(edges)
    f, df, a, da = np.empty(edges), np.empty(edges), np.empty(edges), np.empty(edges)
    for p in range(edges):
        r2 = D[p, 0] ** 2 + D[p, 1] ** 2 + D[p, 2] ** 2
        r[p] = np.sqrt(r2)
        inside = 1.0 if r[p] < r_c else 0.0
        f[p] = inside * (np.cos(np.pi * r[p] / r_c) + 1) / 2
        df[p] = -inside * np.pi / (2 * r_c) * np.sin(np.pi * r[p] / r_c)
        inverse[p], bell = 1 / r[p], np.exp(-eta * r2)
        a[p], da[p] = bell * f[p], bell * df[p] / r[p]
    for n in range(len(start) - 1):
        for p in range(start[n], start[n + 1]):
            x1, y1, z1 = D[p, 0], D[p, 1], D[p, 2]
            pulled, u1 = 0.0, 0.0
            if mode == PUSH:
                u1 = (rows[p, 0] * x1 + rows[p, 1] * y1 + rows[p, 2] * z1) * inverse[p]
            for k in range(radial):
                away, column = r[p] - centres[k], kind[p] * radial + k
                g = np.exp(-eta_radial * away * away)
                if mode == VALUES:
                    out[n, column] += g * f[p]
                else:
                    slope = g * (df[p] - 2 * eta_radial * away * f[p])
                    if mode == PULL:
                        pulled += rows[n, column] * slope
                    else:
                        out[n, column] += slope * u1
            pulled *= inverse[p]
            px, py, pz = pulled * x1, pulled * y1, pulled * z1
            found = 0
            for q in range(p + 1, start[n + 1]):  # those near enough first: a branch taken at random costs more
                s = (D[q, 0] - x1) ** 2 + (D[q, 1] - y1) ** 2 + (D[q, 2] - z1) ** 2
                near[found] = q
                found += s < r_c * r_c
            for q in near[:found]:
                x2, y2, z2 = D[q, 0], D[q, 1], D[q, 2]
                x, y, z = x2 - x1, y2 - y1, z2 - z1
                s = x * x + y * y + z * z
                column = first + pair_of[kind[p], kind[q]] * 2 * len(zetas)
                turn = inverse[p] * inverse[q]
                cos = (x1 * x2 + y1 * y2 + z1 * z2) * turn
                u, bell = s * shrink, np.exp(-eta * s)
                half = _series(HALF_COSINE, u)
                fbell = half * half * bell  # as 1 + cos(2 x) = 2 cos(x)^2
                B = a[p] * a[q] * fbell
                plus, minus, up, down = max(1 + cos, TINY), max(1 - cos, TINY), 1.0, 1.0
                if mode == VALUES:
                    for k in range(len(zetas)):
                        up = up * up if twice[k] else _power(plus, zetas[k])
                        down = down * down if twice[k] else _power(minus, zetas[k])
                        out[n, column + 2 * k] += norm[k] * up * B
                        out[n, column + 2 * k + 1] += norm[k] * down * B
                    continue
                # (1/r) dB/dr for the three distances; the cosine turns with the two directions
                b1 = da[p] * a[q] * fbell - 2 * eta * B
                b2 = da[q] * a[p] * fbell - 2 * eta * B
                b12 = -np.pi * shrink * a[p] * a[q] * bell * half * _series(HALF_SINE, u) - 2 * eta * B
                c1, c2 = cos * inverse[p] * inverse[p], cos * inverse[q] * inverse[q]
                dB, dcos, S, T = 0.0, 0.0, 0.0, 0.0
                if mode == PUSH:
                    vx, vy, vz, wx, wy, wz = rows[p, 0], rows[p, 1], rows[p, 2], rows[q, 0], rows[q, 1], rows[q, 2]
                    on1, on2 = vx * x1 + vy * y1 + vz * z1, wx * x2 + wy * y2 + wz * z2
                    dB = b1 * on1 + b2 * on2 + b12 * ((wx - vx) * x + (wy - vy) * y + (wz - vz) * z)
                    dcos = (vx * x2 + vy * y2 + vz * z2 + wx * x1 + wy * y1 + wz * z1) * turn - c1 * on1 - c2 * on2
                each = B / (plus * minus)
                rise, fall = each * minus, -each * plus  # B / (1 + cos), B / (1 - cos) with its sign
                for k in range(len(zetas)):
                    up = up * up if twice[k] else _power(plus, zetas[k])
                    down = down * down if twice[k] else _power(minus, zetas[k])
                    at = column + 2 * k
                    if mode == PULL:
                        w1, w2 = norm[k] * rows[n, at] * up, norm[k] * rows[n, at + 1] * down
                        S, T = S + w1 + w2, T + zetas[k] * (w1 * rise + w2 * fall)
                    else:
                        out[n, at] += norm[k] * up * (dB + zetas[k] * rise * dcos)
                        out[n, at + 1] += norm[k] * down * (dB + zetas[k] * fall * dcos)
                if mode == PULL:
                    to1, to2, between, across = S * b1 - T * c1, S * b2 - T * c2, S * b12, T * turn
                    px += to1 * x1 - between * x + across * x2
                    py += to1 * y1 - between * y + across * y2
                    pz += to1 * z1 - between * z + across * z2
                    out[q, 0] += to2 * x2 + between * x + across * x1
                    out[q, 1] += to2 * y2 + between * y + across * y1
                    out[q, 2] += to2 * z2 + between * z + across * z1
            if mode == PULL:
                out[p, 0], out[p, 1], out[p, 2] = out[p, 0] + px, out[p, 1] + py, out[p, 2] + pz


class Visitor:
    """The neighbourhoods of some atoms, in the form that :func:`visit` needs.

    Parameters
    ----------
    functions : SymmetryFunctions
        The functions to compute.
    i, j : (P,) arrays of int
        Central atom and neighbour of each edge, sorted by i.
    D : (P, 3) array
        Vectors from i to j in Å.
    Z : (N,) array of int
        Atomic numbers.
    """

    def __init__(self, functions, i, j, D, Z):
        kinds, *self.parameters = functions.tables
        start = np.searchsorted(i, np.arange(len(Z) + 1))
        self.neighbours = np.ascontiguousarray(D, float), start, kinds[Z[j]]
        values = len(Z), len(functions)
        self.shapes = {VALUES: values, PULL: D.shape, PUSH: values}

    def __call__(self, mode, rows=NOTHING):
        """The result ``out`` of :func:`visit`."""
        out = np.zeros(self.shapes[mode])
        visit(mode, *self.neighbours, *self.parameters, np.ascontiguousarray(rows, float), out)
        return out


def visitor_of(functions, graph):
    """A :class:`Visitor` of a graph."""
    return Visitor(functions, *(x.detach().numpy() for x in (graph.i, graph.j, graph.D, graph.Z)))


class Kept(torch.autograd.Function):
    """Symmetry functions G that were computed before, made differentiable with respect to the edges D."""

    @staticmethod
    def forward(ctx, D, G, visitor):
        """G itself, (N, K)."""
        ctx.visitor = visitor
        return G.view_as(G)

    @staticmethod
    def backward(ctx, w):
        """Turn derivatives by G into derivatives by D."""
        return _Pull.apply(w, ctx.visitor), None, None


class _Pull(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, visitor):
        ctx.visitor = visitor
        return torch.from_numpy(visitor(PULL, w.detach().numpy())).to(w.dtype)

    @staticmethod
    def backward(ctx, u):
        return torch.from_numpy(ctx.visitor(PUSH, u.detach().numpy())).to(u.dtype), None
